/// izhikevich at real-valued times: error-controlled steps with dense output, cut short by arrivals and spikes.
///
/// Steps are those of Dormand & Prince (1980, J Comput Appl Math 6:19), order 5, with an interpolant of order 4
/// (Hairer, Nørsett & Wanner 1993, Solving Ordinary Differential Equations I, II.6). The membrane reaches v_th where
/// the interpolant first does, which is found without misses. An arrival adds its weight [mV] to v_m at once, as in the
/// scheme `accurate`, whose limit for short steps this is.
#pragma once

#include "core/exact/model_slice.hpp"
#include "core/models/izhikevich.hpp"

namespace spikeloom {

struct ExactIzhikevich {
  using Grid = IzhikevichAccurate;
  using Observed = Grid::State<double, 1>;
  static constexpr bool moves_on = true;

  using Constants = Izhikevich::Params;
  /// A step of `length` from (v, u), already made: where it ends up is known, how it gets there is a polynomial.
  struct State {
    double v, u, length, next_length, v_coefficients[4], u_coefficients[4];
  };
  static constexpr std::array columns = {Field{"v_m", &State::v, "mV", "membrane potential"},
                                         Field{"u", &State::u, "", "recovery variable"},
                                         Field{"step", &State::length, "ms", "length of the integration step"}};

  static Constants prepare(const Izhikevich::Params& p) { return p; }
  static State from_observed(const Constants&, const Observed& seen) {
    return {seen.v_m, seen.u, first_length, first_length, {}, {}};
  }
  static Observed observe(const Constants& c, const State& state, double after) noexcept {
    State s = state;
    if (after > 0) move(c, s, after);
    return {s.v, s.u};
  }

  static void move(const Constants&, State& s, double ms) noexcept {
    const double x = std::min(ms / s.length, 1.0);
    s.v = interpolate(s.v, s.v_coefficients, x);
    s.u = interpolate(s.u, s.u_coefficients, x);
  }
  static void arrive(const Constants&, State& s, int, double weight) noexcept {
    s.v = std::max(s.v + weight, lowest_v);  // as far below as the scheme `accurate` lets it go
  }
  /// Never refractory for any time: what arrives together with a spike comes after the reset.
  static void arrive_refractory(const Constants& c, State& s, int row, double weight, double) noexcept {
    arrive(c, s, row, weight);
  }
  static double reset(const Constants& c, State& s) noexcept {
    s.v = c.c;
    s.u += c.d;
    return 0;
  }

  static Forecast forecast(const Constants& c, State& s) {
    if (s.v >= c.v_th) return {0, true};
    make_step(c, s);
    const double crossing = first_reach(c.v_th, s);
    return crossing < 0 ? Forecast{s.length, false} : Forecast{crossing * s.length, true};
  }
  /// The step has ended without a spike: the next one.
  static Forecast resume(const Constants& c, State& s) {
    move(c, s, s.length);
    return forecast(c, s);
  }

  /// The scheme must be the one whose limit this is.
  static void check(const ModelArguments& arguments, std::vector<Problem>& problems);

 private:
  static constexpr double first_length = 0.1, longest_length = 10;  // ms
  static constexpr double lowest_v = -1000;                         // mV

  /// from + x (c0 + x (c1 + ...)), 0 <= x <= 1
  static double interpolate(double from, const double (&c)[4], double x) noexcept {
    return from + x * (c[0] + x * (c[1] + x * (c[2] + x * c[3])));
  }
  /// Fills in a step from (v, u) whose error is within tolerance. Throws RunError if there is none.
  static void make_step(const Constants& c, State& s);
  /// The first x in (0, 1] at which the interpolant reaches v_th, or -1.
  static double first_reach(double v_th, const State& s) noexcept;
};

}  // namespace spikeloom
