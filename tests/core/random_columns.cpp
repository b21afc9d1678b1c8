/// Random numbers over columns against the same numbers one by one.
#include "core/random_columns.hpp"

#include <catch2/catch.hpp>

#include <cmath>
#include <vector>

using namespace spikeloom;

TEST_CASE("a column holds the words of single draws", "[core][random]") {
  std::vector<std::uint32_t> column(4 * draw_tile);
  draw_column(77, Purpose::weight, 5, 1234, 0, column);
  for (std::uint64_t k = 0; k < column.size(); ++k) {
    const std::uint64_t block = k / draw_tile * 16 + k % 16;
    REQUIRE(column[k] == draw(77, Purpose::weight, 5, 1234 | block << 32)[k % draw_tile / 16]);
  }
  std::vector<std::uint32_t> later(draw_tile);
  draw_column(77, Purpose::weight, 5, 1234, 2 * draw_tile, later);
  REQUIRE(std::equal(later.begin(), later.end(), column.begin() + 2 * draw_tile));
}

TEST_CASE("normal and exponential columns follow the double-precision functions", "[core][random]") {
  std::vector<std::uint32_t> bits{0, 1, 2, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff};
  for (std::uint64_t x = 0; x < (1ull << 32); x += 104729) bits.push_back(static_cast<std::uint32_t>(x));
  std::vector<float> normal(bits.size()), exponential(bits.size());
  normal_column(bits, normal);
  exponential_column(bits, exponential);
  for (std::size_t k = 0; k < bits.size(); ++k) {
    const double z = normal_quantile(uniform(bits[k]));
    const double e = -std::log(((bits[k] >> 1) + 0.5) * 0x1p-31);
    if (!(std::abs(normal[k] - z) <= 1e-6 * std::max(1.0, std::abs(z))) || !(std::abs(exponential[k] - e) <= 4e-6) ||
        exponential[k] < 0)
      FAIL("bits " << bits[k] << ": normal " << normal[k] << " for " << z << ", exponential " << exponential[k]
                   << " for " << e);
  }
  REQUIRE(normal[3] < 0);
  REQUIRE(normal[3] == -normal[4]);
}

TEST_CASE("integers below n are exactly uniform where multiplication alone is not", "[core][random]") {
  // With n = 3 * 2^30 a plain 32-bit multiplication maps two of every four numbers to one integer and one each to two
  // others: every third integer would come twice as often. Lemire's rejection makes residues mod 3 equally frequent.
  constexpr std::uint32_t n = 3u << 30;
  std::vector<std::uint32_t> numbers(draw_tile * 1500);
  draw_below(3, Purpose::task, 0, 9, 0, n, numbers);
  std::array<double, 3> counts{};
  for (const auto x : numbers) {
    REQUIRE(x < n);
    ++counts[x % 3];
  }
  double chi_square = 0;
  const double expected = static_cast<double>(numbers.size()) / 3;
  for (const double count : counts) chi_square += (count - expected) * (count - expected) / expected;
  REQUIRE(chi_square < 13.8);  // level 0.001, 2 degrees of freedom
  std::vector<std::uint32_t> ones(draw_tile);
  draw_below(3, Purpose::task, 0, 9, 0, 1, ones);
  REQUIRE(std::all_of(ones.begin(), ones.end(), [](auto x) { return x == 0; }));
}
