/// exp as arithmetic against the library's.
#include "core/models/exponential.hpp"

#include <catch2/catch.hpp>

#include <cmath>

using namespace spikeloom;

TEST_CASE("the exponential is exact to two units in the last place", "[core][models][exponential]") {
  double worst = 0, worst_float = 0;
  for (int k = -70000; k <= 70000; ++k) {
    const double x = 0.01 * k + 1e-7 * (k % 97);
    worst = std::max(worst, std::abs(exponential(x) / std::exp(x) - 1));
    const auto y = static_cast<float>(x * 0.12);
    worst_float =
        std::max(worst_float, std::abs(static_cast<double>(exponential(y)) / std::exp(static_cast<double>(y)) - 1));
  }
  REQUIRE(worst < 2 * 0x1p-52);
  REQUIRE(worst_float < 2 * 0x1p-23);
  REQUIRE(exponential(0.0) == 1);
  REQUIRE(exponential(0.0f) == 1);
}

TEST_CASE("the exponential saturates instead of overflowing", "[core][models][exponential]") {
  REQUIRE(std::isfinite(exponential(1e30f)));
  REQUIRE(std::isfinite(exponential(1e300)));
  REQUIRE(exponential(-1e30f) > 0);
  REQUIRE(exponential(-1e300) > 0);
  REQUIRE(exponential(-1e300) < 1e-300);
}
