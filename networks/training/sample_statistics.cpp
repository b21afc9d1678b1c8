/// Statistics of samples by products of matrices, whose sums have a fixed order.
#include "networks/training/sample_statistics.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/parallel.hpp"
#include "plasticity/layers/product.hpp"

namespace spikeloom {
namespace {

constexpr int iterations = 60;

void orthonormalise(Matrix<double>& directions) {
  const auto rows = directions.rows(), columns = directions.columns();
  for (std::size_t j = 0; j < columns; ++j) {
    for (std::size_t other = 0; other < j; ++other) {
      double overlap = 0;
      for (std::size_t k = 0; k < rows; ++k) overlap += directions(k, j) * directions(k, other);
      for (std::size_t k = 0; k < rows; ++k) directions(k, j) -= overlap * directions(k, other);
    }
    double square = 0;
    for (std::size_t k = 0; k < rows; ++k) square += directions(k, j) * directions(k, j);
    const double factor = square > 0 ? 1 / std::sqrt(square) : 0;
    for (std::size_t k = 0; k < rows; ++k) directions(k, j) *= factor;
  }
}

float square_of(std::span<const float> row) {
  float sum = 0;
  for (const float value : row) sum += value * value;
  return sum;
}

}  // namespace

ColumnMoments column_moments(const Matrix<float>& samples) {
  const auto count = static_cast<double>(samples.rows());
  ColumnMoments moments{std::vector<double>(samples.columns()), std::vector<double>(samples.columns())};
  for (std::size_t i = 0; i < samples.rows(); ++i)
    for (std::size_t k = 0; k < samples.columns(); ++k) moments.means[k] += static_cast<double>(samples(i, k)) / count;
  for (std::size_t i = 0; i < samples.rows(); ++i)
    for (std::size_t k = 0; k < samples.columns(); ++k) {
      const double d = static_cast<double>(samples(i, k)) - moments.means[k];
      moments.deviations[k] += d * d / count;
    }
  for (auto& deviation : moments.deviations) deviation = std::sqrt(deviation);
  return moments;
}

double correlation(std::span<const double> a, std::span<const double> b) {
  const auto count = static_cast<double>(a.size());
  double mean_a = 0, mean_b = 0, ab = 0, aa = 0, bb = 0;
  for (std::size_t k = 0; k < a.size(); ++k) mean_a += a[k] / count, mean_b += b[k] / count;
  for (std::size_t k = 0; k < a.size(); ++k) {
    ab += (a[k] - mean_a) * (b[k] - mean_b);
    aa += (a[k] - mean_a) * (a[k] - mean_a);
    bb += (b[k] - mean_b) * (b[k] - mean_b);
  }
  return aa > 0 && bb > 0 ? ab / std::sqrt(aa * bb) : 0;
}

std::vector<double> leading_variances(const Matrix<float>& samples, std::size_t count, int threads) {
  const auto columns = samples.columns();
  const auto means = column_moments(samples).means;
  Matrix<double> centred(samples.rows(), columns), covariance(columns, columns);
  for (std::size_t i = 0; i < samples.rows(); ++i)
    for (std::size_t k = 0; k < columns; ++k) centred(i, k) = static_cast<double>(samples(i, k)) - means[k];
  const auto view = std::as_const(centred).view();
  multiply(view.transposed(), view, covariance.view(), Onto::zero, threads);
  // More directions than are asked for, so that the last of these comes out soon.
  const auto wanted = std::min(columns, count + 5);
  Matrix<double> directions(columns, wanted), next(columns, wanted);
  for (std::size_t k = 0; k < columns; ++k)
    for (std::size_t j = 0; j < wanted; ++j) directions(k, j) = std::cos(static_cast<double>((k + 1) * (j + 1)));
  std::vector<double> variances(wanted);
  for (int n = 0; n < iterations; ++n) {
    orthonormalise(directions);
    multiply(std::as_const(covariance).view(), std::as_const(directions).view(), next.view(), Onto::zero, threads);
    for (std::size_t j = 0; j < wanted; ++j) {
      variances[j] = 0;
      for (std::size_t k = 0; k < columns; ++k) variances[j] += directions(k, j) * next(k, j);
      variances[j] /= static_cast<double>(samples.rows());
    }
    std::swap(directions, next);
  }
  std::sort(variances.rbegin(), variances.rend());
  variances.resize(std::min(wanted, count));
  return variances;
}

Neighbours nearest_neighbours(const Matrix<float>& samples, const Matrix<float>& others, int threads) {
  constexpr std::size_t together = 100;
  std::vector<float> squares(others.rows());
  for (std::size_t j = 0; j < others.rows(); ++j) squares[j] = square_of(others.row(j));
  Neighbours found{std::vector<double>(samples.rows()), std::vector<std::size_t>(samples.rows())};
  for_each_index(static_cast<std::size_t>(threads), (samples.rows() + together - 1) / together, [&](std::size_t part) {
    const auto first = part * together, count = std::min(together, samples.rows() - first);
    Matrix<float> products(count, others.rows());
    multiply(samples.view().part(first, count), others.view().transposed(), products.view(), Onto::zero, 1);
    for (std::size_t i = 0; i < count; ++i) {
      std::size_t best = 0;
      for (std::size_t j = 0; j < others.rows(); ++j)
        if (squares[j] - 2 * products(i, j) < squares[best] - 2 * products(i, best)) best = j;
      double square = 0;
      for (std::size_t k = 0; k < samples.columns(); ++k) {
        const auto d = static_cast<double>(samples(first + i, k) - others(best, k));
        square += d * d;
      }
      found.nearest[first + i] = best;
      found.distances[first + i] = std::sqrt(square);
    }
  });
  return found;
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace spikeloom
