/// Random numbers: known answers of Philox, open intervals, the normal distribution against its tables.
#include "core/random.hpp"

#include <boost/math/distributions/normal.hpp>
#include <catch2/catch.hpp>

#include <cmath>

using namespace spikeloom;

TEST_CASE("a draw is Philox4x32-10 of its counter and key", "[core][random]") {
  // Known answers of Salmon et al. (kat_vectors of Random123): all zero, and the digits of pi.
  REQUIRE(draw(0, Purpose{}, 0, 0, 0) == Draw{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  REQUIRE(draw(0x299f31d0a4093822, Purpose{}, 0x03707344, 0x85a308d3243f6a88, 0x13198a2e) ==
          Draw{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
  REQUIRE(draw(1, Purpose::weight, 0, 0) != draw(1, Purpose::delay, 0, 0));
}

TEST_CASE("uniform numbers stay inside the open interval", "[core][random]") {
  constexpr std::uint32_t ones = 0xffffffff;
  REQUIRE(uniform(0u) > 0);
  REQUIRE(uniform(ones) < 1);
  REQUIRE(uniform(0u, 0u) > 0);
  REQUIRE(uniform(ones, ones) < 1);
  REQUIRE(1 - uniform(ones, ones) == uniform(0u, 0u));
  REQUIRE(below(7, 0, 0) == 0);
  REQUIRE(below(7, ones, ones) == 6);
}

TEST_CASE("the normal quantile agrees with an independent library", "[core][random]") {
  const boost::math::normal_distribution<double> normal;
  for (double p = 1e-300; p < 0.5; p *= 1.37)
    REQUIRE(normal_quantile(p) == Approx(boost::math::quantile(normal, p)).epsilon(2e-15));
  for (double p = 0.01; p < 1; p += 0.00913)
    REQUIRE(normal_quantile(p) == Approx(boost::math::quantile(normal, p)).epsilon(2e-14).margin(1e-15));
  REQUIRE(normal_quantile(0.5) == 0);
}

TEST_CASE("the normal cumulative probability undoes the quantile", "[core][random]") {
  for (double p = 1e-200; p < 1; p *= 1.83) REQUIRE(normal_cdf(normal_quantile(p)) == Approx(p).epsilon(2e-12));
  REQUIRE(normal_cdf(0) == 0.5);
  REQUIRE(normal_cdf(std::numeric_limits<double>::infinity()) == 1);
  REQUIRE(normal_cdf(-std::numeric_limits<double>::infinity()) == 0);
}
