/// One pass over half of P per sample: the change that the last one asks for, then the product with the new one.
#include "plasticity/readout/recursive_least_squares.hpp"

#include <algorithm>

#include "plasticity/readout/columns.hpp"

namespace spikeloom::readout {

RecursiveLeastSquares::RecursiveLeastSquares(std::size_t size, double alpha)
    : size_(size), upper_(size * (size + 1) / 2), x_(size), product_(size), gain_(size) {
  for (std::size_t i = 0, at = 0; i < size; at += size - i, ++i) upper_[at] = 1 / alpha;
}

std::span<const double> RecursiveLeastSquares::gain(std::span<const float> x) {
  std::copy(x.begin(), x.end(), x_.begin());
  std::vector<double> next(size_, 0.0);
  double* row = upper_.data();
  for (std::size_t i = 0; i < size_; ++i) {
    const std::size_t count = size_ - i;
    const double change = -pending_ * product_[i], x_i = x_[i];
    const double* g = product_.data() + i;
    double* sum = next.data() + i;
    for (std::size_t j = 0; j < count; ++j) {
      row[j] += change * g[j];
      sum[j] += row[j] * x_i;
    }
    sum[0] += dot<double>({row + 1, count - 1}, {x_.data() + i + 1, count - 1});
    row += count;
  }
  product_ = std::move(next);
  pending_ = 1 / (1 + dot<double>(x_, product_));
  for (std::size_t i = 0; i < size_; ++i) gain_[i] = pending_ * product_[i];
  return gain_;
}

std::span<double> RecursiveLeastSquares::matrix() {
  double* row = upper_.data();
  for (std::size_t i = 0; i < size_; row += size_ - i, ++i)
    for (std::size_t j = 0; j < size_ - i; ++j) row[j] -= pending_ * product_[i] * product_[i + j];
  pending_ = 0;
  return upper_;
}

}  // namespace spikeloom::readout
