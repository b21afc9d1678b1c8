/// One step of a quadratic neuron (Izhikevich 2003 and 2007) to fourth order, also across its reset.
///
/// With time s in steps, 0 <= s <= 1, and every coefficient times the step:
///
///     dv/ds = (v_2 v + v_1) v + v_0 - v_u u + current(s)        v >= v_peak: v = reset, u += jump
///     du/ds = u_v v + u_0 - u_u u
///
/// A Runge-Kutta step (order 4); if it ends above v_peak, the crossing is found on the cubic through both ends
/// (Hermite, order 4), and a second Runge-Kutta step covers what is left after the reset. All of it by selects: it
/// vectorises.
#pragma once

#include "core/models/select.hpp"

namespace spikeloom {

template <class Real>
struct QuadraticFlow {
  Real v_2, v_1, v_0, v_u, u_v, u_0, u_u, v_peak, reset, jump;

  struct Point {
    Real v, u;
  };

  template <class Current>
  [[gnu::always_inline]] Point slope(Real v, Real u, Real s, const Current& current) const noexcept {
    return {(v_2 * v + v_1) * v + v_0 - v_u * u + current(s), u_v * v + u_0 - u_u * u};
  }

  /// The slope at most 1000 mV away from zero: an upstroke that a step cannot resolve stays finite.
  template <class Current>
  [[gnu::always_inline]] Point bounded_slope(Real v, Real u, Real s, const Current& current) const noexcept {
    return slope(within(v, Real{-1000}, Real{1000}), u, s, current);
  }

  /// Runge-Kutta from `from` with slope `k1` at s, over `length`.
  template <class Current>
  [[gnu::always_inline]] Point runge_kutta(const Point& from, const Point& k1, Real s, Real length,
                                           const Current& current) const noexcept {
    const Real half = Real(0.5) * length, sixth = length / Real(6);
    const Point k2 = bounded_slope(from.v + half * k1.v, from.u + half * k1.u, s + half, current);
    const Point k3 = bounded_slope(from.v + half * k2.v, from.u + half * k2.u, s + half, current);
    const Point k4 = bounded_slope(from.v + length * k3.v, from.u + length * k3.u, s + length, current);
    return {from.v + sixth * (k1.v + 2 * (k2.v + k3.v) + k4.v), from.u + sixth * (k1.u + 2 * (k2.u + k3.u) + k4.u)};
  }

  /// The cubic with values a, b and slopes a1, b1 at 0 and 1.
  struct Cubic {
    Real a, a1, a2, a3;
    [[gnu::always_inline]] Cubic(Real from, Real from_slope, Real to, Real to_slope) noexcept
        : a(from),
          a1(from_slope),
          a2(3 * (to - from) - 2 * from_slope - to_slope),
          a3(from_slope + to_slope - 2 * (to - from)) {}
    [[gnu::always_inline]] Real operator()(Real s) const noexcept { return a + s * (a1 + s * (a2 + s * a3)); }
    [[gnu::always_inline]] Real slope(Real s) const noexcept { return a1 + s * (2 * a2 + s * 3 * a3); }
  };

  /// Where the cubic from below v_peak to above it meets v_peak: three Newton steps from the chord's crossing, whose
  /// error shrinks with powers 1, 3, 7, ... of the step.
  [[gnu::always_inline]] Real crossing(const Cubic& v) const noexcept {
    const Real rise = larger(v(1) - v.a, Real(1e-6));
    const auto improve = [&](Real s) __attribute__((always_inline)) {
      const Real slope = larger(v.slope(s), Real(0.01) * rise);
      return within(s - (v(s) - v_peak) / slope, Real{0}, Real{1});
    };
    return improve(improve(improve(within((v_peak - v.a) / rise, Real{0}, Real{1}))));
  }

  /// Moves `at` by one step; returns whether it spiked.
  template <class Current>
  [[gnu::always_inline]] bool advance(Point& at, const Current& current) const noexcept {
    const Point start_slope = bounded_slope(at.v, at.u, Real{0}, current);
    const Point end = runge_kutta(at, start_slope, 0, 1, current);
    const bool spiked = end.v >= v_peak;
    const Point end_slope = bounded_slope(end.v, end.u, Real{1}, current);
    const Real s = crossing(Cubic(at.v, start_slope.v, end.v, end_slope.v));
    const Point risen{reset, Cubic(at.u, start_slope.u, end.u, end_slope.u)(s) + jump};
    const Point after = runge_kutta(risen, slope(risen.v, risen.u, s, current), s, 1 - s, current);
    at.v = spiked ? after.v : end.v;
    at.u = spiked ? after.u : end.u;
    return spiked;
  }
};

}  // namespace spikeloom
