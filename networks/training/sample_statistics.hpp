/// How alike two sets of samples are: means, deviations, principal components, distances to the nearest.
#pragma once

#include <span>
#include <vector>

#include "plasticity/layers/matrix.hpp"

namespace spikeloom {

/// Per column of samples, one row each.
struct ColumnMoments {
  std::vector<double> means, deviations;
};
ColumnMoments column_moments(const Matrix<float>& samples);

/// Pearson's, 0 where either does not vary.
double correlation(std::span<const double> a, std::span<const double> b);

/// The `count` largest variances along orthogonal directions, largest first (orthogonal iteration).
std::vector<double> leading_variances(const Matrix<float>& samples, std::size_t count, int threads);

/// Of every row of `samples`: Euclidean distance to the nearest row of `others`, and its number.
struct Neighbours {
  std::vector<double> distances;
  std::vector<std::size_t> nearest;
};
Neighbours nearest_neighbours(const Matrix<float>& samples, const Matrix<float>& others, int threads);

double median(std::vector<double> values);

}  // namespace spikeloom
