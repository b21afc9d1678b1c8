/// Binomial and hypergeometric numbers against an independent library's distributions.
#include "networks/counts.hpp"

#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/hypergeometric.hpp>
#include <catch2/catch.hpp>

#include <map>

using namespace spikeloom;

namespace {

/// Share of the unit interval that maps to each number, by a fine grid of u.
template <class Count>
std::map<std::uint64_t, double> shares(Count count) {
  constexpr int cells = 200000;
  std::map<std::uint64_t, double> share;
  for (int k = 0; k < cells; ++k) share[count((k + 0.5) / cells)] += 1.0 / cells;
  return share;
}

}  // namespace

TEST_CASE("binomial numbers take their share of the unit interval", "[networks][counts]") {
  const auto [n, p] =
      GENERATE(table<unsigned, double>({{1, 0.3}, {10, 0.5}, {100, 0.01}, {1000, 0.1}, {17, 0.999}, {5000000, 1e-5}}));
  const boost::math::binomial_distribution<double> binomial(n, p);
  for (const auto& [k, share] : shares([n = n, p = p](double u) { return binomial_count(n, p, u); })) {
    REQUIRE(k <= n);
    REQUIRE(share == Approx(boost::math::pdf(binomial, static_cast<double>(k))).margin(1.01e-5).epsilon(1e-9));
  }
}

TEST_CASE("certain and impossible binomial trials need no luck", "[networks][counts]") {
  const double u = GENERATE(1e-12, 0.5, 1 - 1e-12);
  REQUIRE(binomial_count(0, 0.5, u) == 0);
  REQUIRE(binomial_count(50, 0, u) == 0);
  REQUIRE(binomial_count(50, 1, u) == 50);
  REQUIRE(hypergeometric_count(10, 10, 4, u) == 4);
  REQUIRE(hypergeometric_count(10, 3, 10, u) == 3);
  REQUIRE(hypergeometric_count(10, 3, 0, u) == 0);
}

TEST_CASE("hypergeometric numbers take their share of the unit interval", "[networks][counts]") {
  const auto [all, marked, drawn] =
      GENERATE(table<unsigned, unsigned, unsigned>({{10, 4, 3}, {10, 8, 9}, {1000, 100, 100}, {20000, 200, 15000}}));
  const boost::math::hypergeometric_distribution<double> hypergeometric(marked, drawn, all);
  const auto count = [all = all, marked = marked, drawn = drawn](double u) {
    return hypergeometric_count(all, marked, drawn, u);
  };
  for (const auto& [k, share] : shares(count))
    REQUIRE(share == Approx(boost::math::pdf(hypergeometric, static_cast<double>(k))).margin(1.01e-5).epsilon(1e-9));
}
