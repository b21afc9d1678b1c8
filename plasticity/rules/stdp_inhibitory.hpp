/// Inhibitory plasticity that balances excitation (Vogels, Sprekeler, Zenke, Clopath & Gerstner 2011, Science
/// 334:1569).
///
///     arrival:       w += eta (y - alpha)      y: trace of target spikes
///     target spike:  w += eta x                x: trace of arrivals
///     alpha = 2 rho_0 tau                      rho_0: the rate that targets are drawn to
///
/// w is the magnitude: inhibition grows with coincidences and shrinks with lonely arrivals.
#pragma once

#include "plasticity/event_driven.hpp"

namespace spikeloom {

struct StdpInhibitory {
  static constexpr std::string_view name = "stdp_inhibitory";
  static constexpr std::string_view summary = "inhibitory STDP towards a target rate (Vogels et al. 2011)";
  static constexpr std::string_view equations =
      "arrival: w += eta (y - 2 rho_0 tau);  target spike: w += eta x\n"
      "x, y: traces of arrivals and target spikes (tau); w is the magnitude of the weight";

  struct Params {
    double tau = 20, eta = 0.01, rho_0 = 5;
  };
  static constexpr std::array params = {
      Field{"tau", &Params::tau, "ms", "time constant of both traces", positive},
      Field{"eta", &Params::eta, unit_of_weight, "size of steps", non_negative},
      Field{"rho_0", &Params::rho_0, "Hz", "rate that targets are drawn to", non_negative}};

  struct Synapse {
    float weight = 0;
  };
  static constexpr std::array columns = {Field{"weight", &Synapse::weight, unit_of_weight, "weight"}};
  static constexpr std::array pre_traces = {&Params::tau};
  static constexpr std::array post_traces = {&Params::tau};

  struct Kernel {
    float eta, alpha;
  };
  static Kernel prepare(const Params& p, const WeightBounds&) {
    return {static_cast<float>(p.eta), static_cast<float>(2e-3 * p.rho_0 * p.tau)};
  }
  [[gnu::always_inline]] static void on_pre(const Kernel& k, Synapse& s, const std::array<float, 1>& post) noexcept {
    s.weight += k.eta * (post[0] - k.alpha);
  }
  [[gnu::always_inline]] static void on_post(const Kernel& k, Synapse& s, const std::array<float, 1>& pre) noexcept {
    s.weight += k.eta * pre[0];
  }
};

}  // namespace spikeloom
