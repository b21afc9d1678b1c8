/// What the protocols of an associative memory share: random vectors, distances.
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "core/random.hpp"

namespace spikeloom::experiments {

using Vectors = std::vector<std::vector<double>>;

/// Vectors [count][length] of independent normal numbers with variance 1; `stream` and `draw_number` name the draw.
inline Vectors normal_vectors(std::uint64_t seed, std::uint32_t stream, std::uint64_t draw_number, std::size_t count,
                              std::size_t length) {
  Vectors vectors(count, std::vector<double>(length));
  for (std::size_t j = 0; j < count; ++j)
    for (std::size_t i = 0; i < length; ++i) {
      const auto bits = draw(seed, Purpose::task, stream, draw_number << 32 | j, static_cast<std::uint32_t>(i));
      vectors[j][i] = normal_quantile(uniform(bits[0], bits[1]));
    }
  return vectors;
}

inline double product(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

inline void scale_to_unit_length(std::vector<double>& vector) {
  const double length = std::sqrt(product(vector, vector));
  for (auto& x : vector) x /= length;
}

/// The same, each scaled to length 1.
inline Vectors unit_vectors(std::uint64_t seed, std::uint32_t stream, std::uint64_t draw_number, std::size_t count,
                            std::size_t length) {
  auto vectors = normal_vectors(seed, stream, draw_number, count, length);
  for (auto& vector : vectors) scale_to_unit_length(vector);
  return vectors;
}

/// |a - b|^2.
inline double distance(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return sum;
}

}  // namespace spikeloom::experiments
