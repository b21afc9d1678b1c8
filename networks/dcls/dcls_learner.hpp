/// `dcls_network`: a DCLS-Delays network as a learner of labelled spike trains, and its parameters.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/param_table.hpp"
#include "networks/training/learner.hpp"
#include "plasticity/dcls/inference.hpp"
#include "plasticity/optimiser.hpp"

namespace spikeloom {

/// As the user sees them; the defaults are those published for the Spiking Heidelberg Digits, with one hidden layer.
struct DclsModuleParams {
  std::vector<double> hidden = {64};
  double resolution = 10, delay_max = 250, tau = 10.05;  // ms
  int taps = 1;
  double v_th = 1, v_th_out = 2, alpha = 5, dropout = 0;
  bool normalise = true, right_padding = true;
  std::string readout = "softmax_sum", delays = "learned", width = "annealed", evaluate = "rounded",
              schedule = "published";
  double afferents = 0, sigma_end = 0.23, annealing = 0.25, settling = 0;
  double eta = 5e-3, eta_delay = 0.1, penalty = 1e-5;
};
const ParamTable<DclsModuleParams>& dcls_module_params();

/// Steps of a kernel: delay_max over resolution, made odd.
std::size_t dcls_kernel_length(const DclsModuleParams& params);

/// Width and rates over the epochs of a training.
struct DclsSchedule {
  double sigma = 0, weights = 1, delays = 1;  // steps; factors on eta and eta_delay
  bool settling = false;                      // delays stand still, rounded, and weights learn with single taps
};
/// One-cycle (weights) and cosine (delays) rates, width from half the kernel to sigma_end in the first `annealing` of
/// the epochs, single taps in the last `settling` of them.
DclsSchedule dcls_schedule(const DclsModuleParams& params, std::uint64_t epoch, std::uint64_t epochs);

class DclsLearner final : public Learner {
 public:
  DclsLearner(const DclsModuleParams& params, const LearningProblem& problem, std::uint64_t seed);

  void evaluate(const Batch& batch, std::span<Answer> answers, int threads) override;
  void update(const Batch& batch, std::span<Answer> answers, int threads) override;
  void set_rate(double factor) override { rate_ = factor; }
  void end_epoch() override;
  std::vector<StateArray> state() override;
  std::vector<Measure> measures() const override { return measures_; }
  std::vector<NamedArray> arrays() const override;
  void arrays_loaded() override;
  std::vector<Delays> delays() const override;
  std::optional<ExperimentSpec> as_network(const SpikeSample& sample, double resolution) override;
  std::vector<Raster> rasters(const SpikeSample& sample) override;

  const DclsNetwork<float>& network() const noexcept { return network_; }
  /// Spikes of a sample in steps of the network, counts of equal ones added.
  std::vector<DclsSpike> binned(const SpikeSample& sample) const;
  /// What `evaluate` runs, unless it was told not to round.
  const DclsInference& inference();

 private:
  void go_through(const Batch& batch, std::span<Answer> answers, const DclsPass<float>::Options& options);
  DclsSchedule schedule() const { return dcls_schedule(params_, counters_[0], epochs_); }
  bool learns_delays() const { return params_.delays == "learned"; }

  DclsModuleParams params_;
  std::uint64_t seed_, epochs_;
  DclsNetwork<float> network_;
  DclsPass<float> pass_;
  DclsGradient<float> gradient_;
  std::unique_ptr<Optimiser<float>> of_weights_, of_positions_, of_gamma_, of_beta_;
  std::unique_ptr<DclsInference> inference_;      // of the network as it is; none after a change
  std::vector<std::uint64_t> counters_ = {0, 0};  // epochs, updates
  double rate_ = 1;
  std::array<double, 2> sums_{};  // of this epoch: mean spikes of its mini-batches, and their number
  std::vector<Measure> measures_;
};

}  // namespace spikeloom
