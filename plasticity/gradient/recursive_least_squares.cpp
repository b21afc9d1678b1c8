/// Updates of recursive least squares.
#include "plasticity/gradient/recursive_least_squares.hpp"

#include <algorithm>
#include <cmath>

#include "core/parallel.hpp"
#include "plasticity/gradient/lane_sum.hpp"

namespace spikeloom {
namespace {

constexpr std::size_t rows_per_task = 64;

std::size_t tasks_of(std::size_t rows) { return (rows + rows_per_task - 1) / rows_per_task; }

}  // namespace

RecursiveLeastSquares::RecursiveLeastSquares(std::size_t size, std::size_t outputs, double lambda, bool textbook)
    : size_(size), outputs_(outputs), textbook_(textbook), p_(size * size), weights_(size * outputs), gain_(size) {
  for (std::size_t i = 0; i < size; ++i) p_[i * size + i] = lambda;
}

void RecursiveLeastSquares::update(std::span<const double> r, std::span<const double> errors, int threads) {
  // 1. c = P r = p_ r - sum of x (x r)
  for_each_index(static_cast<std::size_t>(threads), tasks_of(size_), [&](std::size_t task) {
    for (std::size_t i = task * rows_per_task, end = std::min(i + rows_per_task, size_); i < end; ++i)
      gain_[i] = lane_product(p_.data() + i * size_, r.data(), size_);
  });
  for (const auto& x : pending_) {
    const double along = lane_product(x.data(), r.data(), size_);
    for (std::size_t i = 0; i < size_; ++i) gain_[i] -= x[i] * along;
  }
  // 2. weights
  const double shrink = 1 / (1 + lane_product(r.data(), gain_.data(), size_));
  for (std::size_t k = 0; k < outputs_; ++k) {
    const double amount = textbook_ ? errors[k] * shrink : errors[k];
    for (std::size_t i = 0; i < size_; ++i) weights_[k * size_ + i] -= amount * gain_[i];
  }
  // 3. P loses c c^T / (1 + r c)
  auto x = gain_;
  for (auto& value : x) value *= std::sqrt(shrink);
  pending_.push_back(std::move(x));
  if (pending_.size() == max_pending) apply_pending(threads);
}

void RecursiveLeastSquares::apply_pending(int threads) {
  for_each_index(static_cast<std::size_t>(threads), tasks_of(size_), [&](std::size_t task) {
    constexpr std::size_t width = 512;  // columns at a time: the changes stay in the L1 cache
    for (std::size_t left = 0; left < size_; left += width)
      for (std::size_t i = task * rows_per_task, end = std::min(i + rows_per_task, size_); i < end; ++i) {
        double* const row = p_.data() + i * size_ + left;
        const std::size_t count = std::min(width, size_ - left);
        for (const auto& x : pending_) {
          const double* const other = x.data() + left;
          const double here = x[i];
          for (std::size_t j = 0; j < count; ++j) row[j] -= here * other[j];
        }
      }
  });
  pending_.clear();
}

void RecursiveLeastSquares::read_out(std::span<const double> r, std::span<double> z) const {
  for (std::size_t k = 0; k < outputs_; ++k) z[k] = lane_product(weights_.data() + k * size_, r.data(), size_);
}

void RecursiveLeastSquares::state(StateArchive& archive) {
  std::vector<double> waiting;
  for (const auto& x : pending_) waiting.insert(waiting.end(), x.begin(), x.end());
  archive.column("p", std::span(p_));
  archive.column("weights", std::span(weights_));
  archive.common_list("waiting", waiting);
  pending_.assign(waiting.size() / size_, aligned_vector<double>(size_));
  for (std::size_t k = 0; k < pending_.size(); ++k)
    std::copy_n(waiting.begin() + static_cast<std::ptrdiff_t>(k * size_), size_, pending_[k].begin());
}

std::span<const double> RecursiveLeastSquares::inverse_correlation() {
  apply_pending(1);
  return p_;
}

}  // namespace spikeloom
