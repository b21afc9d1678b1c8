/// The module eventprop_network: its parameters, and the learner that trains it by mini-batches.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/param_table.hpp"
#include "networks/training/learner.hpp"
#include "plasticity/eventprop/closed_form.hpp"
#include "plasticity/eventprop/trial.hpp"
#include "plasticity/optimiser.hpp"

namespace spikeloom {

struct EventPropParams {
  std::vector<double> hidden = {100};
  bool recurrent = false, single_spike = false;
  double tau_m = 20, tau_s = 5, v_th = 1, resolution = 0;
  std::string readout = "leaky", loss = "mean_voltage", gradient = "adjoint";
  double tau_0 = 2, tau_1 = 10, alpha = 0.01, delta_t = 2, readout_step = 1, least_slope = 1e-6;
  std::string delays = "none", delay_coding = "clamp", learn = "all";
  double delay_max = 10;
  std::vector<double> delay_input = {0, 0}, delay_hidden = {0, 0}, delay_output = {0, 0}, delay_recurrent = {0, 0};
  std::vector<double> delay_values = {};
  std::vector<double> w_input = {1, 1}, w_hidden = {1, 1}, w_output = {1, 1}, w_recurrent = {0, 0.02};
  std::string optimiser = "adam";
  double eta = 1e-3, eta_delay = 0.1, beta_1 = 0.9, beta_2 = 0.999;
  double k_reg = 0, nu = 14;
  std::string silent = "none";
  double silent_share = 0.3, bump = 5e-4, raise = 2e-3, wake = 0;
};
const ParamTable<EventPropParams>& eventprop_params();

/// Layers, weights and delays as training begins, for a problem; all random numbers are functions of the seed.
EventPropNetwork make_eventprop_network(const EventPropParams& params, const LearningProblem& problem,
                                        std::uint64_t seed);
EventPropLoss eventprop_loss(const EventPropParams& params);

class EventPropLearner final : public Learner {
 public:
  EventPropLearner(const EventPropParams& params, const LearningProblem& problem, std::uint64_t seed);

  void evaluate(const Batch& batch, std::span<Answer> answers, int threads) override;
  void update(const Batch& batch, std::span<Answer> answers, int threads) override;
  void set_rate(double factor) override;
  void end_epoch() override;
  std::vector<StateArray> state() override;
  std::vector<Measure> measures() const override { return measures_; }
  std::vector<NamedArray> arrays() const override;
  void arrays_loaded() override;
  std::vector<Delays> delays() const override;
  std::optional<ExperimentSpec> as_network(const SpikeSample& sample, double resolution) override;
  std::vector<Raster> rasters(const SpikeSample& sample) override;

  EventPropNetwork& network() noexcept { return network_; }
  const EventPropLoss& loss() const noexcept { return loss_; }
  /// The mean gradient of the last update's batch.
  const EventPropGradient& gradient() const noexcept { return lanes_.front().gradient; }
  /// Bytes that the backward pass of the largest trial so far needed.
  std::size_t backward_bytes() const noexcept;

 private:
  /// Samples of a batch are dealt out to a fixed number of lanes, whatever the number of threads: sums over samples,
  /// within a lane and over lanes, are always formed in the same order.
  struct Lane {
    EventPropTrial trial;
    ClosedFormTrial closed;
    EventPropGradient gradient;
    std::vector<std::vector<std::uint64_t>> counts;  // [layer - 1][neuron], spikes over the batch
    std::vector<std::uint64_t> missing;              // [class]: samples of it in which its output neuron was silent
    std::size_t backward_bytes = 0;
    explicit Lane(const EventPropNetwork& network);
  };
  struct Optimisers {
    std::unique_ptr<Optimiser<double>> weights, delays;
  };
  enum class Pass { forward, both };
  /// Lanes of a rank, and its part of a column of `size` elements.
  struct Range {
    std::size_t begin = 0, end = 0;
  };
  Range share_of(int rank, std::size_t size) const;

  void go_through(const Batch& batch, std::span<Answer> answers, Pass pass, int threads);
  void one(Lane& lane, const SpikeSample& sample, Answer& answer, Pass pass);
  /// What the lanes of all ranks have found, but for gradients, to all ranks.
  void share_answers(std::span<Answer> answers);
  void sum_lanes(std::size_t samples, int threads);
  /// Every rank sums its part of each column, and tells the others.
  void bring_parts();
  void share_sums();
  std::vector<std::span<double>> columns(EventPropGradient& gradient) const;
  void set_pull(std::size_t samples);
  void take_step();
  void move_delays(std::size_t projection);
  /// Arguments of sigmoids from delays.
  void code_delays();
  void count_epoch(std::size_t samples);
  void bump_silent();
  void wake_outputs(std::size_t samples);
  void add_to_inputs(std::size_t layer, std::uint32_t neuron, double amount);
  bool learns_delays() const noexcept { return params_.delays != "none" && params_.learn != "weights"; }

  EventPropParams params_;
  Ranks& ranks_;
  EventPropNetwork network_;
  EventPropLoss loss_;
  std::vector<Lane> lanes_;
  std::vector<Optimisers> optimisers_;              // [projection]
  std::vector<std::vector<double>> rho_;            // [projection]: of delay_coding sigmoid
  std::vector<std::vector<double>> pull_;           // [hidden layer][neuron]
  std::vector<std::vector<std::uint64_t>> counts_;  // [layer - 1][neuron], spikes over the last batch
  std::vector<std::uint64_t> epoch_;                // ... over the epoch, one after the other; then its samples
  std::vector<double> bump_;                        // [layer - 1]: what silent neurons' weights get next
  std::vector<std::uint64_t> updates_ = {0};
  std::vector<Measure> measures_;
  std::vector<std::string> names_;  // of state arrays
};

}  // namespace spikeloom
