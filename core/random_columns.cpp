/// Philox, normal and exponential numbers over columns.
#include "core/random_columns.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace spikeloom {
namespace {

constexpr std::size_t lanes = draw_tile / 4;

/// Natural logarithm of a positive, normal float: exponent times ln 2 plus 2 artanh((m - 1) / (m + 1)) of the mantissa
/// m in [1/sqrt 2, sqrt 2), by its series.
inline float log_positive(float x) noexcept {
  const auto bits = std::bit_cast<std::int32_t>(x);
  const std::int32_t exponent = (bits - 0x3f3504f3) >> 23;
  const float f = std::bit_cast<float>(bits - (exponent << 23)) - 1.0f;
  const float s = f / (2.0f + f);
  const float s2 = s * s;
  const float series = 1.0f + s2 * (0.33333334f + s2 * (0.2f + s2 * (0.14285715f + s2 * 0.11111111f)));
  return static_cast<float>(exponent) * 0.69314718f + 2.0f * s * series;
}

/// -ln of the uniform number (m + 1/2) / 2^32, m < 2^31.
inline float minus_log(std::uint32_t m) noexcept {
  return 22.180710f - log_positive(static_cast<float>(static_cast<std::int32_t>(m)) + 0.5f);
}

/// Both branches of PPND7 and a choice, no jump: the loop over it becomes vector code.
inline float quantile(std::uint32_t bits) noexcept {
  const float q = (static_cast<float>(static_cast<std::int32_t>(bits ^ 0x80000000u)) + 0.5f) * 0x1p-32f;
  const float s = 0.180625f - q * q;
  const float centre = q * (3.3871327179f + s * (50.434271938f + s * (159.29113202f + s * 59.109374720f))) /
                       (1.0f + s * (17.895169469f + s * (78.757757664f + s * 67.187563600f)));
  const float r = std::sqrt(minus_log(bits < 0x80000000u ? bits : ~bits)) - 1.6f;
  const float tail = (1.4234372777f + r * (2.7568153900f + r * (1.3067284816f + r * 0.17023821103f))) /
                     (1.0f + r * (0.73700164250f + r * 0.12021132975f));
  return std::abs(q) <= 0.425f ? centre : std::copysign(tail, q);
}

}  // namespace

void draw_column(std::uint64_t seed, Purpose purpose, std::uint32_t stream, std::uint32_t id, std::uint64_t first,
                 std::span<std::uint32_t> out) {
  for (std::size_t k = 0; k < out.size(); k += draw_tile) {
    std::uint32_t* tile = out.data() + k;
    const auto block = static_cast<std::uint32_t>((first + k) / 4);
    for (std::uint32_t lane = 0; lane < lanes; ++lane) {
      const Draw words = draw(seed, purpose, stream, id | static_cast<std::uint64_t>(block + lane) << 32);
      tile[lane] = words[0];
      tile[lanes + lane] = words[1];
      tile[2 * lanes + lane] = words[2];
      tile[3 * lanes + lane] = words[3];
    }
  }
}

void draw_below(std::uint64_t seed, Purpose purpose, std::uint32_t stream, std::uint32_t id, std::uint64_t first,
                std::uint32_t n, std::span<std::uint32_t> out) {
  draw_column(seed, purpose, stream, id, first, out);
  const std::uint32_t uneven = (0u - n) % n;  // 2^32 mod n
  std::uint32_t rejected = 0;
  for (std::uint32_t& x : out) rejected |= x * n < uneven;
  if (rejected)
    for (std::size_t k = 0; k < out.size(); ++k)
      for (std::uint32_t step = 1; out[k] * n < uneven; ++step)
        out[k] = draw(seed, purpose, stream, id | (first + k) << 32, step)[0];
  for (std::uint32_t& x : out) x = static_cast<std::uint32_t>((static_cast<std::uint64_t>(x) * n) >> 32);
}

void normal_column(std::span<const std::uint32_t> bits, std::span<float> out) noexcept {
  const std::uint32_t* from = bits.data();
  float* __restrict to = out.data();
  for (std::size_t k = 0; k < out.size(); ++k) to[k] = quantile(from[k]);
}

void exponential_column(std::span<const std::uint32_t> bits, std::span<float> out) noexcept {
  const std::uint32_t* from = bits.data();
  float* __restrict to = out.data();
  constexpr float ln_2 = 0.69314718f;
  for (std::size_t k = 0; k < out.size(); ++k) to[k] = std::max(0.0f, minus_log(from[k] >> 1) - ln_2);
}

}  // namespace spikeloom
