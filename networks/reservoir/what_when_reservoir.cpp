/// Trials of the what/when reservoir. Steps of a trial, in order:
///
///   1. the reservoir settles without a cue, from its fixed initial state;
///   2. every ms: `step` with the outputs of the ms before, `listen` (x, |x|^2, y), `learn_when`;
///   3. at the end: `learn_what` from the mean state after the cue.
#include "networks/reservoir/what_when_reservoir.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "core/random.hpp"

namespace spikeloom {
namespace {

constexpr std::uint32_t test_streams = 0x40000000, calibration_stream = 0x80000000;
constexpr int calibration_trials = 5;
constexpr std::size_t most_channels = 16;

constexpr const char* what_when_reservoir_equations =
    "I_i(t) = bias_i + noise xi_i + C(t) q_i + gE_i + gS_i + gI_i + sum_k Q_ik clip(y_k, 0, 1)\n"
    "r_i: decays with tau_r, + kappa at a spike;  x = r - mean r of the cue alone\n"
    "when:  y_k(t) = W_k x(t)                 dW_k = eta_when G_k (h(t - t_k) - y_k) x / (|x|^2 + eps)   every ms\n"
    "what:  p_k = clip(p0 + V_k xbar, 0, 1)   dV_k = eta_what (m_k - p_k) xbar / |xbar|^2                every trial\n"
    "object: o_k(t) = p_k max(y_k(t), 0);  G_k: 1 within `window` of the event that came, `outside` elsewhere\n";

int whole(double ms) { return static_cast<int>(std::lround(ms)); }

void check(const ModelArguments& arguments, std::vector<Problem>& problems) {
  const auto p = WhatWhenReservoir::params().read(arguments);
  if (p.what_window > p.trial)
    problems.push_back({{}, "what_window", "is longer than the trial", "write at most the value of `trial`"});
  if (p.cue_duration > p.trial)
    problems.push_back({{}, "cue_duration", "is longer than the trial", "write at most the value of `trial`"});
}

}  // namespace

const ParamTable<WhatWhenReservoir::Params>& WhatWhenReservoir::params() {
  static constexpr Predicate few_neurons{[](double n) { return n >= 1 && n <= 65535 && n == std::floor(n); },
                                         "must be a whole number from 1 to 65535"};
  static constexpr Predicate few_channels{[](double n) { return n >= 1 && n <= most_channels && n == std::floor(n); },
                                          "must be a whole number from 1 to 16"};
  static constexpr Predicate whole_ms{[](double t) { return t >= 1 && t <= 1e6 && t == std::floor(t); },
                                      "must be a whole number of ms, at least 1"};
  static const ParamTable<Params> table{
      {"neurons", &Params::neurons, "", "of the reservoir", few_neurons},
      {"excitatory", &Params::excitatory, "", "share of excitatory neurons", fraction},
      {"probability", &Params::probability, "", "of a synapse from one neuron to another", fraction},
      {"w_exc", &Params::w_exc, "", "largest excitatory weight (uniform from 0)", non_negative},
      {"w_inh", &Params::w_inh, "", "largest inhibitory weight (uniform from 0)", non_negative},
      {"tau_e", &Params::tau_e, "ms", "decay of excitatory currents", positive},
      {"tau_i", &Params::tau_i, "ms", "decay of inhibitory currents", positive},
      {"tau_s", &Params::tau_s, "ms", "decay of slow excitatory currents", positive},
      {"rho", &Params::rho, "", "charge of the slow excitatory currents, as a share of the fast", non_negative},
      {"bias_mean", &Params::bias_mean, "", "constant current, mean over neurons"},
      {"bias_sd", &Params::bias_sd, "", "constant current, standard deviation", non_negative},
      {"noise", &Params::noise, "", "standard deviation of the noise current, new every ms", non_negative},
      {"cue_fraction", &Params::cue_fraction, "", "share of neurons that the cue reaches", fraction},
      {"cue_amplitude", &Params::cue_amplitude, "", "largest cue current (uniform from 0)", non_negative},
      {"cue_duration", &Params::cue_duration, "ms", "the cue is on from 0 to here", whole_ms},
      {"feedback", &Params::feedback, "", "standard deviation of the weights of the fed-back timing", non_negative},
      {"tau_r", &Params::tau_r, "ms", "decay of the readout state", positive},
      {"kappa", &Params::kappa, "", "jump of the readout state at a spike", positive},
      {"channels", &Params::channels, "", "number of events that can be predicted", few_channels},
      {"settling", &Params::settling, "ms", "time before the cue", whole_ms},
      {"trial", &Params::trial, "ms", "time from the cue to the end", whole_ms},
      {"what_window", &Params::what_window, "ms", "the identity readout sees the mean state of this time", whole_ms},
      {"sigma_h", &Params::sigma_h, "ms", "width of the teaching bump", positive},
      {"window", &Params::window, "ms", "the gate is open this long before and after the event", positive},
      {"outside", &Params::outside, "", "how far the gate is open outside the window", fraction},
      {"eta_when", &Params::eta_when, "", "rate of the timing readout", non_negative},
      {"eps", &Params::eps, "", "keeps the normalised step finite", positive},
      {"eta_what", &Params::eta_what, "", "rate of the identity readout", non_negative},
      {"p0", &Params::p0, "", "probability before learning", fraction},
      {"alpha", &Params::alpha, "", "recursive least squares: inverse of the initial matrix", positive},
      {"rls_interval", &Params::rls_interval, "ms", "recursive least squares: time between updates", whole_ms},
      {"exploration_noise", &Params::exploration_noise, "", "learner exploration: noise of the output", non_negative},
      {"exploration_memory", &Params::exploration_memory, "ms", "learner exploration: memory of the means", positive},
      {"learner",
       &Params::learner,
       "",
       "local rules, the global baseline, or reward alone",
       finite,
       {"local", "least_squares", "exploration"}},
      {"error",
       &Params::error,
       "",
       "third factor: bump - output, or the bump alone (ablation)",
       finite,
       {"difference", "bump_only"}},
      {"bump",
       &Params::bump,
       "",
       "the teaching bump in time, or shuffled over the trial (ablation)",
       finite,
       {"in_time", "shuffled"}},
      {"gate",
       &Params::gate,
       "",
       "which channel learns: that of the event, one at random, all (ablations)",
       finite,
       {"event", "random", "all"}},
      {"reward",
       &Params::reward,
       "",
       "learner exploration: what is rewarded, a small squared error or mere chance (ablation)",
       finite,
       {"performance", "random"}}};
  return table;
}

WhatWhenReservoir::WhatWhenReservoir(const Params& params, std::shared_ptr<const ReservoirNetwork> network,
                                     std::shared_ptr<const aligned_vector<float>> mean_rates, std::uint64_t seed,
                                     std::uint32_t stream)
    : params_(params),
      network_(std::move(network)),
      mean_rates_(std::move(mean_rates)),
      seed_(seed),
      stream_(stream),
      learning_(network_, seed, stream),
      testing_(network_, seed, test_streams + stream),
      when_rule_{params.eta_when, params.eps, params.window, params.outside},
      what_rule_{params.eta_what},
      x_(network_->padded),
      mean_after_cue_(network_->padded),
      outputs_(network_->channels),
      fed_back_(network_->channels) {
  when_.assign(network_->channels, aligned_vector<float>(network_->padded, 0.0f));
  what_ = when_;
  if (params.learner == "least_squares") {
    when_rls_.emplace(network_->padded, params.alpha);
    what_rls_.emplace(network_->padded, params.alpha);
  }
  exploration_.assign(network_->channels, readout::Exploration(params.eta_when, params.exploration_memory));
}

std::shared_ptr<const aligned_vector<float>> WhatWhenReservoir::calibrate(
    const Params& params, std::shared_ptr<const ReservoirNetwork> network, std::uint64_t seed) {
  const auto silence = std::make_shared<const aligned_vector<float>>(network->padded, 0.0f);
  WhatWhenReservoir model(params, network, silence, seed, 0);
  IzhikevichReservoir reservoir(network, seed, calibration_stream);
  const int end = whole(params.trial);
  std::vector<double> sums(network->padded);
  for (int trial = 0; trial < calibration_trials; ++trial) {
    model.begin(reservoir, static_cast<std::uint32_t>(trial));
    for (int time = 0; time < end; ++time) {
      model.listen(reservoir, time);
      for (std::size_t i = 0; i < network->count; ++i) sums[i] += static_cast<double>(reservoir.rates()[i]);
    }
  }
  auto means = std::make_shared<aligned_vector<float>>(network->padded, 0.0f);
  for (std::size_t i = 0; i < sums.size(); ++i) (*means)[i] = static_cast<float>(sums[i] / (calibration_trials * end));
  return means;
}

void WhatWhenReservoir::begin(IzhikevichReservoir& reservoir, std::uint32_t number) {
  reservoir.begin(number);
  std::fill(fed_back_.begin(), fed_back_.end(), 0.0f);
  std::fill(mean_after_cue_.begin(), mean_after_cue_.end(), 0.0f);
  for (int k = 0; k < whole(params_.settling); ++k) reservoir.step(false, fed_back_);
}

void WhatWhenReservoir::listen(IzhikevichReservoir& reservoir, int time) {
  reservoir.step(time < whole(params_.cue_duration), fed_back_);
  const auto r = reservoir.rates();
  for (std::size_t i = 0; i < x_.size(); ++i) x_[i] = r[i] - (*mean_rates_)[i];
  if (const int window = whole(params_.what_window); time < window)
    readout::add_scaled<float>(mean_after_cue_, 1.0f / static_cast<float>(window), r);
  norm_ = readout::dot<float>(x_, x_);
  for (std::size_t k = 0; k < outputs_.size(); ++k) {
    outputs_[k] = readout::dot<float>(when_[k], x_);
    fed_back_[k] = std::clamp(outputs_[k], 0.0f, 1.0f);
  }
  counters_[0] += reservoir.spiked().size();
  ++counters_[1];
}

std::vector<float> WhatWhenReservoir::teaching_of(const Trial& trial) const {
  std::vector<float> bump(static_cast<std::size_t>(whole(params_.trial)));
  for (std::size_t t = 0; t < bump.size(); ++t) {
    const double s = (static_cast<double>(t) - trial.due[trial.event]) / params_.sigma_h;
    bump[t] = static_cast<float>(std::exp(-0.5 * s * s));
  }
  if (params_.bump == "shuffled")
    for (std::size_t t = bump.size() - 1; t > 0; --t) {
      const auto bits = draw(seed_, Purpose::task, stream_, trial.number, static_cast<std::uint32_t>(t));
      std::swap(bump[t], bump[below(t + 1, bits[0], bits[1])]);
    }
  return bump;
}

void WhatWhenReservoir::train(const Trial& trial) {
  const auto teaching = teaching_of(trial);
  row_ = trial.event;
  if (params_.gate == "random") {
    const auto bits = draw(seed_, Purpose::task, stream_, trial.number, 0xFFFFFFFF);
    row_ = below(when_.size(), bits[0], bits[1]);
  }
  begin(learning_, trial.number);
  for (int time = 0; time < whole(params_.trial); ++time) {
    listen(learning_, time);
    if (trial.gate_opens) learn_when(trial, teaching, time);
  }
  learn_what(trial);
}

void WhatWhenReservoir::learn_when(const Trial& trial, const std::vector<float>& teaching, int time) {
  const double bump = static_cast<double>(teaching[static_cast<std::size_t>(time)]);
  for (std::size_t k = 0; k < when_.size(); ++k) {
    const bool attended = k == row_;
    if (!attended && params_.gate != "all") continue;
    const double target = attended ? bump : 0;
    const double output = params_.error == "difference" ? static_cast<double>(outputs_[k]) : 0;
    learn_channel(k, trial, target, target - output, time);
  }
}

void WhatWhenReservoir::learn_channel(std::size_t channel, const Trial& trial, double target, double error, int time) {
  auto& weights = when_[channel];
  if (when_rls_) {
    if (time % whole(params_.rls_interval) != 0) return;
    const auto gain = when_rls_->gain(x_);
    for (std::size_t i = 0; i < weights.size(); ++i) weights[i] += static_cast<float>(error * gain[i]);
  } else if (params_.learner == "exploration") {
    const auto bits = draw(seed_, Purpose::noise, stream_ | calibration_stream, trial.number,
                           static_cast<std::uint32_t>(time) << 4 | static_cast<std::uint32_t>(channel));
    const double noisy =
        static_cast<double>(outputs_[channel]) + params_.exploration_noise * normal_quantile(uniform(bits[0]));
    const double performance = params_.reward == "random" ? uniform(bits[1]) : -(target - noisy) * (target - noisy);
    exploration_[channel].update(weights, x_, norm_, noisy, performance);
  } else {
    const std::size_t expected = channel == row_ ? trial.event : channel;
    when_rule_.update(weights, x_, norm_, when_rule_.gate(time, trial.due[expected]) * error);
  }
}

double WhatWhenReservoir::predicted(std::size_t channel) const {
  return params_.p0 + static_cast<double>(readout::dot<float>(what_[channel], mean_after_cue_));
}

void WhatWhenReservoir::learn_what(const Trial& trial) {
  const auto gain = what_rls_ ? what_rls_->gain(mean_after_cue_) : std::span<const double>{};
  for (std::size_t k = 0; k < what_.size(); ++k) {
    const double occurred = k == trial.event ? 1 : 0, p = predicted(k);
    if (!what_rls_) {
      what_rule_.update(what_[k], mean_after_cue_, occurred, p);
      continue;
    }
    for (std::size_t i = 0; i < gain.size(); ++i) what_[k][i] += static_cast<float>((occurred - p) * gain[i]);
  }
}

WhatWhenReservoir::Test WhatWhenReservoir::test(std::uint32_t number) {
  Test test;
  test.when.resize(when_.size());
  begin(testing_, number);
  for (int time = 0; time < whole(params_.trial); ++time) {
    listen(testing_, time);
    for (std::size_t k = 0; k < when_.size(); ++k) test.when[k].push_back(outputs_[k]);
  }
  for (std::size_t k = 0; k < what_.size(); ++k) {
    test.unclipped.push_back(predicted(k));
    test.what.push_back(std::clamp(test.unclipped.back(), 0.0, 1.0));
  }
  return test;
}

double WhatWhenReservoir::mean_rate() const noexcept {
  const auto [spikes, steps] = counters_;
  return steps == 0 ? 0 : 1000.0 * static_cast<double>(spikes) / static_cast<double>(steps * network_->count);
}

std::vector<StateArray> WhatWhenReservoir::state() {
  static const auto names = [] {
    std::array<std::array<std::string, most_channels>, 3> all;
    for (std::size_t k = 0; k < most_channels; ++k)
      all[0][k] = fmt::format("when_{}", k), all[1][k] = fmt::format("what_{}", k),
      all[2][k] = fmt::format("means_{}", k);
    return all;
  }();
  std::vector<StateArray> arrays;
  const std::vector<std::uint64_t> shape{network_->padded};
  for (std::size_t k = 0; k < when_.size(); ++k) {
    arrays.push_back({names[0][k], "", shape, std::span<float>(when_[k])});
    arrays.push_back({names[1][k], "", shape, std::span<float>(what_[k])});
    if (params_.learner == "exploration") arrays.push_back({names[2][k], "", {2}, exploration_[k].means()});
  }
  if (when_rls_) arrays.push_back({"when_matrix", "", {when_rls_->matrix().size()}, when_rls_->matrix()});
  if (what_rls_) arrays.push_back({"what_matrix", "", {what_rls_->matrix().size()}, what_rls_->matrix()});
  arrays.push_back({"counters", "", {counters_.size()}, std::span<std::uint64_t>(counters_)});
  return arrays;
}

ModuleInfo what_when_reservoir_module() {
  return {.name = std::string(WhatWhenReservoir::name),
          .summary =
              "what and when of coming events, learned by local readouts of a spiking reservoir (Yamada & Chao 2026)",
          .params = WhatWhenReservoir::params().infos(),
          .equations = what_when_reservoir_equations,
          .check = check};
}

}  // namespace spikeloom
