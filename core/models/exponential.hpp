/// exp as arithmetic: no library call, so that loops vectorise and every compiler gives the same bits.
#pragma once

#include <bit>
#include <cstdint>

#include "core/models/select.hpp"

namespace spikeloom {

/// exp(x) to 2 units in the last place; x is kept within [-87, 88].
///
/// x = n ln 2 + r with |r| <= ln(2)/2; exp(r) by its series to r^7, 2^n by the bits of n. Adding 1.5 * 2^23 rounds to
/// the nearest integer and leaves that integer in the low bits. Pairs of terms keep the chain of operations short.
[[gnu::always_inline]] inline float exponential(float x) noexcept {
  x = within(x, -87.0f, 88.0f);
  constexpr float shift = 0x1.8p23f;
  const float shifted = x * 0x1.715476p0f + shift;
  const float n = shifted - shift;
  const float r = (x - n * 0x1.62e4p-1f) - n * 0x1.7f7d1cp-20f;
  const float r2 = r * r, r4 = r2 * r2;
  const float low = r + r2 * (1.0f / 2 + r * (1.0f / 6));
  const float high = (1.0f / 24 + r * (1.0f / 120)) + r2 * (1.0f / 720 + r * (1.0f / 5040));
  const std::uint32_t power = (std::bit_cast<std::uint32_t>(shifted) << 23) + (127u << 23);
  return (1 + (low + r4 * high)) * std::bit_cast<float>(power);
}

/// exp(x) to 2 units in the last place; x is kept within [-708, 709]. As above, to r^13.
[[gnu::always_inline]] inline double exponential(double x) noexcept {
  x = within(x, -708.0, 709.0);
  constexpr double shift = 0x1.8p52;
  const double shifted = x * 0x1.71547652b82fep0 + shift;
  const double n = shifted - shift;
  const double r = (x - n * 0x1.62e42fefa38p-1) - n * 0x1.ef35793c7673p-45;
  const double r2 = r * r, r4 = r2 * r2;
  const double low = r + r2 * (1.0 / 2 + r * (1.0 / 6));
  const double middle = (1.0 / 24 + r * (1.0 / 120)) + r2 * (1.0 / 720 + r * (1.0 / 5040));
  const double high = (1.0 / 40320 + r * (1.0 / 362880)) + r2 * (1.0 / 3628800 + r * (1.0 / 39916800));
  const double highest = 1.0 / 479001600 + r * (1.0 / 6227020800.0);
  const std::uint64_t power = (std::bit_cast<std::uint64_t>(shifted) << 52) + (std::uint64_t{1023} << 52);
  return (1 + (low + r4 * (middle + r4 * (high + r4 * highest)))) * std::bit_cast<double>(power);
}

}  // namespace spikeloom
