/// Binomial and hypergeometric numbers: saddle-point probability of the mode, ratios of neighbours from there.
#include "networks/counts.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace spikeloom {
namespace {

/// ln n! minus Stirling's formula. The series has an error below 1e-16 from 16 on; smaller n sum logarithms.
double stirling_error(double n) {
  if (n >= 16) {
    const double s = 1 / (n * n);
    return (1.0 / 12 - (1.0 / 360 - (1.0 / 1260 - (1.0 / 1680 - s / 1188) * s) * s) * s) / n;
  }
  double log_factorial = 0;
  for (double k = 2; k <= n; ++k) log_factorial += std::log(k);
  return log_factorial - (n + 0.5) * std::log(n) + n - 0.5 * std::log(2 * std::numbers::pi);
}

/// x ln(x / m) + m - x without cancellation.
double deviance(double x, double m) {
  if (std::abs(x - m) >= 0.1 * (x + m)) return x * std::log(x / m) + m - x;
  const double v = (x - m) / (x + m);
  double sum = (x - m) * v, term = 2 * x * v;
  for (int j = 1; j < 1000; ++j) {
    term *= v * v;
    const double next = sum + term / (2 * j + 1);
    if (next == sum) break;
    sum = next;
  }
  return sum;
}

/// Probability of x successes in n trials (Loader 2000, "Fast and accurate computation of binomial probabilities").
double binomial_probability(double x, double n, double p) {
  if (x == 0) return std::exp(n * std::log1p(-p));
  if (x == n) return std::exp(n * std::log(p));
  const double exponent =
      stirling_error(n) - stirling_error(x) - stirling_error(n - x) - deviance(x, n * p) - deviance(n - x, n * (1 - p));
  return std::exp(exponent) * std::sqrt(n / (2 * std::numbers::pi * x * (n - x)));
}

/// Takes probabilities from u, from the mode outwards, until it is used up. `up(k)` is P(k + 1) / P(k).
template <class Ratio>
std::uint64_t walk(std::uint64_t mode, double probability, std::uint64_t low, std::uint64_t high, double u, Ratio up) {
  std::uint64_t left = mode, right = mode;
  double p_left = probability, p_right = probability;
  u -= probability;
  while (u >= 0 && p_left + p_right > 1e-30) {
    p_right = right < high ? p_right * up(static_cast<double>(right)) : 0;
    if (right < high) ++right;
    u -= p_right;
    if (u < 0) return right;
    p_left = left > low ? p_left / up(static_cast<double>(left - 1)) : 0;
    if (left > low) --left;
    u -= p_left;
    if (u < 0) return left;
  }
  return mode;  // also what rounding leaves over at u close to 1
}

}  // namespace

std::uint64_t binomial_count(std::uint64_t n, double p, double u) {
  if (n == 0 || p <= 0) return 0;
  if (p >= 1) return n;
  const double trials = static_cast<double>(n), odds = p / (1 - p);
  const auto mode = std::min(n, static_cast<std::uint64_t>((trials + 1) * p));
  return walk(mode, binomial_probability(static_cast<double>(mode), trials, p), 0, n, u,
              [=](double k) { return (trials - k) / (k + 1) * odds; });
}

std::uint64_t hypergeometric_count(std::uint64_t all, std::uint64_t marked, std::uint64_t drawn, double u) {
  const std::uint64_t low = drawn + marked > all ? drawn + marked - all : 0;
  const std::uint64_t high = std::min(marked, drawn);
  if (low == high) return low;
  const double m = static_cast<double>(marked), d = static_cast<double>(drawn), a = static_cast<double>(all);
  const auto mode = std::clamp(static_cast<std::uint64_t>((m + 1) / (a + 2) * (d + 1)), low, high);
  const double x = static_cast<double>(mode), p = d / a;
  const double probability =
      binomial_probability(x, m, p) * binomial_probability(d - x, a - m, p) / binomial_probability(d, a, p);
  return walk(mode, probability, low, high, u,
              [=](double k) { return (m - k) / (k + 1) * (d - k) / (a - m - d + k + 1); });
}

}  // namespace spikeloom
