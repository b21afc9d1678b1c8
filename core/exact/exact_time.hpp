/// Real-valued time without rounding drift: a step of the grid and how long before its end.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/types.hpp"

namespace spikeloom {

/// The time step * resolution - before [ms], 0 <= before < resolution. Differences are as accurate in the last second
/// of a long run as in the first.
struct ExactTime {
  Step step = 0;
  double before = 0;

  friend bool operator==(const ExactTime&, const ExactTime&) = default;
  friend constexpr bool operator<(const ExactTime& a, const ExactTime& b) noexcept {
    return a.step != b.step ? a.step < b.step : a.before > b.before;
  }
  friend constexpr bool operator<=(const ExactTime& a, const ExactTime& b) noexcept { return !(b < a); }
};

/// Later than everything that happens.
inline constexpr ExactTime end_of_time{Step{1} << 60, 0};

/// to - from [ms].
inline double ms_between(const ExactTime& from, const ExactTime& to, double resolution) noexcept {
  return static_cast<double>(to.step - from.step) * resolution + (from.before - to.before);
}

/// `ms` >= 0 after `from`; end_of_time for infinity. A time that is on the grid up to rounding is put on it, so that
/// what happens at the same time compares equal.
inline ExactTime later(const ExactTime& from, double ms, double resolution) noexcept {
  const double after = ms - from.before;  // end of from.step
  if (after <= 0) return {from.step, -after};
  const double steps = std::ceil(after / resolution);
  if (!(steps < 0x1p59)) return end_of_time;
  const double rounding = 4 * std::numeric_limits<double>::epsilon() * ms;
  double before = steps * resolution - after;
  Step step = from.step + static_cast<Step>(steps);
  if (resolution - before <= rounding) --step, before = 0;
  return {step, before <= rounding ? 0 : before};
}

}  // namespace spikeloom
