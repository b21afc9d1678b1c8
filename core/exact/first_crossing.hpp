/// When a membrane that is driven by decaying currents first reaches its threshold, without misses.
///
///     du/dt = -decay u + j(t),    j(t) = sum of (constant + slope t) exp(-rate t),    u(0) < threshold
///
/// F(t) = exp(decay t) (u - threshold) has the sign of u - threshold, and its derivative exp(decay t) (j - decay
/// threshold) is the current above rheobase: F is monotone between two times at which the current crosses the rheobase.
/// These times are found one by one (below); so u reaches the threshold in a stretch of currents above rheobase if and
/// only if it is there at the end of it. Nothing divides by differences of time constants, which may be equal.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <span>

#include "core/models/exponential.hpp"

namespace spikeloom {

/// (constant + slope t) exp(-rate t)
struct DecayingTerm {
  double rate = 0, constant = 0, slope = 0;

  double operator()(double t) const noexcept { return (constant + slope * t) * exponential(-rate * t); }
};

/// A few times, ascending.
class Times {
 public:
  static constexpr std::size_t most = 8;
  void push_back(double time) noexcept { times_[size_++] = time; }
  const double* begin() const noexcept { return times_.data(); }
  const double* end() const noexcept { return times_.data() + size_; }
  std::size_t size() const noexcept { return size_; }
  double operator[](std::size_t k) const noexcept { return times_[k]; }

 private:
  std::array<double, most> times_;
  std::size_t size_ = 0;
};

/// All t in (0, horizon) at which the sum of up to 3 terms, sorted by ascending rate, changes its sign. Rolle: the
/// zeros lie between those of the derivative, taken after division by the slowest exponential, which makes the slowest
/// term a polynomial of a degree less; so from step to step terms vanish until a zero is known in closed form.
Times sign_changes(std::span<const DecayingTerm> terms, double horizon);

/// Whether the sum is positive at t, also where all its terms have underflowed.
bool is_positive(std::span<const DecayingTerm> terms, double t) noexcept;

/// What is known at one time: u - threshold, the current above rheobase, and its slope.
struct Excess {
  double u, current, current_slope;
};

inline constexpr double no_crossing = -1;

/// The zero of an increasing F in (low, high], F(low) < 0 <= F(high), `high` the end of the stretch.
template <class At>
double crossing_between(double low, double high, double decay, const At& at);

/// The first crossing before `horizon`, or no_crossing. `current_above_rheobase`: by ascending rate; `at(t)` is the
/// Excess at t.
template <class At>
double first_crossing(std::span<const DecayingTerm> current_above_rheobase, double horizon, double decay, const At& at);

// ---- implementation ------------------------------------------------------------------------------------------------

template <class At>
double crossing_between(double low, double high, double decay, const At& at) {
  // The end of a stretch is a maximum of F: its parabola there is a good first guess, the better the less u exceeds.
  const Excess top = at(high);
  double t = high - std::sqrt(std::fmax(0, 2 * top.u / -top.current_slope));
  if (!(t > low && t < high)) t = 0.5 * (low + high);
  for (int round = 0; round < 200; ++round) {
    const Excess f = at(t);
    (f.u < 0 ? low : high) = t;
    // Halley's step on F, whose derivatives are exp(decay t) times current and decay current + current_slope; far from
    // the zero, where its correction of Newton's step is large, it proves nothing and may stand still.
    const double newton = 2 * f.current * f.current, correction = f.u * (decay * f.current + f.current_slope);
    const bool is_near = std::abs(correction) < 0.5 * newton;
    double next = t - 2 * f.u * f.current / (newton - correction);
    if (!(is_near && next >= low && next <= high)) next = 0.5 * (low + high);
    const double moved = std::abs(next - t);
    t = next;
    if (is_near && moved <= 1e-9 * t) break;  // the next step would move by the cube of it
    if (moved == 0) break;
  }
  return t;
}

template <class At>
double first_crossing(std::span<const DecayingTerm> current_above_rheobase, double horizon, double decay,
                      const At& at) {
  auto ends = sign_changes(current_above_rheobase, horizon);
  ends.push_back(horizon);
  double low = 0;
  for (const double end : ends) {
    const bool rises = is_positive(current_above_rheobase, 0.5 * (low + end));
    if (end < horizon) {
      if (rises && at(end).u >= 0) return crossing_between(low, end, decay, at);
    } else if (rises) {  // for ever: the crossing is near, the horizon far
      // u = 0 here means that all has decayed to a threshold of 0, which is not reached in finite time.
      for (double reach = 1 / decay; low < end; low += reach, reach *= 2) {
        const double high = std::fmin(low + reach, end);
        if (at(high).u > 0) return crossing_between(low, high, decay, at);
      }
    }
    low = end;
  }
  return no_crossing;
}

}  // namespace spikeloom
