/// Sources that follow a schedule: piecewise rates, regular spikes, lists of spikes.
#include <catch2/catch.hpp>

#include "tests/core/sources/statistics.hpp"

using namespace spikeloom;
using namespace spikeloom::test;

namespace {

using Spikes = std::vector<std::pair<Step, std::uint32_t>>;
using Messages = std::vector<std::string>;

const std::array one_weight{1.0f};

}  // namespace

TEST_CASE("an inhomogeneous Poisson source follows its rates", "[core][sources]") {
  const ModelArguments arguments{.lists = {{"times", {1, 2, 3}}, {"rates", {8000, 0, 20000}}}};
  const auto expected_mean = [](Step step) { return step <= 10 ? 0.0 : step <= 20 ? 0.8 : step <= 30 ? 0.0 : 2.0; };
  SECTION("of its own") {
    const std::uint32_t size = 5000;
    std::vector<double> count(51);
    for (const auto& [step, neuron] : spikes_of("poisson_inhomogeneous", arguments, size, 50))
      ++count[static_cast<std::size_t>(step)];
    for (Step step = 1; step <= 50; ++step) {
      const double expected = size * expected_mean(step);
      REQUIRE(std::abs(count[static_cast<std::size_t>(step)] - expected) <= 4 * std::sqrt(expected));
    }
  }
  SECTION("into every target") {
    const auto drive =
        find_model("poisson_inhomogeneous")->make_drive({.arguments = arguments, .weights = one_weight, .delay = 3});
    for (Step step = 4; step <= 53; ++step) {
      std::map<std::uint64_t, std::uint64_t> counts;
      for (const float x : input_of(*drive, step, 0, 5000)) ++counts[static_cast<std::uint64_t>(x)];
      const double mean = expected_mean(step - 3);
      if (mean == 0)
        REQUIRE(counts.size() == 1);
      else
        REQUIRE(poisson_p_value(counts, mean) > 1e-4);
    }
  }
}

TEST_CASE("an inhomogeneous Poisson source of one rate is a Poisson source", "[core][sources]") {
  const ModelArguments changing{.lists = {{"times", {0}}, {"rates", {500}}}}, constant{.numbers = {{"rate", {500}}}};
  REQUIRE(spikes_of("poisson_inhomogeneous", changing, 1000, 100) == spikes_of("poisson", constant, 1000, 100));
}

TEST_CASE("a regular source spikes at equal intervals", "[core][sources]") {
  const ModelArguments arguments{
      .numbers = {{"interval", {0.25}}, {"phase", {0.1}}, {"start", {0.2}}, {"stop", {1.1}}}};
  // 0.3, 0.55, 0.8, 1.05 ms; halves of a step are rounded up
  REQUIRE(spikes_of("regular", arguments, 1, 20) == Spikes{{3, 0}, {6, 0}, {8, 0}, {11, 0}});
}

TEST_CASE("regular spikes do not drift", "[core][sources]") {
  const ModelArguments arguments{.numbers = {{"rate", {30}}}};
  const auto spikes = spikes_of("regular", arguments, 1, 1000000);
  REQUIRE(spikes.size() == 3000);
  for (std::size_t k = 0; k < spikes.size(); ++k) {
    const double exact = static_cast<double>(k + 1) * 1000 / 30 / 0.1;
    REQUIRE(std::abs(static_cast<double>(spikes[k].first) - exact) <= 0.5 + 1e-9);
  }
}

TEST_CASE("regular sources may differ, spike twice in a step, or not at all", "[core][sources]") {
  const ModelArguments arguments{.numbers = {{"rate", {10000, 20000, 0}}, {"phase", {0.2, 0, 0}}}};
  REQUIRE(spikes_of("regular", arguments, 3, 2) == Spikes{{1, 1}, {1, 1}, {2, 0}, {2, 1}, {2, 1}});
  REQUIRE(spikes_of("regular", arguments, 3, 50, {1, 2}) == spikes_of("regular", arguments, 3, 50));
  REQUIRE(complaints("regular", {.numbers = {{"rate", {1}}, {"interval", {1}}}}) ==
          Messages{"rate: rate and interval both say how often it spikes"});
}

TEST_CASE("listed spikes are emitted at the nearest grid points", "[core][sources]") {
  const ModelArguments arguments{.spike_times = {0.5, 0.1, 0.54, 0.0, 0.5, 0.04, 2.0},
                                 .spike_neurons = {2, 0, 1, 3, 2, 1, 0}};
  const Spikes expected{{1, 0}, {1, 1}, {1, 3}, {5, 1}, {5, 2}, {5, 2}};
  REQUIRE(spikes_of("spike_list", arguments, 4, 10) == expected);
  REQUIRE(spikes_of("spike_list", arguments, 4, 10, {1, 2, 3}) == expected);
  REQUIRE(find_model("spike_list")->takes_spikes);
}

TEST_CASE("impossible spikes are reported", "[core][sources]") {
  REQUIRE(complaints("spike_list", {.spike_times = {1, -2}, .spike_neurons = {0, 0}}) ==
          Messages{"spikes: spike 2 lies before the start, or is no time"});
  REQUIRE(complaints("spike_list", {.spike_times = {1, 2}, .spike_neurons = {0, 0}}).empty());
  const ModelArguments arguments{.spike_times = {1}, .spike_neurons = {4}};
  REQUIRE_THROWS_WITH(spikes_of("spike_list", arguments, 4, 1), Catch::Contains("neuron 4 does not exist"));
}

TEST_CASE("sources keep no state", "[core][sources]") {
  const ModelArguments arguments{.spike_times = {0.5}, .spike_neurons = {2}}, initial;
  const auto slice =
      find_model("spike_list")
          ->make_slice({.arguments = arguments, .initial = initial, .population_size = 4, .first = 1, .count = 3});
  std::vector<std::uint32_t> spiked;
  for (const Step step : {5, 4, 5}) slice->advance(step, nullptr, spiked);
  REQUIRE(spiked == std::vector<std::uint32_t>{1, 1});
  REQUIRE(slice->state_columns().empty());
  REQUIRE(slice->row_count() == 0);
}
