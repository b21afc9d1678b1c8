/// The sine as arithmetic: no library call, so that loops vectorise and every machine gives the same bits.
#pragma once

#include <cmath>

namespace spikeloom {

/// sin(2 pi x) to 1e-15, |x| < 2^40.
[[gnu::always_inline]] inline double sine_of_turns(double x) noexcept {
  constexpr double shift = 0x1.8p52;
  const double r = x - ((x + shift) - shift);                                           // within half a turn
  const double half = std::copysign(0.5, r), fold = std::abs(r) > 0.25 ? half - r : r;  // within a quarter
  const double y = fold * 6.283185307179586, y2 = y * y;
  // Taylor's series up to y^21; at a quarter of a turn the next term is 1e-18.
  double sum = y2 / 51090942171709440000.0 - 1.0 / 121645100408832000.0;
  sum = sum * y2 + 1.0 / 355687428096000.0;
  sum = sum * y2 - 1.0 / 1307674368000.0;
  sum = sum * y2 + 1.0 / 6227020800.0;
  sum = sum * y2 - 1.0 / 39916800.0;
  sum = sum * y2 + 1.0 / 362880.0;
  sum = sum * y2 - 1.0 / 5040.0;
  sum = sum * y2 + 1.0 / 120.0;
  sum = sum * y2 - 1.0 / 6.0;
  return y + y * y2 * sum;
}

}  // namespace spikeloom
