/// Poisson numbers: from 16 bits by table for whole tiles of neurons, from as many draws as it takes for any mean.
#pragma once

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

#include "core/random.hpp"

namespace spikeloom {

/// Poisson numbers of one mean by composition. Of the 65536 values of 16 bits, floor(65536 p_k) stand for the number k;
/// the few that are left over (the largest ones) stand for a draw from what the rounding cut off. Together the
/// distribution is exact to 2^-53.
///
/// Which value stands for what follows Walker's alias method in whole cells (Walker 1977, ACM TOMS 3:253): the lower 5
/// bits choose one of 32 columns, and each column holds two numbers, so that two look-ups in tables of 32 entries (one
/// register permutation each) and one comparison do, whatever the mean.
class PoissonTable {
 public:
  static constexpr double largest_mean = 10;
  static constexpr std::uint32_t columns = 32;

  /// 0 <= mean <= largest_mean.
  explicit PoissonTable(double mean);

  /// `u` is a 16-bit number below rest_from().
  std::uint32_t number(std::uint32_t u) const noexcept { return number_of(u, entries_[u % columns]); }
  /// The number drawn for 16-bit values from rest_from() on; `x` is uniform in (0, 1).
  std::uint32_t rest(double x) const noexcept;
  std::uint32_t rest_from() const noexcept { return rest_from_; }

  /// A column as one word: the last u in its column that stands for `second` (16 bits), second (8), first (8 bits).
  std::span<const std::uint32_t, columns> entries() const noexcept { return entries_; }
  static constexpr std::uint32_t number_of(std::uint32_t u, std::uint32_t entry) noexcept {
    return (u << 16 <= entry ? entry >> 8 : entry) % columns;
  }

 private:
  void fill_columns(std::array<std::uint32_t, columns> cells);

  alignas(64) std::array<std::uint32_t, columns> entries_{};
  std::uint32_t rest_from_ = 0;
  std::vector<double> rest_cumulative_;  // of the numbers 0, 1, ..., not normalised
};

/// A Poisson number of any finite mean >= 0; `bits(attempt)` returns 128 random bits for attempt 0, 1, ... Inversion
/// for small means, else transformed rejection (Hörmann 1993, Insurance: Mathematics and Economics 12:39, algorithm
/// PTRS).
template <class Bits>
std::uint64_t poisson_number(double mean, Bits bits);

// ---- implementation
// ---------------------------------------------------------------------------------------------------

namespace detail {

/// Smallest k with u < P(number <= k).
inline std::uint64_t poisson_quantile(double mean, double u) noexcept {
  double p = std::exp(-mean), cumulative = p;
  std::uint64_t k = 0;
  while (u >= cumulative && p > 0) {
    p *= mean / static_cast<double>(++k);
    cumulative += p;
  }
  return k;
}

/// ln k! (Stirling's series from 10 on, error below 1e-13).
double log_factorial(double k) noexcept;

/// One attempt of PTRS: a number, or -1 if the pair is rejected.
double poisson_attempt(double mean, double u, double v) noexcept;

}  // namespace detail

template <class Bits>
std::uint64_t poisson_number(double mean, Bits bits) {
  assert(std::isfinite(mean) && mean >= 0);
  for (std::uint32_t attempt = 0;; ++attempt) {
    const Draw b = bits(attempt);
    if (mean < PoissonTable::largest_mean) return detail::poisson_quantile(mean, uniform(b[0], b[1]));
    const double k = detail::poisson_attempt(mean, uniform(b[0], b[1]), uniform(b[2], b[3]));
    if (k >= 0) return static_cast<std::uint64_t>(k);
  }
}

}  // namespace spikeloom
