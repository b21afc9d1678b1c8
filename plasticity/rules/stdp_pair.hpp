/// Pair-based spike-timing-dependent plasticity with three dependences on the weight.
///
///     target spike:  w += lambda potentiation(w) x       x: trace of the source's arrivals, tau_plus
///     arrival:       w -= lambda alpha depression(w) y   y: trace of the target's spikes, tau_minus
///
/// additive (Song, Miller & Abbott 2000, Nat Neurosci 3:919), multiplicative (van Rossum, Bi & Turrigiano 2000, J
/// Neurosci 20:8812; Rubin, Lee & Sompolinsky 2001), power law (Morrison, Aertsen & Diesmann 2007, Neural Comput
/// 19:1437).
#pragma once

#include "plasticity/event_driven.hpp"
#include "plasticity/power.hpp"

namespace spikeloom {

struct StdpPair {
  static constexpr std::string_view name = "stdp_pair";
  static constexpr std::string_view summary =
      "pair STDP, additive, multiplicative or power law (Song 2000; Rubin 2001; Morrison 2007)";
  static constexpr std::string_view equations =
      "target spike: w += lambda f(w) x;  arrival: w -= lambda alpha g(w) y\n"
      "x, y: traces of arrivals (tau_plus) and target spikes (tau_minus)\n"
      "additive: f = g = w_max;  multiplicative: f = w_max - w, g = w;  power_law: f = w_0^(1 - mu) w^mu, g = w";
  static constexpr std::string_view variant_key = "dependence";
  static constexpr std::string_view variant_doc = "how steps depend on the weight";

  struct Params {
    double tau_plus = 20, tau_minus = 20, lambda = 0.01, alpha = 1, mu = 0.4, w_0 = 1;
  };
  static constexpr std::array params = {
      Field{"tau_plus", &Params::tau_plus, "ms", "time constant of the trace of arrivals", positive},
      Field{"tau_minus", &Params::tau_minus, "ms", "time constant of the trace of target spikes", positive},
      Field{"lambda", &Params::lambda, "", "size of steps", non_negative},
      Field{"alpha", &Params::alpha, "", "depression relative to potentiation"},
      Field{"mu", &Params::mu, "", "exponent of potentiation (power_law)", non_negative},
      Field{"w_0", &Params::w_0, unit_of_weight, "reference weight (power_law)"}};

  struct Synapse {
    float weight = 0;
  };
  static constexpr std::array columns = {Field{"weight", &Synapse::weight, unit_of_weight, "weight"}};
  static constexpr std::array pre_traces = {&Params::tau_plus};
  static constexpr std::array post_traces = {&Params::tau_minus};
};

struct StdpPairAdditive : StdpPair {
  static constexpr std::string_view variant = "additive";
  static constexpr bool needs_w_max = true;
  struct Kernel {
    float up, down;
  };
  static Kernel prepare(const Params& p, const WeightBounds& bounds) {
    const auto step = static_cast<float>(p.lambda) * bounds.high;
    return {step, static_cast<float>(p.alpha) * step};
  }
  [[gnu::always_inline]] static void on_pre(const Kernel& k, Synapse& s, const PostTraces<StdpPair>& post) noexcept {
    s.weight -= k.down * post[0];
  }
  [[gnu::always_inline]] static void on_post(const Kernel& k, Synapse& s, const PreTraces<StdpPair>& pre) noexcept {
    s.weight += k.up * pre[0];
  }
};

struct StdpPairMultiplicative : StdpPair {
  static constexpr std::string_view variant = "multiplicative";
  static constexpr bool needs_w_max = true;
  struct Kernel {
    float up, down, w_max;
  };
  static Kernel prepare(const Params& p, const WeightBounds& bounds) {
    return {static_cast<float>(p.lambda), static_cast<float>(p.lambda * p.alpha), bounds.high};
  }
  [[gnu::always_inline]] static void on_pre(const Kernel& k, Synapse& s, const PostTraces<StdpPair>& post) noexcept {
    s.weight -= k.down * s.weight * post[0];
  }
  [[gnu::always_inline]] static void on_post(const Kernel& k, Synapse& s, const PreTraces<StdpPair>& pre) noexcept {
    s.weight += k.up * (k.w_max - s.weight) * pre[0];
  }
};

struct StdpPairPowerLaw : StdpPair {
  static constexpr std::string_view variant = "power_law";
  struct Kernel {
    float up, down, mu;
  };
  static Kernel prepare(const Params& p, const WeightBounds&) {
    return {static_cast<float>(p.lambda * std::pow(p.w_0, 1 - p.mu)), static_cast<float>(p.lambda * p.alpha),
            static_cast<float>(p.mu)};
  }
  [[gnu::always_inline]] static void on_pre(const Kernel& k, Synapse& s, const PostTraces<StdpPair>& post) noexcept {
    s.weight -= k.down * s.weight * post[0];
  }
  [[gnu::always_inline]] static void on_post(const Kernel& k, Synapse& s, const PreTraces<StdpPair>& pre) noexcept {
    s.weight += k.up * power(s.weight, k.mu) * pre[0];
  }
};

}  // namespace spikeloom
