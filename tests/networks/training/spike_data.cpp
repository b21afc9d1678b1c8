/// Labelled spike trains: order, bounds, parts, shuffling, latency code.
#include "networks/training/spike_data.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <numeric>
#include <stdexcept>

using namespace spikeloom;

TEST_CASE("samples come back sorted by time, and parts are what they were", "[training]") {
  SpikeData data(3, 2, 10);
  data.add({{5, 1}, {1, 2}, {1, 0}}, 1);
  data.add({}, 0);
  data.add({{9.5, 2}}, 1);
  REQUIRE(data.size() == 3);
  CHECK(std::vector(data[0].times.begin(), data[0].times.end()) == std::vector<double>{1, 1, 5});
  CHECK(std::vector(data[0].units.begin(), data[0].units.end()) == std::vector<std::uint32_t>{0, 2, 1});
  CHECK(data[1].times.empty());
  const auto rest = data.part(1, 2);
  REQUIRE(rest.size() == 2);
  CHECK((rest[0].label == 0 && rest[1].label == 1 && rest[1].times[0] == 9.5 && rest[1].units[0] == 2));
  CHECK_THROWS_AS(data.add({{10, 0}}, 0), std::invalid_argument);
  CHECK_THROWS_AS(data.add({{1, 3}}, 0), std::invalid_argument);
  CHECK_THROWS_AS(data.add({}, 2), std::invalid_argument);
  CHECK(data.size() == 3);
}

TEST_CASE("shuffling is a permutation that depends on seed and epoch alone", "[training]") {
  auto order = shuffled(100, 1, 0);
  CHECK(order == shuffled(100, 1, 0));
  CHECK(order != shuffled(100, 1, 1));
  CHECK(order != shuffled(100, 2, 0));
  std::vector<std::uint32_t> all(100);
  std::iota(all.begin(), all.end(), 0u);
  CHECK(order != all);
  std::sort(order.begin(), order.end());
  CHECK(order == all);
}

TEST_CASE("the latency code puts bright pixels first and leaves out dark ones", "[training]") {
  const std::vector<std::uint8_t> pixels = {0, 1, 2, 255, 51};
  const auto spikes = latency_code(pixels, 20, 1);
  REQUIRE(spikes.size() == 3);
  CHECK(spikes[0].second == 2);
  CHECK(spikes[0].first == Approx(20 * (1 - 2 / 255.0)));
  CHECK((spikes[1].second == 3 && spikes[1].first == 0));
  CHECK(spikes[2].first == Approx(16));
}
