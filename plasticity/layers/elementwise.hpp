/// Loops over long columns, cut into blocks of fixed size: tasks for threads, and sums whose order never changes.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include "core/parallel.hpp"

namespace spikeloom {

inline constexpr std::size_t element_block = 8192;

/// body(first, end) for the blocks of [0, count).
template <class Body>
void for_each_block(int threads, std::size_t count, const Body& body) {
  const auto blocks = (count + element_block - 1) / element_block;
  const auto workers = blocks < 4 ? std::size_t{1} : static_cast<std::size_t>(threads);
  for_each_index(workers, blocks,
                 [&](std::size_t block) { body(block * element_block, std::min(count, (block + 1) * element_block)); });
}

/// Sum over [0, count) of value(k), in double: sixteen sums side by side per block, blocks in order.
template <class Value>
double ordered_sum(int threads, std::size_t count, const Value& value) {
  constexpr std::size_t lanes = 16;
  std::vector<double> sums((count + element_block - 1) / element_block);
  for_each_block(threads, count, [&](std::size_t first, std::size_t end) {
    double side[lanes] = {};
    auto k = first;
    for (; k + lanes <= end; k += lanes)
      for (std::size_t lane = 0; lane < lanes; ++lane) side[lane] += value(k + lane);
    for (std::size_t lane = 0; k < end; ++k, ++lane) side[lane] += value(k);
    double sum = 0;
    for (const double one : side) sum += one;
    sums[first / element_block] = sum;
  });
  double total = 0;
  for (const double sum : sums) total += sum;
  return total;
}

/// Sums of the columns of [rows][columns], or of a matrix of as many columns, in order of rows.
template <class Real>
void sum_columns(std::span<const Real> values, std::span<Real> sums) {
  const auto columns = sums.size();
  Real* __restrict to = sums.data();
  std::fill(sums.begin(), sums.end(), Real{0});
  for (std::size_t first = 0; first < values.size(); first += columns) {
    const Real* __restrict from = values.data() + first;
    for (std::size_t j = 0; j < columns; ++j) to[j] += from[j];
  }
}

}  // namespace spikeloom
