/// Triplet spike-timing-dependent plasticity (Pfister & Gerstner 2006, J Neurosci 26:9673).
///
///     arrival:       w -= w_scale y_1 (a2_minus + a3_minus x_2)      x_1, x_2: traces of arrivals, tau_plus and tau_x
///     target spike:  w += w_scale x_1 (a2_plus + a3_plus y_2)        y_1, y_2: of target spikes, tau_minus and tau_y
///
/// x_2 and y_2 just before the spike itself. The minimal models of the paper have a2_plus = a3_minus = 0 (visual
/// cortex, the default) or a3_minus = 0 (hippocampus); the full ones none of them 0; `pairs: nearest` is their
/// nearest-spike form.
#pragma once

#include "plasticity/event_driven.hpp"

namespace spikeloom {

struct StdpTriplet {
  static constexpr std::string_view name = "stdp_triplet";
  static constexpr std::string_view summary = "triplet STDP, minimal and full (Pfister and Gerstner 2006)";
  static constexpr std::string_view equations =
      "arrival: w -= w_scale y_1 (a2_minus + a3_minus x_2);  target spike: w += w_scale x_1 (a2_plus + a3_plus y_2)\n"
      "x_1, x_2: traces of arrivals (tau_plus, tau_x); y_1, y_2: of target spikes (tau_minus, tau_y)\n"
      "x_2 and y_2 just before the spike; the minimal models set a2_plus, a3_minus or both to 0";

  struct Params {
    double tau_plus = 16.8, tau_minus = 33.7, tau_x = 101, tau_y = 114, a2_plus = 0, a2_minus = 7.1e-3,
           a3_plus = 6.5e-3, a3_minus = 0, w_scale = 1;
  };
  static constexpr std::array params = {
      Field{"tau_plus", &Params::tau_plus, "ms", "time constant of x_1", positive},
      Field{"tau_minus", &Params::tau_minus, "ms", "time constant of y_1", positive},
      Field{"tau_x", &Params::tau_x, "ms", "time constant of x_2", positive},
      Field{"tau_y", &Params::tau_y, "ms", "time constant of y_2", positive},
      Field{"a2_plus", &Params::a2_plus, "", "potentiation by pairs", non_negative},
      Field{"a2_minus", &Params::a2_minus, "", "depression by pairs", non_negative},
      Field{"a3_plus", &Params::a3_plus, "", "potentiation by triplets", non_negative},
      Field{"a3_minus", &Params::a3_minus, "", "depression by triplets", non_negative},
      Field{"w_scale", &Params::w_scale, unit_of_weight, "weight that the amplitudes are fractions of"}};

  struct Synapse {
    float weight = 0;
  };
  static constexpr std::array columns = {Field{"weight", &Synapse::weight, unit_of_weight, "weight"}};
  static constexpr std::array pre_traces = {&Params::tau_plus, &Params::tau_x};
  static constexpr std::array post_traces = {&Params::tau_minus, &Params::tau_y};

  struct Kernel {
    float a2_plus, a2_minus, a3_plus, a3_minus;
  };
  static Kernel prepare(const Params& p, const WeightBounds&) {
    const auto scaled = [&](double a) { return static_cast<float>(a * p.w_scale); };
    return {scaled(p.a2_plus), scaled(p.a2_minus), scaled(p.a3_plus), scaled(p.a3_minus)};
  }
  [[gnu::always_inline]] static void on_pre(const Kernel& k, Synapse& s, const std::array<float, 2>& pre,
                                            const std::array<float, 2>& post) noexcept {
    s.weight -= post[0] * (k.a2_minus + k.a3_minus * pre[1]);
  }
  [[gnu::always_inline]] static void on_post(const Kernel& k, Synapse& s, const std::array<float, 2>& pre,
                                             const std::array<float, 2>& post) noexcept {
    s.weight += pre[0] * (k.a2_plus + k.a3_plus * post[1]);
  }
};

}  // namespace spikeloom
