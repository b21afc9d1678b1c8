/// Layouts and distances.
#include "networks/positions.hpp"

#include <catch2/catch.hpp>

#include <cmath>

#include "core/errors.hpp"
#include "tests/networks/statistics.hpp"

using namespace spikeloom;

TEST_CASE("a grid fills x first", "[networks][positions]") {
  const auto p = place_neurons(GridLayout{3, 2, 2, 10}, 12, 1, 0);
  REQUIRE(p.x == std::vector<double>{0, 10, 20, 0, 10, 20, 0, 10, 20, 0, 10, 20});
  REQUIRE(p.y == std::vector<double>{0, 0, 0, 10, 10, 10, 0, 0, 0, 10, 10, 10});
  REQUIRE(p.z == std::vector<double>{0, 0, 0, 0, 0, 0, 10, 10, 10, 10, 10, 10});
  REQUIRE(p.extent_x == 30);
  REQUIRE(place_neurons(GridLayout{3, 4, 1, 10}, 12, 1, 0).extent_z == 0);
  REQUIRE_THROWS_AS(place_neurons(GridLayout{3, 2, 1, 10}, 7, 1, 0), SpecError);
}

TEST_CASE("random positions are uniform in the box and belong to neuron, population and seed",
          "[networks][positions]") {
  const RandomLayout box{100, 50, 20};
  const auto p = place_neurons(box, 10000, 7, 2);
  std::array<int, 100> cells{};
  for (std::size_t k = 0; k < p.size(); ++k) {
    REQUIRE((p.z[k] > 0 && p.z[k] < 20));
    ++cells[static_cast<std::size_t>(p.x[k] / 10) * 10 + static_cast<std::size_t>(p.y[k] / 5)];
  }
  REQUIRE(testing::chi_square(cells, 100) < testing::chi_square_limit(99));
  REQUIRE(place_neurons(box, 10, 7, 2).x[9] == p.x[9]);
  REQUIRE(place_neurons(box, 10, 7, 3).x[9] != p.x[9]);
  REQUIRE(place_neurons(box, 10, 8, 2).x[9] != p.x[9]);
  REQUIRE(place_neurons(RandomLayout{1, 1, 0}, 3, 7, 2).z == std::vector<double>{0, 0, 0});
}

TEST_CASE("an array layout needs a coordinate per neuron", "[networks][positions]") {
  REQUIRE(place_neurons(ArrayLayout{{1, 2}, {3, 4}, {}}, 2, 1, 0).z == std::vector<double>{0, 0});
  REQUIRE_THROWS_AS(place_neurons(ArrayLayout{{1, 2}, {3}, {}}, 2, 1, 0), SpecError);
  REQUIRE(place_neurons(std::nullopt, 5, 1, 0).empty());
}

TEST_CASE("periodic distances go the shorter way round", "[networks][positions]") {
  const auto grid = place_neurons(GridLayout{10, 10, 1, 1}, 100, 1, 0);
  std::vector<float> distances;
  const std::vector<std::uint32_t> corner_and_middle{99, 55};
  distances_to(grid, 0, grid, corner_and_middle, false, distances);
  REQUIRE(distances[0] == Approx(std::sqrt(162)));
  distances_to(grid, 0, grid, corner_and_middle, true, distances);
  REQUIRE(distances[0] == Approx(std::sqrt(2)));
  REQUIRE(distances[1] == Approx(std::sqrt(50)));
}
