/// STDP into a derivative that is applied once per interval (Izhikevich 2006, Neural Comput 18:245).
///
///     arrival:        d -= a_minus y           x, y: traces of arrivals and target spikes (`pairs: nearest`)
///     target spike:   d += a_plus x
///     every interval: w += drift + d after d has been multiplied by `keep`
///
/// The long memory of the derivative makes weights drift with the activity of many seconds; the constant drift lets
/// silent synapses grow.
#pragma once

#include "plasticity/interval_driven.hpp"

namespace spikeloom {

struct StdpDerivative {
  static constexpr std::string_view name = "stdp_derivative";
  static constexpr std::string_view summary =
      "pair STDP into a derivative, applied once per interval (Izhikevich 2006)";
  static constexpr std::string_view equations =
      "arrival: d -= a_minus y;  target spike: d += a_plus x\n"
      "every interval: d *= keep, w += drift + d\n"
      "x, y: traces of arrivals (tau_plus) and target spikes (tau_minus)";

  struct Params {
    double tau_plus = 20, tau_minus = 20, a_plus = 0.1, a_minus = 0.12, interval = 1000, keep = 0.9, drift = 0.01;
  };
  static constexpr std::array params = {
      Field{"tau_plus", &Params::tau_plus, "ms", "time constant of the trace of arrivals", positive},
      Field{"tau_minus", &Params::tau_minus, "ms", "time constant of the trace of target spikes", positive},
      Field{"a_plus", &Params::a_plus, unit_of_weight, "step of the derivative at a target spike"},
      Field{"a_minus", &Params::a_minus, unit_of_weight, "step of the derivative at an arrival, downwards"},
      Field{"interval", &Params::interval, "ms", "between changes of the weight", positive},
      Field{"keep", &Params::keep, "", "what is left of the derivative after an interval", fraction},
      Field{"drift", &Params::drift, unit_of_weight, "added to every weight in every interval"}};

  struct Synapse {
    float weight = 0, derivative = 0;
  };
  static constexpr std::array columns = {
      Field{"weight", &Synapse::weight, unit_of_weight, "weight"},
      Field{"derivative", &Synapse::derivative, unit_of_weight, "added to the weight in every interval"}};
  static constexpr std::array pre_traces = {&Params::tau_plus};
  static constexpr std::array post_traces = {&Params::tau_minus};
  static double interval(const Params& p) { return p.interval; }

  struct Kernel {
    float a_plus, a_minus, keep, drift;
  };
  static Kernel prepare(const Params& p, const WeightBounds&) {
    return {static_cast<float>(p.a_plus), static_cast<float>(p.a_minus), static_cast<float>(p.keep),
            static_cast<float>(p.drift)};
  }
  /// `pre`: sum over target spikes of the trace of arrivals; `post`: sum over arrivals of the trace of target spikes.
  [[gnu::always_inline]] static void on_pairs(const Kernel& k, Synapse& s, double pre, double post) noexcept {
    s.derivative = static_cast<float>(s.derivative + (k.a_plus * pre - k.a_minus * post));
  }
  [[gnu::always_inline]] static void on_interval(const Kernel& k, Synapse& s) noexcept {
    s.derivative *= k.keep;
    s.weight += k.drift + s.derivative;
  }
};

}  // namespace spikeloom
