/// Loops over targets, which lie side by side and vectorise; sums over delays run from 0 upwards.
#include "plasticity/dcls/kernel.hpp"

#include <algorithm>
#include <cmath>

#include "core/models/exponential.hpp"

namespace spikeloom {
namespace {

constexpr double narrowest = 0.27, guard = 1e-7;

}  // namespace

std::size_t rounded_delay(const KernelShape& shape, double position) noexcept {
  const double last = static_cast<double>(shape.length - 1);
  const double from_oldest = std::nearbyint(position + static_cast<double>(shape.middle()));
  return static_cast<std::size_t>(last - std::clamp(from_oldest, 0.0, last));
}

template <class Real>
KernelBuilder<Real>::KernelBuilder(const KernelShape& shape)
    : shape_(shape),
      q_(shape.row()),
      sum_(shape.targets),
      mean_r_(shape.targets),
      by_weight_(shape.targets),
      by_delay_(shape.targets) {}

/// q_[delay][target] of one tap.
template <class Real>
void KernelBuilder<Real>::normalised_bump(const Real* __restrict positions, Real sigma) {
  const std::size_t n = shape_.targets;
  const Real sharpness = 1 / (std::abs(sigma) + static_cast<Real>(narrowest)),
             middle = static_cast<Real>(shape_.middle());
  Real* __restrict sum = sum_.data();
  std::fill_n(sum, n, static_cast<Real>(guard));
  for (std::size_t d = 0; d < shape_.length; ++d) {
    Real* __restrict q = q_.data() + d * n;
    const Real at = static_cast<Real>(d);
    for (std::size_t j = 0; j < n; ++j) {
      const Real x = (at - (middle - positions[j])) * sharpness;
      q[j] = exponential(static_cast<Real>(-0.5) * x * x);
      sum[j] += q[j];
    }
  }
  for (std::size_t d = 0; d < shape_.length; ++d) {
    Real* __restrict q = q_.data() + d * n;
    for (std::size_t j = 0; j < n; ++j) q[j] /= sum[j];
  }
}

template <class Real>
void KernelBuilder<Real>::bumps(std::span<const Real> weights, std::span<const Real> positions, Real sigma,
                                std::span<Real> kernel) {
  const std::size_t n = shape_.targets;
  std::fill(kernel.begin(), kernel.end(), Real{0});
  for (std::size_t tap = 0; tap < shape_.taps; ++tap) {
    normalised_bump(positions.data() + tap * n, sigma);
    const Real* __restrict w = weights.data() + tap * n;
    for (std::size_t d = 0; d < shape_.length; ++d) {
      const Real* __restrict q = q_.data() + d * n;
      Real* __restrict k = kernel.data() + d * n;
      for (std::size_t j = 0; j < n; ++j) k[j] += w[j] * q[j];
    }
  }
}

template <class Real>
void KernelBuilder<Real>::single_taps(std::span<const Real> weights, std::span<const Real> positions,
                                      std::span<Real> kernel) {
  const std::size_t n = shape_.targets;
  std::fill(kernel.begin(), kernel.end(), Real{0});
  for (std::size_t s = 0; s < weights.size(); ++s)
    kernel[rounded_delay(shape_, static_cast<double>(positions[s])) * n + s % n] += weights[s];
}

template <class Real>
void KernelBuilder<Real>::bump_gradient(std::span<const Real> weights, std::span<const Real> positions, Real sigma,
                                        std::span<const Real> by_kernel, std::span<Real> by_weights,
                                        std::span<Real> by_positions) {
  const std::size_t n = shape_.targets;
  const Real width = std::abs(sigma) + static_cast<Real>(narrowest), middle = static_cast<Real>(shape_.middle());
  const Real inverse = 1 / (width * width);
  for (std::size_t tap = 0; tap < shape_.taps; ++tap) {
    const Real* __restrict p = positions.data() + tap * n;
    normalised_bump(p, sigma);
    Real* __restrict mean_r = mean_r_.data();
    Real* __restrict by_weight = by_weight_.data();
    Real* __restrict by_delay = by_delay_.data();
    std::fill_n(mean_r, n, Real{0});
    std::fill_n(by_weight, n, Real{0});
    std::fill_n(by_delay, n, Real{0});
    for (std::size_t d = 0; d < shape_.length; ++d) {
      const Real* __restrict q = q_.data() + d * n;
      const Real* __restrict g = by_kernel.data() + d * n;
      const Real at = static_cast<Real>(d);
      for (std::size_t j = 0; j < n; ++j) {
        const Real r = (at - (middle - p[j])) * inverse, gq = g[j] * q[j];
        mean_r[j] += q[j] * r;
        by_weight[j] += gq;
        by_delay[j] += gq * r;
      }
    }
    for (std::size_t j = 0; j < n; ++j) {
      by_weights[tap * n + j] = by_weight[j];
      by_positions[tap * n + j] = -weights[tap * n + j] * (by_delay[j] - by_weight[j] * mean_r[j]);
    }
  }
}

template <class Real>
void KernelBuilder<Real>::single_tap_gradient(std::span<const Real> positions, std::span<const Real> by_kernel,
                                              std::span<Real> by_weights) {
  const std::size_t n = shape_.targets;
  for (std::size_t s = 0; s < positions.size(); ++s)
    by_weights[s] = by_kernel[rounded_delay(shape_, static_cast<double>(positions[s])) * n + s % n];
}

template class KernelBuilder<float>;
template class KernelBuilder<double>;

}  // namespace spikeloom
