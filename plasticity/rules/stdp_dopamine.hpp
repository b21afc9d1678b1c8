/// STDP whose steps go into an eligibility that a modulator turns into weight (Izhikevich 2007, Cereb Cortex 17:2443).
///
///     arrival:       c -= a_minus y                       x, y: traces of arrivals and target spikes
///     target spike:  c += a_plus x
///     between:       dc/dt = -c / tau_c;  dw/dt = c (n - b)      n: the modulator [1/ms]
///
/// in closed form from event to event (Potjans, Morrison & Diesmann 2010, Front Comput Neurosci 4:141), whatever the
/// modulator does in between. Bounds hold at arrivals and target spikes.
#pragma once

#include "plasticity/event_driven.hpp"

namespace spikeloom {

struct StdpDopamine {
  static constexpr std::string_view name = "stdp_dopamine";
  static constexpr std::string_view summary =
      "STDP into an eligibility that a modulator turns into weight (Izhikevich 2007; Potjans 2010)";
  static constexpr std::string_view equations =
      "arrival: c -= a_minus y;  target spike: c += a_plus x;  dc/dt = -c / tau_c;  dw/dt = c (n - b)\n"
      "x, y: traces of arrivals (tau_plus) and target spikes (tau_minus); n: the modulator, per ms";

  struct Params {
    double tau_plus = 20, tau_minus = 20, tau_c = 1000, a_plus = 1, a_minus = 1.5, b = 0;
  };
  static constexpr std::array params = {
      Field{"tau_plus", &Params::tau_plus, "ms", "time constant of the trace of arrivals", positive},
      Field{"tau_minus", &Params::tau_minus, "ms", "time constant of the trace of target spikes", positive},
      Field{"tau_c", &Params::tau_c, "ms", "time constant of the eligibility", positive},
      Field{"a_plus", &Params::a_plus, unit_of_weight, "step of the eligibility at a target spike"},
      Field{"a_minus", &Params::a_minus, unit_of_weight, "step of the eligibility at an arrival, downwards"},
      Field{"b", &Params::b, "", "level of the modulator at which nothing is learned"}};

  struct Synapse {
    float weight = 0, eligibility = 0;
  };
  static constexpr std::array columns = {
      Field{"weight", &Synapse::weight, unit_of_weight, "weight"},
      Field{"eligibility", &Synapse::eligibility, unit_of_weight, "times the modulator: change of the weight per ms"}};
  static constexpr std::array pre_traces = {&Params::tau_plus};
  static constexpr std::array post_traces = {&Params::tau_minus};
  static double tau_eligibility(const Params& p) { return p.tau_c; }
  static double modulator_offset(const Params& p) { return p.b; }

  struct Kernel {
    float a_plus, a_minus;
  };
  static Kernel prepare(const Params& p, const WeightBounds&) {
    return {static_cast<float>(p.a_plus), static_cast<float>(p.a_minus)};
  }
  [[gnu::always_inline]] static void on_pre(const Kernel& k, Synapse& s, const std::array<float, 1>& post) noexcept {
    s.eligibility -= k.a_minus * post[0];
  }
  [[gnu::always_inline]] static void on_post(const Kernel& k, Synapse& s, const std::array<float, 1>& pre) noexcept {
    s.eligibility += k.a_plus * pre[0];
  }
};

}  // namespace spikeloom
