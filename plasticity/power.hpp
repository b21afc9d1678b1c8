/// Powers of weights inside loops: the same bits from every compiler and library, and vector code.
#pragma once

#include <bit>
#include <cstdint>

namespace spikeloom {

/// x^y for x >= 0 and 0 <= y <= 4, relative error below 1e-6; 0^0 is 0 here. 2^(y log2 x) by two polynomials: log2 of
/// the mantissa as a series in (m - 1) / (m + 1), 2^f as its Taylor series around 0.
[[gnu::always_inline]] inline float power(float x, float y) noexcept {
  const auto bits = std::bit_cast<std::uint32_t>(x);
  // Mantissa in [sqrt(1/2), sqrt(2)): the exponent is rounded, not cut.
  const auto exponent = static_cast<std::int32_t>(bits - 0x3f3504f3u) >> 23;
  const auto m = std::bit_cast<float>(bits - (static_cast<std::uint32_t>(exponent) << 23));
  const float t = (m - 1.0f) / (m + 1.0f), t2 = t * t;
  const float series = 2.8853901f + t2 * (0.96179669f + t2 * (0.57707802f + t2 * (0.41219859f + t2 * 0.32059890f)));
  // The whole part of the logarithm is kept apart: its product with y needs all bits of the rest.
  const float whole = y * static_cast<float>(exponent), rest = y * (t * series);
  const float sum = whole + rest < -126.0f ? -126.0f : whole + rest;
  constexpr float rounder = 12582912.0f;  // 1.5 * 2^23: adding it leaves whole numbers
  const float nearest = (sum + rounder) - rounder;
  const float f = (whole - nearest) + rest;
  const float two_to_f =
      1.0f +
      f * (0.69314718f +
           f * (0.24022651f + f * (0.055504109f + f * (0.0096181291f + f * (0.0013333558f + f * 0.00015403530f)))));
  const auto scale = std::bit_cast<float>(static_cast<std::uint32_t>(static_cast<std::int32_t>(nearest) + 127) << 23);
  const float result = two_to_f * scale;
  return x > 0 ? result : 0.0f;
}

}  // namespace spikeloom
