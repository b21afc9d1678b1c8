/// Uniform and orthogonal weights from counter-based random numbers.
#include "plasticity/layers/initial_weights.hpp"

#include <algorithm>
#include <cmath>

#include "core/random.hpp"

namespace spikeloom {
namespace {

constexpr std::uint32_t of_weights = 0, of_biases = 1;

double centred(const LinearOptions& options, std::uint64_t k, std::uint32_t what) {
  return 2 * uniform(draw(options.seed, Purpose::weight, options.stream, k, what)[0]) - 1;
}

double normal(const LinearOptions& options, std::uint64_t k) {
  const auto bits = draw(options.seed, Purpose::weight, options.stream, k, of_weights);
  return normal_quantile(uniform(bits[0], bits[1]));
}

double dot(std::span<const double> a, std::span<const double> b) {
  double sum = 0;
  for (std::size_t k = 0; k < a.size(); ++k) sum += a[k] * b[k];
  return sum;
}

/// `count` orthonormal vectors of `length` >= count, by Gram & Schmidt, twice for accuracy.
std::vector<double> orthonormal(std::size_t count, std::size_t length, const LinearOptions& options) {
  std::vector<double> vectors(count * length);
  for (std::size_t k = 0; k < vectors.size(); ++k) vectors[k] = normal(options, k);
  for (std::size_t v = 0; v < count; ++v) {
    const auto own = std::span(vectors).subspan(v * length, length);
    for (int round = 0; round < 2; ++round)
      for (std::size_t u = 0; u < v; ++u) {
        const auto other = std::span(vectors).subspan(u * length, length);
        const double along = dot(own, other);
        for (std::size_t k = 0; k < length; ++k) own[k] -= along * other[k];
      }
    const double norm = std::sqrt(dot(own, own));
    for (auto& x : own) x /= norm;
  }
  return vectors;
}

}  // namespace

template <class Real>
void start_weights(std::span<Real> weights, std::size_t inputs, const LinearOptions& options) {
  const auto units = weights.size() / inputs;
  std::fill(weights.begin(), weights.end(), Real{0});
  if (options.start == Start::uniform) {
    const double limit = options.scale / std::sqrt(static_cast<double>(inputs));
    for (std::size_t k = 0; k < weights.size(); ++k)
      weights[k] = static_cast<Real>(limit * centred(options, k, of_weights));
  } else if (options.start == Start::orthogonal) {
    const bool tall = inputs >= units;
    const auto vectors = orthonormal(std::min(inputs, units), std::max(inputs, units), options);
    for (std::size_t i = 0; i < inputs; ++i)
      for (std::size_t j = 0; j < units; ++j)
        weights[i * units + j] = static_cast<Real>(options.scale * vectors[tall ? j * inputs + i : i * units + j]);
  }
}

template <class Real>
void start_biases(std::span<Real> biases, std::size_t inputs, const LinearOptions& options) {
  const double limit = options.start == Start::uniform ? options.scale / std::sqrt(static_cast<double>(inputs)) : 0;
  for (std::size_t k = 0; k < biases.size(); ++k) biases[k] = static_cast<Real>(limit * centred(options, k, of_biases));
}

template void start_weights(std::span<float>, std::size_t, const LinearOptions&);
template void start_weights(std::span<double>, std::size_t, const LinearOptions&);
template void start_biases(std::span<float>, std::size_t, const LinearOptions&);
template void start_biases(std::span<double>, std::size_t, const LinearOptions&);

}  // namespace spikeloom
