/// Dots that cross a retina, and the network that looks at them.
#include "networks/delays/direction_detectors.hpp"

#include <catch2/catch.hpp>

#include <cmath>
#include <set>

using namespace spikeloom;

TEST_CASE("dots cross the retina lane by lane in the direction of their presentation", "[networks][delay_stdp]") {
  DotTask task;
  task.presentations = 40;
  task.dots = 3;
  task.speed = 0.5;
  task.spread = task.jitter = task.rate = 0;
  const auto input = draw_dot_input(task, 1);
  REQUIRE(input.directions.size() == 40);
  REQUIRE(input.times.size() == 40u * 3 * 16);
  std::set<std::uint32_t> seen;
  for (std::size_t s = 0; s < input.times.size(); ++s) {
    const auto k = s / 48;
    const auto direction = input.directions[k];
    seen.insert(direction);
    const auto x = input.neurons[s] % 16, y = input.neurons[s] / 16, along = direction < 2 ? x : y;
    const auto step = direction % 2 == 0 ? along : 15 - along;
    REQUIRE(input.times[s] == Approx(input.onsets[k] + 2.0 * step));
  }
  CHECK(seen.size() == 4);
}

TEST_CASE("variants of competing neurons start alike and inhibit each other, not themselves",
          "[networks][delay_stdp]") {
  DotTask task;
  task.presentations = 2;
  const DirectionDetectorParams params;
  const std::vector<DetectorVariant> variants = {{.name = "a"}, {.name = "b", .delays_learn = false}};
  const auto network = direction_network(params, task, draw_dot_input(task, 1), variants, 1).network;
  REQUIRE(network.populations.size() == 3);
  REQUIRE(network.projections.size() == 4);
  const auto& first = std::get<SynapseList>(network.projections[0].connect);
  const auto& second = std::get<SynapseList>(network.projections[2].connect);
  CHECK(first.delays == second.delays);
  CHECK(first.weights == second.weights);
  CHECK(network.projections[2].plasticity->params.at("b_plus") == 0);
  const auto& rivals = std::get<SynapseList>(network.projections[1].connect);
  CHECK(rivals.sources.size() == 8u * 7);
  for (std::size_t s = 0; s < rivals.sources.size(); ++s) {
    CHECK(rivals.sources[s] != rivals.targets[s]);
    CHECK(rivals.weights[s] < 0);
  }
}
