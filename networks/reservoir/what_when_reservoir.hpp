/// What/when prediction in a spiking reservoir (Yamada & Chao 2026, Commun Biol, doi 10.1038/s42003-026-10836-2).
///
/// A cue excites a fixed reservoir. For every event channel k one readout learns online, every ms, *when* the event
/// comes (and is fed back), another offline, once per trial, *what* comes with which probability:
///
///     y_k(t) = W_k . x(t)              x = r - rbar                    dW_k = eta_t G_k e_k x / (|x|^2 + eps)
///     p_k    = clip(p0 + V_k . xbar)   xbar = mean r over T_w after the cue    dV_k = eta_w (m_k - p_k) xbar /
///     |xbar|^2 o_k(t) = p_k max(y_k(t), 0)      the prediction object
///
/// e_k = h(t - t_k) - y_k is the timing error against a bump of width sigma_h, G_k an attention gate, m_k whether event
/// k came. What the methods of the paper leave open is reconstructed; switches turn each part off.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/param_table.hpp"
#include "networks/protocol.hpp"
#include "networks/reservoir/izhikevich_reservoir.hpp"
#include "plasticity/readout/exploration.hpp"
#include "plasticity/readout/gated_delta.hpp"
#include "plasticity/readout/identity.hpp"
#include "plasticity/readout/recursive_least_squares.hpp"

namespace spikeloom {

class WhatWhenReservoir {
 public:
  static constexpr std::string_view name = "what_when_reservoir";

  struct Params : ReservoirParams {
    int channels = 2;
    double settling = 200, trial = 1000, what_window = 200;  // ms
    double sigma_h = 40, window = 120, outside = 0.3, eta_when = 0.01, eps = 1, eta_what = 0.05, p0 = 0.5;
    double alpha = 1, rls_interval = 20, exploration_noise = 0.1, exploration_memory = 1000;
    std::string learner = "local", error = "difference", bump = "in_time", gate = "event", reward = "performance";
  };
  static const ParamTable<Params>& params();

  /// One training trial: which event comes, and when each is due [ms after the cue].
  struct Trial {
    std::uint32_t number = 0;  // numbers its noise and its shuffles
    std::size_t event = 0;
    std::span<const double> due;
    bool gate_opens = true;  // false: the timing of this event is not attended and not learned
  };
  /// A cue without learning: y [channel][ms] and p per channel, clipped and not.
  struct Test {
    std::vector<std::vector<float>> when;
    std::vector<double> what, unclipped;
  };

  /// `mean_rates` is rbar of the network (see `calibrate`); `stream` separates the random numbers of runs of one seed.
  WhatWhenReservoir(const Params& params, std::shared_ptr<const ReservoirNetwork> network,
                    std::shared_ptr<const aligned_vector<float>> mean_rates, std::uint64_t seed, std::uint32_t stream);

  /// rbar: the mean of r over five trials with the cue alone and no feedback.
  static std::shared_ptr<const aligned_vector<float>> calibrate(const Params& params,
                                                                std::shared_ptr<const ReservoirNetwork> network,
                                                                std::uint64_t seed);

  void train(const Trial& trial);
  Test test(std::uint32_t number);
  /// Mean firing rate over all trials so far [Hz].
  double mean_rate() const noexcept;

  std::span<const float> when_weights(std::size_t channel) const { return when_[channel]; }
  std::span<const float> what_weights(std::size_t channel) const { return what_[channel]; }
  std::vector<StateArray> state();

 private:
  void begin(IzhikevichReservoir& reservoir, std::uint32_t number);
  void listen(IzhikevichReservoir& reservoir, int time);
  void learn_when(const Trial& trial, const std::vector<float>& teaching, int time);
  void learn_channel(std::size_t channel, const Trial& trial, double target, double error, int time);
  void learn_what(const Trial& trial);
  std::vector<float> teaching_of(const Trial& trial) const;
  double predicted(std::size_t channel) const;

  Params params_;
  std::shared_ptr<const ReservoirNetwork> network_;
  std::shared_ptr<const aligned_vector<float>> mean_rates_;
  std::uint64_t seed_;
  std::uint32_t stream_;
  IzhikevichReservoir learning_, testing_;  // noise streams of their own
  readout::GatedDelta when_rule_;
  readout::Identity what_rule_;
  std::optional<readout::RecursiveLeastSquares> when_rls_, what_rls_;
  std::vector<readout::Exploration> exploration_;
  std::vector<aligned_vector<float>> when_, what_;  // weights per channel
  aligned_vector<float> x_, mean_after_cue_;
  std::vector<float> outputs_, fed_back_;
  float norm_ = 0;
  std::size_t row_ = 0;                      // the channel that the gate lets learn in this trial
  std::array<std::uint64_t, 2> counters_{};  // spikes, steps
};

ModuleInfo what_when_reservoir_module();

}  // namespace spikeloom
