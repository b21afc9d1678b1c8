/// One vector register of numbers, and the fused multiply-add on it: the one place with intrinsics of the products.
///
/// A fused multiply-add rounds once, whatever instruction does it, so every width gives the same bits.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstring>

#if defined(__AVX512F__) || (defined(__AVX2__) && defined(__FMA__))
#include <immintrin.h>
#endif

namespace spikeloom {

#if defined(__AVX512F__)
inline constexpr std::size_t lane_bytes = 64;
inline constexpr int tile_rows = 14;  // times two registers of sums, of 32
#elif defined(__AVX2__)
inline constexpr std::size_t lane_bytes = 32;
inline constexpr int tile_rows = 6;  // of 16 registers
#else
inline constexpr std::size_t lane_bytes = 16;
inline constexpr int tile_rows = 6;
#endif

using FloatLanes [[gnu::vector_size(lane_bytes)]] = float;
using DoubleLanes [[gnu::vector_size(lane_bytes)]] = double;

template <class Real>
struct LanesOf;
template <>
struct LanesOf<float> {
  using type = FloatLanes;
};
template <>
struct LanesOf<double> {
  using type = DoubleLanes;
};

template <class Real>
using Lanes = typename LanesOf<Real>::type;
template <class Real>
inline constexpr std::size_t lane_count = lane_bytes / sizeof(Real);

template <class Real>
[[gnu::always_inline]] inline Lanes<Real> load(const Real* from) noexcept {
  Lanes<Real> lanes;
  std::memcpy(&lanes, from, sizeof lanes);
  return lanes;
}
template <class Real>
[[gnu::always_inline]] inline void store(Lanes<Real> lanes, Real* to) noexcept {
  std::memcpy(to, &lanes, sizeof lanes);
}

/// a * b + c, rounded once.
[[gnu::always_inline]] inline FloatLanes fused(float a, FloatLanes b, FloatLanes c) noexcept {
#if defined(__AVX512F__)
  return _mm512_fmadd_ps(_mm512_set1_ps(a), b, c);
#elif defined(__AVX2__) && defined(__FMA__)
  return _mm256_fmadd_ps(_mm256_set1_ps(a), b, c);
#else
  for (std::size_t k = 0; k < lane_count<float>; ++k) c[k] = std::fma(a, b[k], c[k]);
  return c;
#endif
}
[[gnu::always_inline]] inline DoubleLanes fused(double a, DoubleLanes b, DoubleLanes c) noexcept {
#if defined(__AVX512F__)
  return _mm512_fmadd_pd(_mm512_set1_pd(a), b, c);
#elif defined(__AVX2__) && defined(__FMA__)
  return _mm256_fmadd_pd(_mm256_set1_pd(a), b, c);
#else
  for (std::size_t k = 0; k < lane_count<double>; ++k) c[k] = std::fma(a, b[k], c[k]);
  return c;
#endif
}

}  // namespace spikeloom
