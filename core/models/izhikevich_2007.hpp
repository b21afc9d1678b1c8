/// Izhikevich's neuron with dimensions (2007, Dynamical Systems in Neuroscience, chapter 8) and exponential currents.
///
///     c_m dv_m/dt = k (v_m - v_r) (v_m - v_t) - u + i_syn_ex + i_syn_in + i_e + drive        spike when v_m >= v_peak:
///     du/dt = a (b (v_m - v_r) - u)                                                          v_m = c, u += d
///     di_syn/dt = -i_syn / tau_syn,  i_syn += weight at each arrival
///
/// Currents decay exactly; v_m and u move to fourth order, also across the reset (core/models/quadratic_flow.hpp).
#pragma once

#include "core/models/common.hpp"
#include "core/models/quadratic_flow.hpp"
#include "core/models/select.hpp"

namespace spikeloom {

struct Izhikevich2007 {
  static constexpr std::string_view name = "izhikevich_2007";
  static constexpr std::string_view summary =
      "quadratic neuron with recovery variable in pF, mV, pA (Izhikevich 2007), exponential synaptic currents";
  static constexpr std::string_view equations =
      "c_m dv_m/dt = k (v_m - v_r) (v_m - v_t) - u + i_syn_ex + i_syn_in + i_e + drive\n"
      "du/dt = a (b (v_m - v_r) - u)\n"
      "di_syn/dt = -i_syn/tau_syn;  i_syn += weight at each arrival\n"
      "v_m >= v_peak: spike, v_m = c, u += d";
  static constexpr int row_count = 2;

  struct Params {
    double c_m = 100, k = 0.7, v_r = -60, v_t = -40, v_peak = 35, a = 0.03, b = -2, c = -50, d = 100, i_e = 0,
           tau_syn_ex = 5, tau_syn_in = 10;
  };
  static constexpr std::array params = {
      Field{"c_m", &Params::c_m, "pF", "membrane capacitance (C in the book)", positive},
      Field{"k", &Params::k, "nS/mV", "steepness of the quadratic current", positive},
      Field{"v_r", &Params::v_r, "mV", "resting potential"},
      Field{"v_t", &Params::v_t, "mV", "instantaneous threshold potential"},
      Field{"v_peak", &Params::v_peak, "mV", "peak of a spike, where v_m is reset"},
      Field{"a", &Params::a, "1/ms", "rate of the recovery current"},
      Field{"b", &Params::b, "nS", "sensitivity of u to v_m"},
      Field{"c", &Params::c, "mV", "v_m after a spike"},
      Field{"d", &Params::d, "pA", "added to u by a spike"},
      Field{"i_e", &Params::i_e, "pA", "constant input current"},
      Field{"tau_syn_ex", &Params::tau_syn_ex, "ms", "decay time of excitatory currents", positive},
      Field{"tau_syn_in", &Params::tau_syn_in, "ms", "decay time of inhibitory currents", positive}};

  /// Two currents, or one that is their sum where both time constants are equal.
  template <class Real, int rows>
  struct State {
    Real v_m, u, i_syn_ex, i_syn_in;
  };
  template <class Real>
  struct State<Real, 1> {
    Real v_m, u, i_syn;
  };
  template <class Real, int rows>
  static constexpr auto state() {
    using S = State<Real, rows>;
    const Field v_m{"v_m", &S::v_m, "mV", "membrane potential"};
    const Field u{"u", &S::u, "pA", "recovery current"};
    if constexpr (rows == 1)
      return std::array{v_m, u, Field{"i_syn", &S::i_syn, "pA", "synaptic current, where tau_syn_ex = tau_syn_in"}};
    else
      return std::array{v_m, u, Field{"i_syn_ex", &S::i_syn_ex, "pA", "excitatory synaptic current"},
                        Field{"i_syn_in", &S::i_syn_in, "pA", "inhibitory synaptic current"}};
  }

  static std::vector<VariableInfo> variables() { return variables_of(state<double, 2>(), state<double, 1>()); }
  static std::vector<ReceptorInfo> receptors() { return {{"exc", "pA", 1}, {"inh", "pA", -1}}; }
  static bool can_fold(const ModelArguments& arguments) {
    return for_every_neuron(params, arguments, [](const Params& p) { return p.tau_syn_ex == p.tau_syn_in; });
  }
  static void check(const ModelArguments& arguments, double, std::vector<Problem>& problems) {
    if (!for_every_neuron(params, arguments, [](const Params& p) { return p.c < p.v_peak; }))
      problems.push_back({{}, "c", "c must lie below v_peak", "lower c, or raise v_peak"});
    if (!for_every_neuron(params, arguments, [](const Params& p) { return p.v_t < p.v_peak; }))
      problems.push_back({{}, "v_peak", "v_peak must lie above v_t", "raise v_peak, or lower v_t"});
  }

  template <class Real>
  struct Propagator : QuadraticFlow<Real> {
    Real step_per_c, ex_half, ex_decay, in_half, in_decay;
    static constexpr auto members() {
      using P = Propagator;
      return std::array<Real P::*, 15>{&P::v_2,        &P::v_1,     &P::v_0,      &P::v_u,     &P::u_v,
                                       &P::u_0,        &P::u_u,     &P::v_peak,   &P::reset,   &P::jump,
                                       &P::step_per_c, &P::ex_half, &P::ex_decay, &P::in_half, &P::in_decay};
    }
  };

  template <class Real>
  static Propagator<Real> prepare(const Params& p, double dt) {
    const auto real = [](double x) { return static_cast<Real>(x); };
    const double per_c = dt / p.c_m;
    return {{.v_2 = real(per_c * p.k),
             .v_1 = real(-per_c * p.k * (p.v_r + p.v_t)),
             .v_0 = real(per_c * (p.k * p.v_r * p.v_t + p.i_e)),
             .v_u = real(per_c),
             .u_v = real(dt * p.a * p.b),
             .u_0 = real(-dt * p.a * p.b * p.v_r),
             .u_u = real(dt * p.a),
             .v_peak = real(p.v_peak),
             .reset = real(p.c),
             .jump = real(p.d)},
            real(per_c),
            real(std::exp(-0.5 * dt / p.tau_syn_ex)),
            real(std::exp(-dt / p.tau_syn_ex)),
            real(std::exp(-0.5 * dt / p.tau_syn_in)),
            real(std::exp(-dt / p.tau_syn_in))};
  }

  template <class Real, int rows>
  static State<Real, rows> initial(const Params& p) {
    State<Real, rows> s{};
    s.v_m = static_cast<Real>(p.v_r);
    return s;
  }

  /// One neuron, one step; returns whether it spiked. `arrived` [pA] per row, `drive` [pA] held over the step. Within
  /// the step the current is the parabola through its exact values at the start, the middle and the end. Currents
  /// saturate at 1 mA and v_m at -1 V, so that everything stays finite.
  template <class Real, int rows>
  [[gnu::always_inline]] static bool advance(const Propagator<Real>& h, State<Real, rows>& s,
                                             const std::array<Real, rows>& arrived, Real drive) noexcept {
    Real start, middle, end;
    if constexpr (rows == 1) {
      start = s.i_syn, middle = s.i_syn * h.ex_half, end = s.i_syn * h.ex_decay;
      s.i_syn = end + arrived[0];
    } else {
      const Real ex_end = s.i_syn_ex * h.ex_decay, in_end = s.i_syn_in * h.in_decay;
      start = s.i_syn_ex + s.i_syn_in, middle = s.i_syn_ex * h.ex_half + s.i_syn_in * h.in_half, end = ex_end + in_end;
      s.i_syn_ex = ex_end + arrived[0];
      s.i_syn_in = in_end + arrived[1];
    }
    const auto bounded = [&](Real i) __attribute__((always_inline)) {
      return h.step_per_c * within(drive + i, Real(-1e9), Real(1e9));
    };
    const Real i_0 = bounded(start), i_mid = bounded(middle), i_1 = bounded(end);
    const Real i_s = 4 * i_mid - 3 * i_0 - i_1, i_ss = 2 * (i_0 + i_1) - 4 * i_mid;
    typename Propagator<Real>::Point at{s.v_m, s.u};
    const bool spiked = h.advance(
        at, [=](Real t) __attribute__((always_inline)) { return i_0 + t * (i_s + t * i_ss); });
    s.v_m = larger(at.v, Real{-1000});
    s.u = at.u;
    return spiked;
  }
};

}  // namespace spikeloom
