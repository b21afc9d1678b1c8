/// Tables of Poisson numbers, and the steps of drawing one by rejection.
#include "core/sources/poisson_number.hpp"

namespace spikeloom {
namespace {

constexpr std::uint32_t values = 65536;  // of 16 bits

/// Probabilities of 0, 1, ... until they vanish beside the precision of a double.
std::vector<double> poisson_probabilities(double mean) {
  std::vector<double> p{std::exp(-mean)};
  while (static_cast<double>(p.size()) < mean || p.back() > 1e-30)
    p.push_back(p.back() * mean / static_cast<double>(p.size()));
  return p;
}

}  // namespace

PoissonTable::PoissonTable(double mean) {
  assert(mean >= 0 && mean <= largest_mean * (1 + 1e-12));
  const auto p = poisson_probabilities(mean);
  std::array<std::uint32_t, columns> cells{};
  double cumulative = 0;
  for (std::size_t k = 0; k < p.size(); ++k) {
    const double whole = k < columns ? std::floor(p[k] * values) : 0;
    if (k < columns) cells[k] = static_cast<std::uint32_t>(whole);
    cumulative += p[k] - whole / values;
    rest_cumulative_.push_back(cumulative);
  }
  rest_from_ = std::accumulate(cells.begin(), cells.end(), 0u);
  assert(values - rest_from_ <= columns);
  fill_columns(cells);
}

/// Deals the cells of the numbers to the columns: whenever a column is filled, first with what is left of the number
/// that has least, then from the one that has most, two numbers per column are enough. The values from rest_from_ on
/// are the last cells of the last columns, which have one cell less.
void PoissonTable::fill_columns(std::array<std::uint32_t, columns> cells) {
  const std::uint32_t rest = values - rest_from_;
  for (std::uint32_t column = 0; column < columns; ++column) {
    const std::uint32_t capacity = values / columns - (column >= columns - rest ? 1 : 0);
    const auto most = static_cast<std::uint32_t>(std::max_element(cells.begin(), cells.end()) - cells.begin());
    std::uint32_t least = most;
    for (std::uint32_t k = 0; k < columns; ++k)
      if (cells[k] > 0 && cells[k] < cells[least]) least = k;
    const std::uint32_t from_least = std::min(cells[least], capacity);
    cells[least] -= from_least;
    assert(cells[most] >= capacity - from_least);
    cells[most] -= capacity - from_least;
    const bool both = from_least < capacity;
    const std::uint32_t last_of_least = from_least * columns - 1;  // from_least > 0: some number has cells left
    entries_[column] = last_of_least << 16 | least << 8 | (both ? most : least);
  }
}

std::uint32_t PoissonTable::rest(double x) const noexcept {
  const double target = x * rest_cumulative_.back();
  const auto found = std::upper_bound(rest_cumulative_.begin(), rest_cumulative_.end(), target);
  return static_cast<std::uint32_t>(
      std::min<std::ptrdiff_t>(found - rest_cumulative_.begin(), std::ssize(rest_cumulative_) - 1));
}

double detail::log_factorial(double k) noexcept {
  if (k < 10) {
    double product = 1;
    for (double i = 2; i <= k; ++i) product *= i;
    return std::log(product);
  }
  const double x = k + 1, x2 = x * x;
  constexpr double half_log_two_pi = 0.91893853320467274178;
  return (x - 0.5) * std::log(x) - x + half_log_two_pi +
         (1.0 / 12 - (1.0 / 360 - (1.0 / 1260 - (1.0 / 1680 - 1.0 / 1188 / x2) / x2) / x2) / x2) / x;
}

double detail::poisson_attempt(double mean, double u, double v) noexcept {
  const double log_mean = std::log(mean);
  const double b = 0.931 + 2.53 * std::sqrt(mean);
  const double a = -0.059 + 0.02483 * b;
  const double inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
  const double centred = u - 0.5;
  const double from_edge = 0.5 - std::abs(centred);
  const double k = std::floor((2 * a / from_edge + b) * centred + mean + 0.43);
  if (from_edge >= 0.07 && v <= 0.9277 - 3.6224 / (b - 2)) return k;
  if (k < 0 || (from_edge < 0.013 && v > from_edge)) return -1;
  const double log_hat = std::log(v * inverse_alpha / (a / (from_edge * from_edge) + b));
  return log_hat <= k * log_mean - mean - log_factorial(k) ? k : -1;
}

}  // namespace spikeloom
