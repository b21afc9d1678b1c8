/// A leaky integrate-and-fire membrane with one exponential current, between events: in closed form, forwards and
/// backwards.
///
///     tau_m dV/dt = -V + I,   tau_s dI/dt = -I;   a spike when V reaches v_th, then V = 0 (I stays)
///     backwards in time:   tau_m dlambda_v = -lambda_v,   tau_s dlambda_i = -lambda_i + lambda_v
///
/// V, I and weights are plain numbers, times are in ms (Wunderlich & Pehle 2021, Sci Rep 11:12829).
#pragma once

#include <cmath>
#include <limits>

#include "core/models/exponential.hpp"

namespace spikeloom {

struct Membrane {
  double tau_m = 20, tau_s = 5, v_th = 1;
  double least_slope = 1e-6;  // what I - v_th at a spike counts at least in gradients

  struct State {
    double v = 0, i = 0;
  };
  /// What a stretch of time does: V = decay_m V + from_i I, I = decay_s I.
  struct Flow {
    double decay_m, decay_s, from_i;
  };
  static constexpr double never = std::numeric_limits<double>::infinity();

  bool equal_constants() const noexcept { return std::abs(tau_m - tau_s) <= 1e-9 * tau_m; }
  /// tau_s / (tau_m - tau_s); not for equal constants.
  double ratio() const noexcept { return tau_s / (tau_m - tau_s); }

  Flow flow(double h) const noexcept { return flow(h, exponential(-h / tau_m), exponential(-h / tau_s)); }
  /// The same from exp(-h / tau_m) and exp(-h / tau_s).
  Flow flow(double h, double decay_m, double decay_s) const noexcept {
    return {decay_m, decay_s, equal_constants() ? decay_m * h / tau_m : ratio() * (decay_m - decay_s)};
  }
  static State move(const Flow& f, const State& s) noexcept {
    return {f.decay_m * s.v + f.from_i * s.i, f.decay_s * s.i};
  }
  State move(const State& s, double h) const noexcept { return move(flow(h), s); }

  /// The largest `from_i` of any stretch up to `h`: V stays below max(V, 0) + max(I, 0) * this.
  double most_from_i(double h) const noexcept { return flow(std::min(h, response_peak())).from_i; }
  /// When a current's effect on a resting membrane is largest.
  double response_peak() const noexcept {
    return equal_constants() ? tau_m : std::log(tau_m / tau_s) * tau_m * tau_s / (tau_m - tau_s);
  }

  /// When V is largest, if it rises at all; 0 if it falls from the beginning, `never` if it rises for ever.
  double peak_time(const State& s) const noexcept {
    if (s.i <= s.v) return 0;
    if (equal_constants()) return s.i > 0 ? tau_m * (1 - s.v / s.i) : never;
    const double c = ratio() * s.i, part = (s.v + c) / c * tau_s / tau_m;
    return part > 0 ? -std::log(part) * tau_m * tau_s / (tau_m - tau_s) : never;
  }

  /// The first time within (0, h] at which V reaches v_th from below; `never` if it does not. V < v_th at 0.
  double crossing(const State& s, double h) const noexcept {
    if (s.i <= v_th || !(h > 0)) return never;
    double top = h;
    if (const auto end = move(s, h); end.v < v_th) {
      if (end.i >= end.v) return never;  // still rising
      top = std::min(peak_time(s), h);
      if (!(top > 0) || move(s, top).v < v_th) return never;
    }
    if (std::abs(tau_m - 2 * tau_s) <= 1e-12 * tau_m) return crossing_of_square(s, top);
    return crossing_by_newton(s, top);
  }

  /// What a spike's time does to the loss is over this: tau_m dV/dt just before, kept off 0.
  double slope(double i) const noexcept { return std::max(i - v_th, least_slope); }

  /// The adjoint a time h earlier, without drive in between.
  struct Adjoint {
    double v = 0, i = 0;
  };
  Adjoint back(const Adjoint& l, double h) const noexcept {
    const double a = exponential(-h / tau_m), b = exponential(-h / tau_s);
    const double mixed = equal_constants() ? l.v * (h / tau_s) * a : l.v * tau_m / (tau_m - tau_s) * (a - b);
    return {l.v * a, l.i * b + mixed};
  }

 private:
  /// tau_m = 2 tau_s: V is a square of x = exp(-t/tau_m), V = (v + i) x - i x^2; the larger root comes first. Written
  /// so that nothing cancels: a root's product with the other is v_th / i.
  double crossing_of_square(const State& s, double top) const noexcept {
    const double sum = s.v + s.i;
    const double root = std::sqrt(std::max(sum * sum - 4 * s.i * v_th, 0.0));
    const double x = (sum + root) / (2 * s.i);
    return std::min(std::max(-tau_m * std::log(x), 0.0), top);
  }

  /// V is concave while it rises, so Newton's steps from the left never jump over the crossing.
  double crossing_by_newton(const State& s, double top) const noexcept {
    double t = 0;
    for (int k = 0; k < 100; ++k) {
      const auto now = move(s, t);
      const double rise = (now.i - now.v) / tau_m;
      if (!(rise > 0)) break;
      const double step = (v_th - now.v) / rise;
      t = std::min(t + std::max(step, 0.0), top);
      if (!(step > 1e-9 * tau_s) || t >= top) break;  // the next step would be its square
    }
    return t;
  }
};

}  // namespace spikeloom
