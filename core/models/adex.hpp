/// Adaptive exponential integrate-and-fire neuron (Brette & Gerstner 2005, J Neurophysiol 94:3637), with conductances.
///
///     c_m dv_m/dt = -g_l (v_m - e_l) + g_l delta_t exp((v_m - v_th) / delta_t)
///                   - g_ex (v_m - e_ex) - g_in (v_m - e_in) - w + i_e + drive          spike when v_m >= v_peak:
///     tau_w dw/dt = a (v_m - e_l) - w                                                  v_m = v_reset for t_ref, w += b
///     dg/dt = -g / tau_syn,  g += |weight| at each arrival
///
/// Runge-Kutta of order 4 with exact conductances. Parameters follow NEST's aeif_cond_exp; as there, slopes are taken
/// at most at v_peak, v_m rests while refractory, and with delta_t = 0 the neuron spikes at v_th. The reset is at the
/// end of the step.
#pragma once

#include "core/models/common.hpp"
#include "core/models/exponential.hpp"
#include "core/models/select.hpp"

namespace spikeloom {

struct AdEx {
  static constexpr std::string_view name = "adex";
  static constexpr std::string_view summary =
      "adaptive exponential integrate-and-fire, exponential conductances (NEST: aeif_cond_exp)";
  static constexpr std::string_view equations =
      "c_m dv_m/dt = -g_l (v_m - e_l) + g_l delta_t exp((v_m - v_th)/delta_t)\n"
      "              - g_ex (v_m - e_ex) - g_in (v_m - e_in) - w + i_e + drive\n"
      "tau_w dw/dt = a (v_m - e_l) - w\n"
      "dg/dt = -g/tau_syn;  g += |weight| at each arrival\n"
      "v_m >= v_peak: spike, then v_m = v_reset for t_ref, w += b";
  static constexpr int row_count = 2;

  struct Params {
    double c_m = 281, t_ref = 0, v_reset = -60, e_l = -70.6, g_l = 30, i_e = 0, a = 4, b = 80.5, delta_t = 2,
           tau_w = 144, v_th = -50.4, v_peak = 0, e_ex = 0, e_in = -85, tau_syn_ex = 0.2, tau_syn_in = 2;
  };
  static constexpr std::array params = {
      Field{"c_m", &Params::c_m, "pF", "membrane capacitance", positive},
      Field{"t_ref", &Params::t_ref, "ms", "absolute refractory period", non_negative},
      Field{"v_reset", &Params::v_reset, "mV", "v_m after a spike"},
      Field{"e_l", &Params::e_l, "mV", "leak reversal potential"},
      Field{"g_l", &Params::g_l, "nS", "leak conductance", non_negative},
      Field{"i_e", &Params::i_e, "pA", "constant input current"},
      Field{"a", &Params::a, "nS", "subthreshold adaptation"},
      Field{"b", &Params::b, "pA", "spike-triggered adaptation"},
      Field{"delta_t", &Params::delta_t, "mV", "slope factor of the upstroke", non_negative},
      Field{"tau_w", &Params::tau_w, "ms", "time constant of adaptation", positive},
      Field{"v_th", &Params::v_th, "mV", "where the upstroke sets in"},
      Field{"v_peak", &Params::v_peak, "mV", "peak of a spike, where v_m is reset"},
      Field{"e_ex", &Params::e_ex, "mV", "excitatory reversal potential"},
      Field{"e_in", &Params::e_in, "mV", "inhibitory reversal potential"},
      Field{"tau_syn_ex", &Params::tau_syn_ex, "ms", "decay time of excitatory conductances", positive},
      Field{"tau_syn_in", &Params::tau_syn_in, "ms", "decay time of inhibitory conductances", positive}};

  template <class Real, int>
  struct State {
    Real v_m, w, refractory, g_ex, g_in;
  };
  template <class Real, int rows>
  static constexpr auto state() {
    using S = State<Real, rows>;
    return std::array{Field{"v_m", &S::v_m, "mV", "membrane potential"}, Field{"w", &S::w, "pA", "adaptation current"},
                      Field{"refractory", &S::refractory, "step", "steps left at v_reset", non_negative},
                      Field{"g_ex", &S::g_ex, "nS", "excitatory conductance", non_negative},
                      Field{"g_in", &S::g_in, "nS", "inhibitory conductance", non_negative}};
  }

  static std::vector<VariableInfo> variables() { return variables_of(state<double, 2>()); }
  static std::vector<ReceptorInfo> receptors() { return {{"exc", "nS", 1, true}, {"inh", "nS", -1, true}}; }
  static void check(const ModelArguments& arguments, double resolution, std::vector<Problem>& problems) {
    const auto every = [&](auto holds) { return for_every_neuron(params, arguments, holds); };
    if (!every([](const Params& p) { return p.v_reset < (p.delta_t > 0 ? p.v_peak : p.v_th); }))
      problems.push_back(
          {{}, "v_reset", "v_reset must lie below v_peak (below v_th if delta_t is 0)", "lower v_reset"});
    if (!every([](const Params& p) { return p.v_th <= p.v_peak; }))
      problems.push_back({{}, "v_peak", "v_peak must not lie below v_th", "raise v_peak, or lower v_th"});
    if (!every([&](const Params& p) { return resolution * p.g_l <= p.c_m; }))
      problems.push_back(
          {{}, "g_l", "the membrane time constant c_m/g_l is shorter than a step", "lower the resolution"});
  }

  /// All slopes are per step: `step_per_c` is dt/c_m, `leak` and `upstroke` are g_l and g_l delta_t times that,
  /// `bias` g_l e_l + i_e; `w_v`, `w_0`, `w_w` make dw = w_v v_m + w_0 - w_w w. `syn_limit`: see `advance`.
  template <class Real>
  struct Propagator {
    Real leak, bias, upstroke, step_per_c, per_delta_t, v_th, v_peak, v_reset, v_ceiling, w_v, w_0, w_w, b, e_ex, e_in,
        ex_half, in_half, ex_decay, in_decay, syn_limit, g_limit, steps_ref;
    static constexpr auto members() {
      using P = Propagator;
      return std::array{&P::leak,     &P::bias,      &P::upstroke,  &P::step_per_c, &P::per_delta_t, &P::v_th,
                        &P::v_peak,   &P::v_reset,   &P::v_ceiling, &P::w_v,        &P::w_0,         &P::w_w,
                        &P::b,        &P::e_ex,      &P::e_in,      &P::ex_half,    &P::in_half,     &P::ex_decay,
                        &P::in_decay, &P::syn_limit, &P::g_limit,   &P::steps_ref};
    }
  };

  template <class Real>
  static Propagator<Real> prepare(const Params& p, double dt) {
    const auto real = [](double x) { return static_cast<Real>(x); };
    const double per_c = dt / p.c_m, per_tau_w = dt / p.tau_w;
    const bool rises = p.delta_t > 0;
    return {.leak = real(per_c * p.g_l),
            .bias = real(per_c * (p.g_l * p.e_l + p.i_e)),
            .upstroke = real(per_c * p.g_l * p.delta_t),
            .step_per_c = real(per_c),
            .per_delta_t = real(rises ? 1 / p.delta_t : 0),
            .v_th = real(p.v_th),
            .v_peak = real(rises ? p.v_peak : p.v_th),
            .v_reset = real(p.v_reset),
            .v_ceiling = real(rises ? std::min(p.v_peak, p.v_th + 60 * p.delta_t) : p.v_peak),
            .w_v = real(per_tau_w * p.a),
            .w_0 = real(-per_tau_w * p.a * p.e_l),
            .w_w = real(per_tau_w),
            .b = real(p.b),
            .e_ex = real(p.e_ex),
            .e_in = real(p.e_in),
            .ex_half = real(std::exp(-0.5 * dt / p.tau_syn_ex)),
            .in_half = real(std::exp(-0.5 * dt / p.tau_syn_in)),
            .ex_decay = real(std::exp(-dt / p.tau_syn_ex)),
            .in_decay = real(std::exp(-dt / p.tau_syn_in)),
            .syn_limit = real(2 - per_c * p.g_l),
            .g_limit = real(1e6 * p.c_m / dt),
            .steps_ref = real(std::round(p.t_ref / dt))};
  }

  template <class Real, int rows>
  static State<Real, rows> initial(const Params& p) {
    State<Real, rows> s{};
    s.v_m = static_cast<Real>(p.e_l);
    return s;
  }

  /// One neuron, one step; returns whether it spiked. `arrived` [nS] per row, `drive` [pA] held over the step.
  ///
  /// What keeps it sound at any input: conductances that would move v_m faster than the method is stable (together more
  /// than two time constants in a step) act with that speed, in their proportion; slopes are taken between -1 V and the
  /// peak; currents saturate at 1 mA.
  template <class Real, int rows>
  [[gnu::always_inline]] static bool advance(const Propagator<Real>& h, State<Real, rows>& s,
                                             const std::array<Real, rows>& arrived, Real drive) noexcept {
    const Real all = (s.g_ex + s.g_in) * h.step_per_c;
    const Real scale = h.step_per_c * (h.syn_limit / larger(all, h.syn_limit));
    const Real ex = s.g_ex * scale, in = s.g_in * scale;
    const Real input = h.bias + within(drive, Real(-1e9), Real(1e9)) * h.step_per_c;
    const bool held = s.refractory > 0;
    const Real free = held ? Real{0} : Real{1};

    struct Slope {
      Real v, w;
    };
    const auto slope = [&](Real v_stage, Real w, Real ex_now, Real in_now) __attribute__((always_inline)) {
      const Real v = within(v_stage, Real{-1000}, h.v_ceiling);
      const Real rise = h.upstroke * exponential((v - h.v_th) * h.per_delta_t);
      const Real synaptic = ex_now * (h.e_ex - v) + in_now * (h.e_in - v);
      return Slope{free * (input - h.leak * v + rise + synaptic - w * h.step_per_c), h.w_v * v + h.w_0 - h.w_w * w};
    };
    const Real ex_mid = ex * h.ex_half, in_mid = in * h.in_half;
    const Slope k1 = slope(s.v_m, s.w, ex, in);
    const Slope k2 = slope(s.v_m + Real(0.5) * k1.v, s.w + Real(0.5) * k1.w, ex_mid, in_mid);
    const Slope k3 = slope(s.v_m + Real(0.5) * k2.v, s.w + Real(0.5) * k2.w, ex_mid, in_mid);
    const Slope k4 = slope(s.v_m + k3.v, s.w + k3.w, ex * h.ex_decay, in * h.in_decay);
    const Real v = larger(s.v_m + Real(1.0 / 6) * (k1.v + 2 * (k2.v + k3.v) + k4.v), Real{-1000});
    const Real w = s.w + Real(1.0 / 6) * (k1.w + 2 * (k2.w + k3.w) + k4.w);

    s.g_ex = smaller(s.g_ex * h.ex_decay + arrived[0], h.g_limit);
    s.g_in = smaller(s.g_in * h.in_decay + arrived[1], h.g_limit);
    const bool spiked = !held & (v >= h.v_peak);
    s.v_m = spiked ? h.v_reset : v;
    s.w = spiked ? w + h.b : w;
    s.refractory = spiked ? h.steps_ref : (held ? s.refractory - 1 : Real{0});
    return spiked;
  }
};

}  // namespace spikeloom
