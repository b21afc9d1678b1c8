/// Normal numbers by pairs: the transform of their bits, and normal.
#include "core/normal_pairs.hpp"

#include <boost/math/distributions/normal.hpp>
#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "core/step_draws.hpp"
#include "tests/core/sources/statistics.hpp"

using namespace spikeloom;

namespace {

std::vector<float> normals(std::uint32_t stream, std::size_t count) {
  std::vector<std::uint32_t> words(count);
  step_draws(5, Purpose::task, stream, 0, 0, words);
  std::vector<float> out(count);
  normal_pairs(words, out);
  return out;
}

}  // namespace

TEST_CASE("normal pairs are Box and Muller's transform of their bits", "[core][random]") {
  std::vector<std::uint32_t> words(2048);
  step_draws(5, Purpose::task, 1, 0, 0, words);
  words[0] = 0, words[1] = 1, words[2] = ~0u, words[3] = 0x80000000u, words[4] = 0xffff0000u;
  words[1024] = 0, words[1025] = ~0u, words[1026] = 0x7fffffffu, words[1027] = 0x20000000u;
  std::vector<float> out(2048);
  normal_pairs(words, out);
  for (std::size_t k = 0; k < 1024; ++k) {
    const double minus_log = -std::log((static_cast<double>(words[k] >> 1) + 0.5) * 0x1p-31);
    const std::uint32_t bits = words[k + 1024];
    const double angle = std::numbers::pi / 4 * (1 + static_cast<std::int32_t>(bits << 2) * 0x1p-31);
    const double x = (bits >> 31 ? -1 : 1) * std::sqrt(2 * minus_log) * std::cos(angle);
    const double y = (bits >> 30 & 1 ? -1 : 1) * std::sqrt(2 * minus_log) * std::sin(angle);
    // where ln u is near 0, the rounding of u to 24 bits shows: 2^-25 in -ln u
    const double tolerance = 1e-6 * std::sqrt(2 * minus_log) + 0x1p-24 / std::sqrt(minus_log + 0x1p-25);
    REQUIRE(std::abs(out[k] - x) < tolerance);
    REQUIRE(std::abs(out[k + 1024] - y) < tolerance);
  }
}

TEST_CASE("normal pairs have the moments of the normal distribution", "[core][random]") {
  const std::size_t n = 1 << 22;
  const auto z = normals(2, n);
  double sum[5] = {};
  for (const double x : z) {
    sum[1] += x;
    sum[2] += x * x;
    sum[3] += x * x * x;
    sum[4] += x * x * x * x;
  }
  const double sigma = 1 / std::sqrt(static_cast<double>(n));  // times the moment's own deviation
  REQUIRE(std::abs(sum[1] / n) < 4 * sigma);
  REQUIRE(std::abs(sum[2] / n - 1) < 4 * std::sqrt(2.0) * sigma);
  REQUIRE(std::abs(sum[3] / n) < 4 * std::sqrt(15.0) * sigma);
  REQUIRE(std::abs(sum[4] / n - 3) < 4 * std::sqrt(96.0) * sigma);
  const auto half = static_cast<std::ptrdiff_t>(n / 2);
  REQUIRE(std::abs(test::correlation_z({z.begin(), z.begin() + half}, {z.begin() + half, z.end()})) < 4);
}

TEST_CASE("normal pairs pass a Kolmogorov-Smirnov test", "[core][random][numbers]") {
  const std::size_t n = 1 << 20;
  auto z = normals(3, n);
  std::sort(z.begin(), z.end());
  const boost::math::normal standard;
  double distance = 0;
  for (std::size_t k = 0; k < n; ++k) {
    const double p = boost::math::cdf(standard, double{z[k]});
    distance = std::max({distance, p - static_cast<double>(k) / n, static_cast<double>(k + 1) / n - p});
  }
  REQUIRE(distance * std::sqrt(static_cast<double>(n)) < 2.22);  // level 1e-4
}

TEST_CASE("normal pairs are the bits they have always been", "[core][random]") {
  REQUIRE(test::fingerprint(normals(4, 4096)) == 0xd037e0e640aeb913);
}
