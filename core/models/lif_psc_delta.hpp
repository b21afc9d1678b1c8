/// Leaky integrate-and-fire neuron whose membrane jumps at each arrival.
///
///     dv_m/dt = -(v_m - e_l) / tau_m + (i_e + drive) / c_m,  v_m += weight at each arrival        spike when v_m >=
///     v_th
///
/// Exact between grid points. Parameters and the order of things in a step follow NEST's iaf_psc_delta: v_m moves, then
/// arrivals are added, then the threshold is tested; what arrives while the neuron is refractory is discarded.
#pragma once

#include "core/models/common.hpp"

namespace spikeloom {

struct LifPscDelta {
  static constexpr std::string_view name = "lif_psc_delta";
  static constexpr std::string_view summary = "leaky integrate-and-fire, v_m jumps at arrivals (NEST: iaf_psc_delta)";
  static constexpr std::string_view equations =
      "dv_m/dt = -(v_m - e_l)/tau_m + (i_e + drive)/c_m\n"
      "v_m += weight at each arrival (discarded while refractory)\n"
      "v_m >= v_th: spike, then v_m = v_reset for t_ref";
  static constexpr int row_count = 1;

  struct Params {
    double tau_m = 10, c_m = 250, e_l = -70, v_th = -55, v_reset = -70, t_ref = 2, i_e = 0;
  };
  static constexpr std::array params = {
      Field{"tau_m", &Params::tau_m, "ms", "membrane time constant", positive},
      Field{"c_m", &Params::c_m, "pF", "membrane capacitance", positive},
      Field{"e_l", &Params::e_l, "mV", "resting potential"},
      Field{"v_th", &Params::v_th, "mV", "spike threshold"},
      Field{"v_reset", &Params::v_reset, "mV", "v_m after a spike"},
      Field{"t_ref", &Params::t_ref, "ms", "absolute refractory period", non_negative},
      Field{"i_e", &Params::i_e, "pA", "constant input current"}};

  template <class Real, int>
  struct State {
    Real v_m, refractory;
  };
  template <class Real, int rows>
  static constexpr auto state() {
    using S = State<Real, rows>;
    return std::array{Field{"v_m", &S::v_m, "mV", "membrane potential"},
                      Field{"refractory", &S::refractory, "step", "steps left at v_reset", non_negative}};
  }

  static std::vector<VariableInfo> variables() { return variables_of(state<double, 1>()); }
  static std::vector<ReceptorInfo> receptors() { return {{"exc", "mV", 1}, {"inh", "mV", -1}}; }
  static void check(const ModelArguments& arguments, double, std::vector<Problem>& problems) {
    require_reset_below_threshold(params, arguments, problems);
  }

  template <class Real>
  struct Propagator {
    Real v_inf, v_decay, v_from_drive, v_th, v_reset, steps_ref;
    static constexpr auto members() {
      using P = Propagator;
      return std::array{&P::v_inf, &P::v_decay, &P::v_from_drive, &P::v_th, &P::v_reset, &P::steps_ref};
    }
  };

  template <class Real>
  static Propagator<Real> prepare(const Params& p, double dt) {
    const auto real = [](double x) { return static_cast<Real>(x); };
    return {real(p.e_l + p.i_e * p.tau_m / p.c_m),
            real(std::exp(-dt / p.tau_m)),
            real(-std::expm1(-dt / p.tau_m) * p.tau_m / p.c_m),
            real(p.v_th),
            real(p.v_reset),
            real(std::round(p.t_ref / dt))};
  }

  template <class Real, int rows>
  static State<Real, rows> initial(const Params& p) {
    return {static_cast<Real>(p.e_l), 0};
  }

  /// One neuron, one step; returns whether it spiked. `arrived` [mV], `drive` [pA] held over the step.
  template <class Real, int rows>
  [[gnu::always_inline]] static bool advance(const Propagator<Real>& h, State<Real, rows>& s,
                                             const std::array<Real, rows>& arrived, Real drive) noexcept {
    const Real v = h.v_inf + (s.v_m - h.v_inf) * h.v_decay + h.v_from_drive * drive + arrived[0];
    const bool held = s.refractory > 0;
    const bool spiked = !held & (v >= h.v_th);
    s.v_m = (held | spiked) ? h.v_reset : v;
    s.refractory = spiked ? h.steps_ref : (held ? s.refractory - 1 : Real{0});
    return spiked;
  }
};

}  // namespace spikeloom
