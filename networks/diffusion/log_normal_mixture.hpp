/// A mixture of log-normal distributions: what becomes of it under multiplicative noise is known in closed form.
#pragma once

#include <vector>

#include "networks/diffusion/geometric_noise.hpp"
#include "networks/diffusion/reverse_sampler.hpp"

namespace spikeloom {

/// y = log x is N(modes[j], deviation^2) with probability weights[j].
struct LogNormalMixture {
  std::vector<double> modes, weights;  // as many of both; weights sum to 1
  double deviation = 0.05;

  /// h of y_t at time t.
  double score(const GeometricNoise& noise, double y, double t) const;
  HyvarinenScore score_function(const GeometricNoise& noise, int threads) const;
  /// One Gaussian with the moments of y_1.
  LogNormalStart start(const GeometricNoise& noise) const;
  /// Values of y_0.
  std::vector<float> draw_logs(std::size_t count, std::uint64_t seed) const;
};

/// Area between the distribution functions of two samples of equal size (Wasserstein-1 distance).
double wasserstein_1(std::vector<float> a, std::vector<float> b);

/// Probability that two samples of one distribution differ as much as these (Kolmogorov & Smirnov, asymptotic).
double kolmogorov_smirnov_p(std::vector<float> a, std::vector<float> b);

}  // namespace spikeloom
