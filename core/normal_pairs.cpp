/// Box and Muller's transform as one loop that becomes vector code.
///
/// With u uniform and a uniform angle, sqrt(-2 ln u) (cos, sin)(angle) are two normal numbers. The angle is taken as
/// two random signs and d in (-pi/4, pi/4): at pi/4 + d, cos and sin are (cos d -+ sin d) / sqrt 2, and the sqrt 2
/// cancels. The polynomials are minimax fits (Lawson's algorithm), their relative errors 2e-7 (ln), 3e-9 (sin) and 3e-8
/// (cos).
#include "core/normal_pairs.hpp"

#include <bit>
#include <cassert>
#include <cmath>

namespace spikeloom {
namespace {

/// -ln((bits / 2 + 1/2) / 2^31), bits / 2 rounded down.
inline float minus_log(std::uint32_t bits) noexcept {
  const auto x = std::bit_cast<std::int32_t>(static_cast<float>(static_cast<std::int32_t>(bits >> 1)) + 0.5f);
  const std::int32_t exponent = (x - 0x3f3504f3) >> 23;  // mantissa in [1/sqrt 2, sqrt 2)
  const float f = std::bit_cast<float>(x - exponent * (1 << 23)) - 1.0f;
  float q = -0.100822941f;
  q = std::fma(q, f, 0.161804935f);
  q = std::fma(q, f, -0.172432457f);
  q = std::fma(q, f, 0.199068843f);
  q = std::fma(q, f, -0.249712271f);
  q = std::fma(q, f, 0.333347149f);
  q = std::fma(q, f, -0.500003235f);
  const float log_mantissa = std::fma(q, f * f, f);
  return std::fma(static_cast<float>(31 - exponent), 0.693147181f, -log_mantissa);
}

/// sin(pi/4 t) and cos(pi/4 t), |t| <= 1.
inline float sine(float t, float t2) noexcept {
  return t * std::fma(std::fma(std::fma(-3.59545077e-05f, t2, 0.00249000713f), t2, -0.0807454348f), t2, 0.785398161f);
}
inline float cosine(float t2) noexcept {
  return std::fma(std::fma(std::fma(-0.000318880508f, t2, 0.0158499153f), t2, -0.308424254f), t2, 0.999999972f);
}

inline float with_sign(float x, std::uint32_t sign_bit) noexcept {
  return std::bit_cast<float>(std::bit_cast<std::uint32_t>(x) ^ (sign_bit & 0x80000000u));
}

}  // namespace

void normal_pairs(std::span<const std::uint32_t> words, std::span<float> out) noexcept {
  assert(words.size() == out.size() && words.size() % 2 == 0);
  const std::size_t pairs = words.size() / 2;
  const std::uint32_t *radii = words.data(), *angles = words.data() + pairs;
  float* __restrict x = out.data(), * __restrict y = out.data() + pairs;
  for (std::size_t k = 0; k < pairs; ++k) {
    const float radius = std::sqrt(minus_log(radii[k]));
    const std::uint32_t bits = angles[k];
    const float t = static_cast<float>(static_cast<std::int32_t>(bits << 2)) * 0x1p-31f;
    const float s = sine(t, t * t), c = cosine(t * t);
    x[k] = with_sign(radius * (c - s), bits);
    y[k] = with_sign(radius * (c + s), bits << 1);
  }
}

}  // namespace spikeloom
