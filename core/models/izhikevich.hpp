/// Izhikevich's neuron of 2003 (IEEE Trans Neural Netw 14:1569), in the scheme of the paper and in an accurate one.
///
///     dv_m/dt = v_quadratic v_m^2 + v_linear v_m + v_constant - u + i_e + drive          spike when v_m >= v_th:
///     du/dt   = a (b (v_m - u_reference) - u_leak u)                                     v_m = c, u += d
///
/// Time in ms, v_m in mV, all else without unit, as in the paper. The coefficients are parameters because some of the
/// 20 firing patterns (Izhikevich 2004, IEEE Trans Neural Netw 15:1063) need others: class 1 and integrator (4.1, 108),
/// accommodation (u_reference -65, u_leak 0).
#pragma once

#include "core/models/common.hpp"
#include "core/models/quadratic_flow.hpp"
#include "core/models/select.hpp"

namespace spikeloom {

/// What both schemes share.
struct Izhikevich {
  static constexpr std::string_view name = "izhikevich";
  static constexpr std::string_view summary = "quadratic neuron with recovery variable (Izhikevich 2003)";
  static constexpr std::string_view equations =
      "dv_m/dt = v_quadratic v_m^2 + v_linear v_m + v_constant - u + i_e + drive\n"
      "du/dt = a (b (v_m - u_reference) - u_leak u)\n"
      "v_m >= v_th: spike, v_m = c, u += d\n"
      "scheme published: two Euler half-steps of v_m, then one Euler step of u; a weight is a current over that step\n"
      "scheme accurate: Runge-Kutta of order 4, also across the reset; v_m += weight [mV] at each arrival";
  static constexpr std::string_view scheme_doc =
      "published: the paper's Euler steps, weights are currents over one step; accurate: order 4, weights are jumps of "
      "v_m";
  static constexpr std::string_view current_unit = "";
  static constexpr int row_count = 1;

  struct Params {
    double a = 0.02, b = 0.2, c = -65, d = 8, i_e = 0, v_th = 30, v_quadratic = 0.04, v_linear = 5, v_constant = 140,
           u_reference = 0, u_leak = 1;
  };
  static constexpr std::array params = {
      Field{"a", &Params::a, "", "rate of the recovery variable (per ms)"},
      Field{"b", &Params::b, "", "sensitivity of u to v_m"},
      Field{"c", &Params::c, "mV", "v_m after a spike"},
      Field{"d", &Params::d, "", "added to u by a spike"},
      Field{"i_e", &Params::i_e, "", "constant input current"},
      Field{"v_th", &Params::v_th, "mV", "peak of a spike, where v_m is reset"},
      Field{"v_quadratic", &Params::v_quadratic, "", "coefficient of v_m^2", positive},
      Field{"v_linear", &Params::v_linear, "", "coefficient of v_m"},
      Field{"v_constant", &Params::v_constant, "", "constant term of dv_m/dt"},
      Field{"u_reference", &Params::u_reference, "mV", "v_m at which b does not act"},
      Field{"u_leak", &Params::u_leak, "", "decay of u, in units of a; 0 makes u an integrator", non_negative}};

  template <class Real, int>
  struct State {
    Real v_m, u;
  };
  template <class Real, int rows>
  static constexpr auto state() {
    using S = State<Real, rows>;
    return std::array{Field{"v_m", &S::v_m, "mV", "membrane potential; initially -65 mV"},
                      Field{"u", &S::u, "", "recovery variable; initially b (-65 - u_reference)"}};
  }

  static std::vector<VariableInfo> variables() { return variables_of(state<double, 1>()); }
  static std::vector<ReceptorInfo> receptors() { return {{"exc", "", 1}, {"inh", "", -1}}; }
  static void check(const ModelArguments& arguments, double, std::vector<Problem>& problems) {
    if (!for_every_neuron(params, arguments, [](const Params& p) { return p.c < p.v_th; }))
      problems.push_back({{}, "c", "c must lie below v_th", "lower c, or raise v_th"});
  }

  template <class Real, int rows>
  static State<Real, rows> initial(const Params& p) {
    return {Real{-65}, static_cast<Real>(p.b * (-65 - p.u_reference))};
  }
};

/// The scheme of the paper's program, operation by operation: with its parameters and a step of 1 ms the same bits.
struct IzhikevichPublished : Izhikevich {
  static constexpr std::string_view scheme = "published";

  template <class Real>
  struct Propagator {
    Real half_step, v_quadratic, v_linear, v_constant, i_e, step_a, b, u_reference, u_leak, v_th, c, d;
    static constexpr auto members() {
      using P = Propagator;
      return std::array{&P::half_step, &P::v_quadratic, &P::v_linear, &P::v_constant, &P::i_e, &P::step_a,
                        &P::b,         &P::u_reference, &P::u_leak,   &P::v_th,       &P::c,   &P::d};
    }
  };

  template <class Real>
  static Propagator<Real> prepare(const Params& p, double dt) {
    const auto real = [](double x) { return static_cast<Real>(x); };
    return {real(0.5 * dt), real(p.v_quadratic), real(p.v_linear), real(p.v_constant), real(p.i_e), real(dt * p.a),
            real(p.b),      real(p.u_reference), real(p.u_leak),   real(p.v_th),       real(p.c),   real(p.d)};
  }

  /// One neuron, one step; returns whether it spiked. Currents saturate at a million, and so does the overshoot of v_m:
  /// far beyond what any sensible input reaches, and enough to keep everything finite.
  template <class Real, int rows>
  [[gnu::always_inline]] static bool advance(const Propagator<Real>& h, State<Real, rows>& s,
                                             const std::array<Real, rows>& arrived, Real drive) noexcept {
    constexpr Real limit = 1e6;
    const Real i = within(h.i_e + drive + arrived[0], -limit, limit);
    const auto half_step = [&](Real v) __attribute__((always_inline)) {
      return v + h.half_step * (h.v_quadratic * v * v + h.v_linear * v + h.v_constant - s.u + i);
    };
    const Real v = smaller(half_step(half_step(s.v_m)), limit);
    const Real u = s.u + h.step_a * (h.b * (v - h.u_reference) - h.u_leak * s.u);
    const bool spiked = v >= h.v_th;
    s.v_m = spiked ? h.c : v;
    s.u = spiked ? u + h.d : u;
    return spiked;
  }
};

/// The same equations to fourth order in the step, spikes included.
struct IzhikevichAccurate : Izhikevich {
  static constexpr std::string_view scheme = "accurate";

  static void check(const ModelArguments& arguments, double resolution, std::vector<Problem>& problems) {
    Izhikevich::check(arguments, resolution, problems);
    if (resolution > 0.5)
      problems.push_back({{},
                          "scheme",
                          "the accurate scheme does not resolve a spike with steps longer than 0.5 ms",
                          "lower experiment.resolution (0.1 ms is good), or use 'scheme: published'"});
  }

  template <class Real>
  struct Propagator : QuadraticFlow<Real> {
    Real step, i_e;
    static constexpr auto members() {
      using P = Propagator;
      return std::array<Real P::*, 12>{&P::v_2, &P::v_1,    &P::v_0,   &P::v_u,  &P::u_v,  &P::u_0,
                                       &P::u_u, &P::v_peak, &P::reset, &P::jump, &P::step, &P::i_e};
    }
  };

  template <class Real>
  static Propagator<Real> prepare(const Params& p, double dt) {
    const auto real = [](double x) { return static_cast<Real>(x); };
    return {{.v_2 = real(dt * p.v_quadratic),
             .v_1 = real(dt * p.v_linear),
             .v_0 = real(dt * p.v_constant),
             .v_u = real(dt),
             .u_v = real(dt * p.a * p.b),
             .u_0 = real(-dt * p.a * p.b * p.u_reference),
             .u_u = real(dt * p.a * p.u_leak),
             .v_peak = real(p.v_th),
             .reset = real(p.c),
             .jump = real(p.d)},
            real(dt),
            real(p.i_e)};
  }

  /// One neuron, one step; returns whether it spiked. `arrived` [mV] is added to v_m at the end of the step.
  template <class Real, int rows>
  [[gnu::always_inline]] static bool advance(const Propagator<Real>& h, State<Real, rows>& s,
                                             const std::array<Real, rows>& arrived, Real drive) noexcept {
    constexpr Real limit = 1e6;
    const Real i = h.step * within(h.i_e + drive, -limit, limit);
    typename Propagator<Real>::Point at{s.v_m, s.u};
    const bool rose = h.advance(
        at, [i](Real) __attribute__((always_inline)) { return i; });
    const Real v = within(at.v + arrived[0], Real{-1000}, Real{1000});
    const bool lifted = !rose & (v >= h.v_peak);  // over the threshold by what arrived
    s.v_m = lifted ? h.reset : v;
    s.u = lifted ? at.u + h.jump : at.u;
    return rose | lifted;
  }
};

}  // namespace spikeloom
