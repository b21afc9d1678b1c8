/// Leaky integrate-and-fire neuron with exponentially decaying synaptic conductances.
///
///     c_m dv_m/dt = -g_l (v_m - e_l) - g_ex (v_m - e_ex) - g_in (v_m - e_in) + i_e + drive        spike when v_m >=
///     v_th dg/dt = -g / tau_syn,  g += |weight| at each arrival
///
/// Between arrivals the equation is linear in v_m and its coefficients are known exactly: one step is the fourth-order
/// Magnus expansion (Blanes et al. 2009, Phys Rep 470:151) with the (1,3) Pade approximant of the exponential, which is
/// L-stable: no conductance, however large, makes it overshoot. Parameters and order of things follow NEST's
/// iaf_cond_exp.
#pragma once

#include "core/models/common.hpp"
#include "core/models/select.hpp"

namespace spikeloom {

struct LifCondExp {
  static constexpr std::string_view name = "lif_cond_exp";
  static constexpr std::string_view summary =
      "leaky integrate-and-fire, exponential synaptic conductances (NEST: iaf_cond_exp)";
  static constexpr std::string_view equations =
      "c_m dv_m/dt = -g_l (v_m - e_l) - g_ex (v_m - e_ex) - g_in (v_m - e_in) + i_e + drive\n"
      "dg/dt = -g/tau_syn;  g += |weight| at each arrival\n"
      "v_m >= v_th: spike, then v_m = v_reset for t_ref";
  static constexpr int row_count = 2;

  struct Params {
    double c_m = 250, g_l = 16.6667, e_l = -70, v_th = -55, v_reset = -60, t_ref = 2, e_ex = 0, e_in = -85,
           tau_syn_ex = 0.2, tau_syn_in = 2, i_e = 0;
  };
  static constexpr std::array params = {
      Field{"c_m", &Params::c_m, "pF", "membrane capacitance", positive},
      Field{"g_l", &Params::g_l, "nS", "leak conductance", non_negative},
      Field{"e_l", &Params::e_l, "mV", "leak reversal potential"},
      Field{"v_th", &Params::v_th, "mV", "spike threshold"},
      Field{"v_reset", &Params::v_reset, "mV", "v_m after a spike"},
      Field{"t_ref", &Params::t_ref, "ms", "absolute refractory period", non_negative},
      Field{"e_ex", &Params::e_ex, "mV", "excitatory reversal potential"},
      Field{"e_in", &Params::e_in, "mV", "inhibitory reversal potential"},
      Field{"tau_syn_ex", &Params::tau_syn_ex, "ms", "decay time of excitatory conductances", positive},
      Field{"tau_syn_in", &Params::tau_syn_in, "ms", "decay time of inhibitory conductances", positive},
      Field{"i_e", &Params::i_e, "pA", "constant input current"}};

  /// Mean of exp(-x s) over 0 <= s <= 1.
  static double decay_mean(double x) { return x < 1e-300 ? 1 : -std::expm1(-x) / x; }
  /// Integral of (s - 1/2) exp(-x s) over 0 <= s <= 1; a series where the closed form would cancel.
  static double decay_skew(double x) {
    const double z = x / 2, z2 = z * z;
    if (z < 0.5)
      return -std::exp(-z) * z / 6 * (1 + z2 / 10 * (1 + z2 / 28 * (1 + z2 / 54 * (1 + z2 / 88 * (1 + z2 / 130)))));
    return -((1 + std::exp(-x)) / 2 - decay_mean(x)) / x;
  }

  template <class Real, int>
  struct State {
    Real v_m, refractory, g_ex, g_in;
  };
  template <class Real, int rows>
  static constexpr auto state() {
    using S = State<Real, rows>;
    return std::array{Field{"v_m", &S::v_m, "mV", "membrane potential"},
                      Field{"refractory", &S::refractory, "step", "steps left at v_reset", non_negative},
                      Field{"g_ex", &S::g_ex, "nS", "excitatory conductance", non_negative},
                      Field{"g_in", &S::g_in, "nS", "inhibitory conductance", non_negative}};
  }

  static std::vector<VariableInfo> variables() { return variables_of(state<double, 2>()); }
  static std::vector<ReceptorInfo> receptors() { return {{"exc", "nS", 1, true}, {"inh", "nS", -1, true}}; }
  static void check(const ModelArguments& arguments, double, std::vector<Problem>& problems) {
    require_reset_below_threshold(params, arguments, problems);
  }

  /// `step_per_c`: dt/c_m, what makes a conductance a number and a current a voltage; `leak`, `bias`: g_l and
  /// g_l e_l + i_e times that; `ex_mean`, `ex_skew`: the mean of a conductance over the step and its first moment about
  /// the middle, as multiples of its value at the start and of that number; `g_limit`: conductances saturate at a
  /// membrane time constant of a millionth of a step.
  template <class Real>
  struct Propagator {
    Real leak, bias, step_per_c, e_ex, e_in, ex_mean, ex_skew, ex_decay, in_mean, in_skew, in_decay, g_limit, v_th,
        v_reset, steps_ref;
    static constexpr auto members() {
      using P = Propagator;
      return std::array{&P::leak,     &P::bias,    &P::step_per_c, &P::e_ex,    &P::e_in,
                        &P::ex_mean,  &P::ex_skew, &P::ex_decay,   &P::in_mean, &P::in_skew,
                        &P::in_decay, &P::g_limit, &P::v_th,       &P::v_reset, &P::steps_ref};
    }
  };

  template <class Real>
  static Propagator<Real> prepare(const Params& p, double dt) {
    const auto real = [](double x) { return static_cast<Real>(x); };
    return {.leak = real(dt / p.c_m * p.g_l),
            .bias = real(dt / p.c_m * (p.g_l * p.e_l + p.i_e)),
            .step_per_c = real(dt / p.c_m),
            .e_ex = real(p.e_ex),
            .e_in = real(p.e_in),
            .ex_mean = real(dt / p.c_m * decay_mean(dt / p.tau_syn_ex)),
            .ex_skew = real(dt / p.c_m * decay_skew(dt / p.tau_syn_ex)),
            .ex_decay = real(std::exp(-dt / p.tau_syn_ex)),
            .in_mean = real(dt / p.c_m * decay_mean(dt / p.tau_syn_in)),
            .in_skew = real(dt / p.c_m * decay_skew(dt / p.tau_syn_in)),
            .in_decay = real(std::exp(-dt / p.tau_syn_in)),
            .g_limit = real(1e6 * p.c_m / dt),
            .v_th = real(p.v_th),
            .v_reset = real(p.v_reset),
            .steps_ref = real(std::round(p.t_ref / dt))};
  }

  template <class Real, int rows>
  static State<Real, rows> initial(const Params& p) {
    return {static_cast<Real>(p.e_l), 0, 0, 0};
  }

  /// One neuron, one step; returns whether it spiked. `arrived` [nS] per row, `drive` [pA] held over the step.
  ///
  /// Currents saturate at 1 A and v_m at -1 kV, so that everything stays finite. With the rate a and the slope f at the
  /// step's start value (times dt, mean over the step) and their first moments, v_m changes by (f + a f' - f a')
  /// (1 - exp(-a)) / a; the second term is damped once more where a is large.
  template <class Real, int rows>
  [[gnu::always_inline]] static bool advance(const Propagator<Real>& h, State<Real, rows>& s,
                                             const std::array<Real, rows>& arrived, Real drive) noexcept {
    const Real ex = s.g_ex * h.ex_mean, ex_skew = s.g_ex * h.ex_skew;
    const Real in = s.g_in * h.in_mean, in_skew = s.g_in * h.in_skew;
    const Real to_ex = h.e_ex - s.v_m, to_in = h.e_in - s.v_m;
    const Real a = h.leak + ex + in, a_skew = ex_skew + in_skew;
    const Real rest = h.bias - h.leak * s.v_m + within(drive, Real(-1e12), Real(1e12)) * h.step_per_c;
    const Real f = rest + ex * to_ex + in * to_in, f_skew = ex_skew * to_ex + in_skew * to_in;
    const Real turn = a * f_skew - f * a_skew, square = a * a;
    const Real change = (f + turn) * (24 + 6 * a) + f * square;
    const Real v = larger(s.v_m + change / (24 + 18 * a + square * (6 + a)), Real(-1e6));

    s.g_ex = smaller(s.g_ex * h.ex_decay + arrived[0], h.g_limit);
    s.g_in = smaller(s.g_in * h.in_decay + arrived[1], h.g_limit);
    const bool held = s.refractory > 0;
    const bool spiked = !held & (v >= h.v_th);
    s.v_m = (held | spiked) ? h.v_reset : v;
    s.refractory = spiked ? h.steps_ref : (held ? s.refractory - 1 : Real{0});
    return spiked;
  }
};

}  // namespace spikeloom
