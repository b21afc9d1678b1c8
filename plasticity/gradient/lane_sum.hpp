/// Scalar products in a fixed order that vectorises: 32 partial sums, added pairwise at the end.
#pragma once

#include <array>
#include <cstddef>

namespace spikeloom {

/// sum of x[k] y[k]; the order of additions depends on n alone.
inline double lane_product(const double* x, const double* y, std::size_t n) noexcept {
  constexpr std::size_t lanes = 32;
  std::array<double, lanes> sum{};
  std::size_t k = 0;
  for (; k + lanes <= n; k += lanes)
    for (std::size_t l = 0; l < lanes; ++l) sum[l] += x[k + l] * y[k + l];
  for (std::size_t l = 0; k < n; ++k, ++l) sum[l] += x[k] * y[k];
  for (std::size_t half = lanes / 2; half > 0; half /= 2)
    for (std::size_t l = 0; l < half; ++l) sum[l] += sum[l + half];
  return sum[0];
}

}  // namespace spikeloom
