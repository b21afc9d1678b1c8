/// Yin-Yang against what NumPy draws, and what the classes of the data set say about it.
#include "networks/tasks/yin_yang.hpp"

#include <catch2/catch.hpp>
#include <xxhash.h>

#include <algorithm>
#include <cmath>

using namespace spikeloom;

namespace {

std::array<int, 3> counts(const YinYangData& data) {
  std::array<int, 3> number{};
  for (const auto label : data.labels) ++number[static_cast<std::size_t>(label)];
  return number;
}

/// The class of most of the five nearest points; of equally many the lower class.
std::int32_t nearest_five(const YinYangData& known, const std::array<double, 4>& point) {
  std::vector<std::pair<double, std::int32_t>> distances(known.labels.size());
  for (std::size_t k = 0; k < distances.size(); ++k) {
    double sum = 0;
    for (std::size_t d = 0; d < 4; ++d) sum += (known.features[k][d] - point[d]) * (known.features[k][d] - point[d]);
    distances[k] = {sum, known.labels[k]};
  }
  std::nth_element(distances.begin(), distances.begin() + 5, distances.end());
  std::array<int, 3> votes{};
  for (std::size_t k = 0; k < 5; ++k) ++votes[static_cast<std::size_t>(distances[k].second)];
  return static_cast<std::int32_t>(std::max_element(votes.begin(), votes.end()) - votes.begin());
}

}  // namespace

TEST_CASE("Yin-Yang draws the points of the published data set", "[tasks][yin_yang]") {
  // Drawn by NumPy 1.24 with RandomState(42): first, second, last.
  const auto data = make_yin_yang(5000, 42);
  REQUIRE(data.features[0] ==
          std::array{0x1.5c51450ae9de0p-1, 0x1.cd4fad08539c4p-2, 1 - 0x1.5c51450ae9de0p-1, 1 - 0x1.cd4fad08539c4p-2});
  REQUIRE(data.features[1][0] == 0x1.9010a27637b70p-4);
  REQUIRE(data.features[1][1] == 0x1.5e53ca8f6cf61p-1);
  REQUIRE(data.features[4999][0] == 0x1.89c4d1458e203p-1);
  REQUIRE(data.features[4999][1] == 0x1.2d3ac2bedbf80p-1);
  REQUIRE(std::array{data.labels[0], data.labels[1], data.labels[4999]} == std::array{2, 1, 2});
  REQUIRE(counts(data) == std::array{1681, 1702, 1617});
  REQUIRE(counts(make_yin_yang(1000, 41)) == std::array{316, 336, 348});
  REQUIRE(counts(make_yin_yang(1000, 40)) == std::array{350, 316, 334});
  CHECK(XXH3_64bits(data.features.data(), data.features.size() * sizeof data.features[0]) == 0x7bd5be1fa5116775);
}

TEST_CASE("Yin-Yang points lie in the disc and in the region of their class", "[tasks][yin_yang]") {
  const auto data = make_yin_yang(5000, GENERATE(1u, 42u));
  for (const int number : counts(data)) {  // three standard deviations around a third
    CHECK(number >= 1567);
    CHECK(number <= 1767);
  }
  for (std::size_t k = 0; k < data.labels.size(); ++k) {
    const auto [x, y, x_mirrored, y_mirrored] = data.features[k];
    const double right = std::hypot(x - 0.75, y - 0.5), left = std::hypot(x - 0.25, y - 0.5);
    const bool dot = right < 0.1 || left < 0.1;
    const bool yin = left <= 0.25 || (y > 0.5 && right > 0.25);  // outside the dots
    REQUIRE(std::hypot(x - 0.5, y - 0.5) <= 0.5);
    REQUIRE(data.labels[k] == (dot ? 2 : yin ? 1 : 0));
    REQUIRE(x + x_mirrored == Approx(1));
    REQUIRE(y + y_mirrored == Approx(1));
  }
}

TEST_CASE("five nearest neighbours tell the classes of Yin-Yang", "[tasks][yin_yang][slow]") {
  const auto known = make_yin_yang(5000, 42), asked = make_yin_yang(1000, 40);
  int right = 0;
  for (std::size_t k = 0; k < asked.labels.size(); ++k)
    right += nearest_five(known, asked.features[k]) == asked.labels[k];
  CHECK(right >= 970);
}
