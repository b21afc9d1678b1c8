/// Poisson numbers have the Poisson distribution: tables exactly, rejection by chi-square.
#include "core/sources/poisson_number.hpp"

#include <catch2/catch.hpp>

#include "tests/core/sources/statistics.hpp"

using namespace spikeloom;
using test::poisson_probability;

namespace {

/// P(rest = k), from the places where rest(x) steps.
std::vector<double> rest_probabilities(const PoissonTable& table) {
  std::vector<double> p;
  double from = 0;
  for (std::uint32_t k = 0; from < 1 && k < 200; ++k) {
    double low = from, high = 1;
    for (int halving = 0; halving < 70; ++halving) {
      const double middle = (low + high) / 2;
      (table.rest(middle) <= k ? low : high) = middle;
    }
    p.push_back(high - from);
    from = high;
  }
  return p;
}

}  // namespace

TEST_CASE("table and remainder together are Poisson to rounding", "[core][sources]") {
  const double mean = GENERATE(1e-9, 0.001, 0.16, 1.6, 2.0, 5.5, 9.99, 10.0);
  const PoissonTable table(mean);
  std::vector<double> p(200);
  for (std::uint32_t u = 0; u < table.rest_from(); ++u) p[table.number(u)] += 1.0 / 65536;
  REQUIRE(table.rest_from() >= 65536 - 32);
  REQUIRE(table.rest_from() < 65536);
  const auto rest = rest_probabilities(table);
  for (std::size_t k = 0; k < rest.size(); ++k) p[k] += (65536 - table.rest_from()) / 65536.0 * rest[k];
  for (std::uint64_t k = 0; k < 100; ++k) REQUIRE(std::abs(p[k] - poisson_probability(mean, k)) < 2e-15);
}

TEST_CASE("a table of mean zero never says anything but zero", "[core][sources]") {
  const PoissonTable table(0);
  REQUIRE(table.rest_from() == 65536);
  for (std::uint32_t u = 0; u < 65536; ++u) REQUIRE(table.number(u) == 0);
}

TEST_CASE("numbers of any mean pass a chi-square test", "[core][sources][numbers]") {
  const double mean = GENERATE(0.0, 0.001, 1.6, 9.9, 10.0, 20.0, 200.0, 5000.0);
  std::map<std::uint64_t, std::uint64_t> counts;
  for (std::uint32_t id = 0; id < 200000; ++id)
    ++counts[poisson_number(mean, [&](std::uint32_t attempt) { return draw(3, Purpose::task, 0, id, attempt); })];
  REQUIRE(test::poisson_p_value(counts, mean) > 1e-4);
}

TEST_CASE("a huge mean has the right mean and variance", "[core][sources]") {
  const double mean = 1e9;
  double sum = 0, squares = 0;
  const int n = 20000;
  for (std::uint32_t id = 0; id < n; ++id) {
    const auto k = poisson_number(mean, [&](std::uint32_t attempt) { return draw(4, Purpose::task, 0, id, attempt); });
    const double z = (static_cast<double>(k) - mean) / std::sqrt(mean);
    sum += z;
    squares += z * z;
  }
  REQUIRE(std::abs(sum / n) < 4 / std::sqrt(n));
  REQUIRE(std::abs(squares / n - 1) < 4 * std::sqrt(2.0 / n));
}

TEST_CASE("log of the factorial agrees with lgamma", "[core][sources]") {
  for (const double k : {0.0, 1.0, 5.0, 9.0, 10.0, 11.0, 50.0, 1000.0, 1e6, 1e9})
    REQUIRE(detail::log_factorial(k) == Approx(std::lgamma(k + 1)).epsilon(1e-14).margin(1e-13));
}
