/// Leaky integrate-and-fire neuron with alpha-shaped synaptic currents.
///
///     dv_m/dt = -(v_m - e_l) / tau_m + (i_syn_ex + i_syn_in + i_e + drive) / c_m        spike when v_m >= v_th
///     di_syn/dt = -i_syn / tau_syn + di_syn,  d(di_syn)/dt = -di_syn / tau_syn,  di_syn += weight e / tau_syn at
///     arrivals
///
/// so that one arrival makes the current weight * (t/tau_syn) exp(1 - t/tau_syn), whose peak is the weight. Exact
/// between grid points (Rotter & Diesmann 1999, Biol Cybern 81:381). Parameters and order follow NEST's iaf_psc_alpha.
#pragma once

#include "core/models/common.hpp"

namespace spikeloom {

struct LifPscAlpha {
  static constexpr std::string_view name = "lif_psc_alpha";
  static constexpr std::string_view summary =
      "leaky integrate-and-fire, alpha-shaped synaptic currents (NEST: iaf_psc_alpha)";
  static constexpr std::string_view equations =
      "dv_m/dt = -(v_m - e_l)/tau_m + (i_syn_ex + i_syn_in + i_e + drive)/c_m\n"
      "i_syn = sum over arrivals of weight (t/tau_syn) exp(1 - t/tau_syn), t since the arrival (peak: weight)\n"
      "di_syn is the alpha function's rising part: d(i_syn)/dt = di_syn - i_syn/tau_syn\n"
      "v_m >= v_th: spike, then v_m = v_reset for t_ref";
  static constexpr int row_count = 2;

  struct Params {
    double tau_m = 10, c_m = 250, e_l = -70, v_th = -55, v_reset = -70, t_ref = 2, tau_syn_ex = 2, tau_syn_in = 2,
           i_e = 0;
  };
  static constexpr std::array params = {
      Field{"tau_m", &Params::tau_m, "ms", "membrane time constant", positive},
      Field{"c_m", &Params::c_m, "pF", "membrane capacitance", positive},
      Field{"e_l", &Params::e_l, "mV", "resting potential"},
      Field{"v_th", &Params::v_th, "mV", "spike threshold"},
      Field{"v_reset", &Params::v_reset, "mV", "v_m after a spike"},
      Field{"t_ref", &Params::t_ref, "ms", "absolute refractory period", non_negative},
      Field{"tau_syn_ex", &Params::tau_syn_ex, "ms", "rise time of excitatory currents", positive},
      Field{"tau_syn_in", &Params::tau_syn_in, "ms", "rise time of inhibitory currents", positive},
      Field{"i_e", &Params::i_e, "pA", "constant input current"}};

  /// Two currents, or one that is their sum where both time constants are equal.
  template <class Real, int rows>
  struct State {
    Real v_m, refractory, di_syn_ex, i_syn_ex, di_syn_in, i_syn_in;
  };
  template <class Real>
  struct State<Real, 1> {
    Real v_m, refractory, di_syn, i_syn;
  };
  template <class Real, int rows>
  static constexpr auto state() {
    using S = State<Real, rows>;
    const Field v_m{"v_m", &S::v_m, "mV", "membrane potential"};
    const Field refractory{"refractory", &S::refractory, "step", "steps left at v_reset", non_negative};
    if constexpr (rows == 1)
      return std::array{v_m, refractory,
                        Field{"di_syn", &S::di_syn, "pA/ms", "rising part of i_syn, where tau_syn_ex = tau_syn_in"},
                        Field{"i_syn", &S::i_syn, "pA", "synaptic current, where tau_syn_ex = tau_syn_in"}};
    else
      return std::array{v_m,
                        refractory,
                        Field{"di_syn_ex", &S::di_syn_ex, "pA/ms", "rising part of i_syn_ex"},
                        Field{"i_syn_ex", &S::i_syn_ex, "pA", "excitatory synaptic current"},
                        Field{"di_syn_in", &S::di_syn_in, "pA/ms", "rising part of i_syn_in"},
                        Field{"i_syn_in", &S::i_syn_in, "pA", "inhibitory synaptic current"}};
  }

  static std::vector<VariableInfo> variables() { return variables_of(state<double, 2>(), state<double, 1>()); }
  static std::vector<ReceptorInfo> receptors() { return {{"exc", "pA", 1}, {"inh", "pA", -1}}; }
  static bool can_fold(const ModelArguments& arguments) {
    return for_every_neuron(params, arguments, [](const Params& p) { return p.tau_syn_ex == p.tau_syn_in; });
  }
  static void check(const ModelArguments& arguments, double, std::vector<Problem>& problems) {
    require_reset_below_threshold(params, arguments, problems);
  }

  /// `v_from_di`, `v_from_i`: v_m after one step per unit of di_syn and i_syn at its start; `rise`: the same for i_syn
  /// per di_syn; `kick`: di_syn per unit of weight.
  template <class Real>
  struct Propagator {
    Real v_inf, v_decay, v_from_drive, v_th, v_reset, steps_ref;
    Real ex_v_from_di, ex_v_from_i, ex_rise, ex_decay, ex_kick;
    Real in_v_from_di, in_v_from_i, in_rise, in_decay, in_kick;
    static constexpr auto members() {
      using P = Propagator;
      return std::array{&P::v_inf,       &P::v_decay,   &P::v_from_drive, &P::v_th,
                        &P::v_reset,     &P::steps_ref, &P::ex_v_from_di, &P::ex_v_from_i,
                        &P::ex_rise,     &P::ex_decay,  &P::ex_kick,      &P::in_v_from_di,
                        &P::in_v_from_i, &P::in_rise,   &P::in_decay,     &P::in_kick};
    }
  };

  template <class Real>
  static Propagator<Real> prepare(const Params& p, double dt) {
    const auto real = [](double x) { return static_cast<Real>(x); };
    const auto ex_decay = std::exp(-dt / p.tau_syn_ex), in_decay = std::exp(-dt / p.tau_syn_in);
    return {.v_inf = real(p.e_l + p.i_e * p.tau_m / p.c_m),
            .v_decay = real(std::exp(-dt / p.tau_m)),
            .v_from_drive = real(-std::expm1(-dt / p.tau_m) * p.tau_m / p.c_m),
            .v_th = real(p.v_th),
            .v_reset = real(p.v_reset),
            .steps_ref = real(std::round(p.t_ref / dt)),
            .ex_v_from_di = real(alpha_current_response(p.tau_m, p.tau_syn_ex, p.c_m, dt)),
            .ex_v_from_i = real(exponential_current_response(p.tau_m, p.tau_syn_ex, p.c_m, dt)),
            .ex_rise = real(dt * ex_decay),
            .ex_decay = real(ex_decay),
            .ex_kick = real(std::exp(1.0) / p.tau_syn_ex),
            .in_v_from_di = real(alpha_current_response(p.tau_m, p.tau_syn_in, p.c_m, dt)),
            .in_v_from_i = real(exponential_current_response(p.tau_m, p.tau_syn_in, p.c_m, dt)),
            .in_rise = real(dt * in_decay),
            .in_decay = real(in_decay),
            .in_kick = real(std::exp(1.0) / p.tau_syn_in)};
  }

  template <class Real, int rows>
  static State<Real, rows> initial(const Params& p) {
    State<Real, rows> s{};
    s.v_m = static_cast<Real>(p.e_l);
    return s;
  }

  /// One neuron, one step; returns whether it spiked. `arrived` [pA] per row, `drive` [pA] held over the step.
  template <class Real, int rows>
  [[gnu::always_inline]] static bool advance(const Propagator<Real>& h, State<Real, rows>& s,
                                             const std::array<Real, rows>& arrived, Real drive) noexcept {
    Real v = h.v_inf + (s.v_m - h.v_inf) * h.v_decay + h.v_from_drive * drive;
    if constexpr (rows == 1) {
      v += h.ex_v_from_di * s.di_syn + h.ex_v_from_i * s.i_syn;
      s.i_syn = s.i_syn * h.ex_decay + s.di_syn * h.ex_rise;
      s.di_syn = s.di_syn * h.ex_decay + arrived[0] * h.ex_kick;
    } else {
      v += h.ex_v_from_di * s.di_syn_ex + h.ex_v_from_i * s.i_syn_ex;
      v += h.in_v_from_di * s.di_syn_in + h.in_v_from_i * s.i_syn_in;
      s.i_syn_ex = s.i_syn_ex * h.ex_decay + s.di_syn_ex * h.ex_rise;
      s.i_syn_in = s.i_syn_in * h.in_decay + s.di_syn_in * h.in_rise;
      s.di_syn_ex = s.di_syn_ex * h.ex_decay + arrived[0] * h.ex_kick;
      s.di_syn_in = s.di_syn_in * h.in_decay + arrived[1] * h.in_kick;
    }
    const bool held = s.refractory > 0;
    const bool spiked = !held & (v >= h.v_th);
    s.v_m = (held | spiked) ? h.v_reset : v;
    s.refractory = spiked ? h.steps_ref : (held ? s.refractory - 1 : Real{0});
    return spiked;
  }
};

}  // namespace spikeloom
