/// Scores, samples and distances of one-dimensional mixtures.
#include "networks/diffusion/log_normal_mixture.hpp"

#include <algorithm>
#include <cmath>

#include "core/models/exponential.hpp"
#include "core/random.hpp"
#include "networks/diffusion/noise_field.hpp"
#include "plasticity/layers/elementwise.hpp"

namespace spikeloom {

double LogNormalMixture::score(const GeometricNoise& noise, double y, double t) const {
  const double variance = deviation * deviation + noise.variance(t);
  double density = 0, pull = 0;
  double nearest = HUGE_VAL;
  for (const double mode : modes) nearest = std::min(nearest, std::abs(y - mode - noise.drift * t));
  for (std::size_t j = 0; j < modes.size(); ++j) {
    const double distance = y - modes[j] - noise.drift * t;
    const double share = weights[j] * exponential((nearest * nearest - distance * distance) / (2 * variance));
    density += share;
    pull += share * distance;
  }
  return -1 - pull / density / variance;
}

HyvarinenScore LogNormalMixture::score_function(const GeometricNoise& noise, int threads) const {
  return [*this, noise, threads](const Matrix<float>& y, double t, Matrix<float>& h) {
    for_each_block(threads, y.size(), [&](std::size_t first, std::size_t end) {
      for (auto k = first; k < end; ++k)
        h.values()[k] = static_cast<float>(score(noise, static_cast<double>(y.values()[k]), t));
    });
  };
}

LogNormalStart LogNormalMixture::start(const GeometricNoise& noise) const {
  double mean = 0, square = 0;
  for (std::size_t j = 0; j < modes.size(); ++j) {
    mean += weights[j] * modes[j];
    square += weights[j] * modes[j] * modes[j];
  }
  return {mean + noise.drift, std::sqrt(noise.variance(1) + deviation * deviation + square - mean * mean)};
}

std::vector<float> LogNormalMixture::draw_logs(std::size_t count, std::uint64_t seed) const {
  Matrix<float> normal(1, count);
  fill_normal(seed, NoiseStream::truth, 0, 0, normal, 1);
  std::vector<float> logs(count);
  for (std::size_t k = 0; k < count; ++k) {
    const auto bits = draw(seed, Purpose::noise, static_cast<std::uint32_t>(NoiseStream::truth), k, 1);
    double left = uniform(bits[0], bits[1]);
    std::size_t j = 0;
    while (j + 1 < modes.size() && left >= weights[j]) left -= weights[j++];
    logs[k] = static_cast<float>(modes[j] + deviation * static_cast<double>(normal(0, k)));
  }
  return logs;
}

double wasserstein_1(std::vector<float> a, std::vector<float> b) {
  std::sort(a.begin(), a.end());
  std::sort(b.begin(), b.end());
  double sum = 0;
  for (std::size_t k = 0; k < a.size(); ++k) sum += std::abs(static_cast<double>(a[k]) - static_cast<double>(b[k]));
  return sum / static_cast<double>(a.size());
}

double kolmogorov_smirnov_p(std::vector<float> a, std::vector<float> b) {
  std::sort(a.begin(), a.end());
  std::sort(b.begin(), b.end());
  const auto n = static_cast<double>(a.size()), m = static_cast<double>(b.size());
  double largest = 0;
  for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    if (a[i] <= b[j])
      ++i;
    else
      ++j;
    largest = std::max(largest, std::abs(static_cast<double>(i) / n - static_cast<double>(j) / m));
  }
  const double scaled = largest * std::sqrt(n * m / (n + m));
  if (scaled < 0.2) return 1;  // where the series below converges slowly
  double p = 0;
  for (int k = 1; k <= 100; ++k) p += (k % 2 == 1 ? 2 : -2) * exponential(-2.0 * k * k * scaled * scaled);
  return p;
}

}  // namespace spikeloom
