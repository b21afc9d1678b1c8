/// Times of steps in ms as the doubles nearest to their decimal values: step 3 of 0.1 ms is 0.3, not
/// 0.30000000000000004.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "core/types.hpp"

namespace spikeloom::io {

/// The resolution is taken as the shortest decimal number that reads back to it, digits / 10^places. The time of a
/// step is then one division of two whole numbers that doubles hold exactly, hence correctly rounded. Where the
/// numerator leaves that range (resolutions of 16 digits, such as 1/3 ms), it is step * resolution, rounded once.
class TimeAxis {
 public:
  explicit TimeAxis(double resolution);  // ms

  double resolution() const noexcept { return resolution_; }
  double at(Step step) const noexcept {
    constexpr std::int64_t exact = std::int64_t{1} << 53;
    std::int64_t numerator = 0;
    const bool fits =
        digits_ != 0 && !__builtin_mul_overflow(digits_, step, &numerator) && numerator <= exact && numerator >= -exact;
    return fits ? static_cast<double>(numerator) / divisor_ : static_cast<double>(step) * resolution_;
  }
  /// Never earlier than the end of the step before, also after rounding.
  double at(const Spike& spike) const noexcept {
    return spike.before == 0 ? at(spike.step) : std::max(at(spike.step) - spike.before, at(spike.step - 1));
  }

 private:
  double resolution_;
  std::int64_t digits_ = 0;  // 0: no exact form
  double divisor_ = 1;
};

}  // namespace spikeloom::io
