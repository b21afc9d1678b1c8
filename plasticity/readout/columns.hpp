/// Products and sums over columns of readout state, the same bits for every compiler and vector width.
#pragma once

#include <array>
#include <cstddef>
#include <span>

namespace spikeloom::readout {

/// sum_i a_i b_i in 64 partial sums that are folded pairwise: vector code without reordering by the compiler.
template <class Real>
Real dot(std::span<const Real> a, std::span<const Real> b) noexcept {
  constexpr std::size_t lanes = 64;
  std::array<Real, lanes> sums{};
  const std::size_t whole = a.size() / lanes * lanes;
  for (std::size_t i = 0; i < whole; i += lanes)
    for (std::size_t k = 0; k < lanes; ++k) sums[k] += a[i + k] * b[i + k];
  for (std::size_t i = whole; i < a.size(); ++i) sums[i - whole] += a[i] * b[i];
  for (std::size_t width = lanes / 2; width > 0; width /= 2)
    for (std::size_t k = 0; k < width; ++k) sums[k] += sums[k + width];
  return sums[0];
}

/// y_i += factor * x_i.
template <class Real>
void add_scaled(std::span<Real> y, Real factor, std::span<const Real> x) noexcept {
  for (std::size_t i = 0; i < y.size(); ++i) y[i] += factor * x[i];
}

}  // namespace spikeloom::readout
