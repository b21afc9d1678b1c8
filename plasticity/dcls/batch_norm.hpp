/// Batch normalisation per channel, with statistics over samples and time (Ioffe & Szegedy 2015, ICML).
///
///     y = gamma (x - mean) / sqrt(variance + 1e-5) + beta
#pragma once

#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

namespace spikeloom {

/// Sums over the steps of one sample: per channel `a` and `b`. In double, in order of time.
struct ChannelSums {
  std::vector<double> a, b;

  void reset(std::size_t channels) {
    a.assign(channels, 0.0);
    b.assign(channels, 0.0);
  }
  void add(const ChannelSums& other) {
    for (std::size_t j = 0; j < a.size(); ++j) a[j] += other.a[j];
    for (std::size_t j = 0; j < b.size(); ++j) b[j] += other.b[j];
  }
};

/// a: sum of x, b: sum of x^2; x is [step][channel].
template <class Real>
void add_moments(std::span<const Real> x, ChannelSums& sums) {
  const std::size_t n = sums.a.size();
  double* __restrict a = sums.a.data();
  double* __restrict b = sums.b.data();
  for (std::size_t first = 0; first < x.size(); first += n) {
    const Real* __restrict row = x.data() + first;
    for (std::size_t j = 0; j < n; ++j) {
      const double value = static_cast<double>(row[j]);
      a[j] += value;
      b[j] += value * value;
    }
  }
}

/// How a batch, or the running statistics, normalises: y = scale x + offset, and (x - mean) inverse is x normalised.
template <class Real>
struct Normaliser {
  std::vector<Real> mean, inverse, scale, offset;

  Normaliser() = default;
  Normaliser(std::span<const double> means, std::span<const double> variances, std::span<const Real> gamma,
             std::span<const Real> beta) {
    for (std::size_t j = 0; j < means.size(); ++j) {
      const double inverse_sd = 1 / std::sqrt(variances[j] + 1e-5);
      mean.push_back(static_cast<Real>(means[j]));
      inverse.push_back(static_cast<Real>(inverse_sd));
      scale.push_back(static_cast<Real>(static_cast<double>(gamma[j]) * inverse_sd));
      offset.push_back(
          static_cast<Real>(static_cast<double>(beta[j]) - static_cast<double>(gamma[j]) * inverse_sd * means[j]));
    }
  }

  void apply(std::span<const Real> x, std::span<Real> y) const {
    const std::size_t n = scale.size();
    const Real* __restrict times = scale.data();
    const Real* __restrict plus = offset.data();
    for (std::size_t first = 0; first < y.size(); first += n) {
      const Real* __restrict from = x.data() + first;
      Real* __restrict to = y.data() + first;
      for (std::size_t j = 0; j < n; ++j) to[j] = times[j] * from[j] + plus[j];
    }
  }

  /// a: sum of dL/dy, which is dL/dbeta; b: sum of dL/dy times x normalised, which is dL/dgamma.
  void add_gradients(std::span<const Real> x, std::span<const Real> by_y, ChannelSums& sums) const {
    const std::size_t n = scale.size();
    double* __restrict a = sums.a.data();
    double* __restrict b = sums.b.data();
    for (std::size_t first = 0; first < by_y.size(); first += n) {
      const Real* __restrict from = x.data() + first;
      const Real* __restrict by = by_y.data() + first;
      for (std::size_t j = 0; j < n; ++j) {
        a[j] += static_cast<double>(by[j]);
        b[j] += static_cast<double>(by[j] * ((from[j] - mean[j]) * inverse[j]));
      }
    }
  }

  /// From dL/dy to dL/dx, in place; `sums` and `count` are those of the whole batch.
  void backwards(std::span<const Real> x, const ChannelSums& sums, double count, std::span<Real> by) const {
    const std::size_t n = scale.size();
    std::vector<Real> mean_by(n), mean_by_x(n);
    for (std::size_t j = 0; j < n; ++j) {
      mean_by[j] = static_cast<Real>(sums.a[j] / count);
      mean_by_x[j] = static_cast<Real>(sums.b[j] / count);
    }
    for (std::size_t first = 0; first < by.size(); first += n) {
      const Real* __restrict from = x.data() + first;
      Real* __restrict to = by.data() + first;
      for (std::size_t j = 0; j < n; ++j)
        to[j] = scale[j] * (to[j] - mean_by[j] - (from[j] - mean[j]) * inverse[j] * mean_by_x[j]);
    }
  }
};

}  // namespace spikeloom
