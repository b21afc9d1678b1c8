/// Delays and weights of synapses: rounding, distributions, arrays, distance, source-driven rules.
#include "networks/wiring.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>

#include "core/errors.hpp"
#include "core/random_columns.hpp"
#include "tests/networks/statistics.hpp"

using namespace spikeloom;

namespace {

struct Projection {
  ProjectionSpec spec;
  std::uint32_t sources, targets;
  Positions source_positions = {}, target_positions = {};

  Projection(ConnectRule rule, std::uint32_t from, std::uint32_t to) : sources(from), targets(to) {
    spec.from = "a";
    spec.to = "b";
    spec.connect = std::move(rule);
  }
  Wiring wiring(double resolution = 0.1) const {
    return Wiring({spec, sources, targets, source_positions, target_positions, 9, 4}, resolution);
  }
  SynapseBlock block(std::uint32_t neuron, double resolution = 0.1) const {
    SynapseBlock block;
    wiring(resolution).synapses_of(neuron, block, true);
    return block;
  }
};

}  // namespace

TEST_CASE("delays are axonal plus dendritic, to the nearest step, at least one", "[networks][wiring]") {
  Projection projection(AllToAll{}, 3, 3);
  const auto steps = [&](double dendritic, double axonal) {
    projection.spec.delay = Constant{dendritic};
    projection.spec.axonal_delay = axonal;
    return projection.block(0).delays;
  };
  REQUIRE(steps(1.5, 0) == std::vector<std::int32_t>{15});
  REQUIRE(steps(1.5, 0.3) == std::vector<std::int32_t>{18});
  REQUIRE(steps(0.14, 0) == std::vector<std::int32_t>{1});
  REQUIRE(steps(0.01, 0) == std::vector<std::int32_t>{1});
  REQUIRE(projection.wiring().alike_delays());
  projection.spec.delay = UniformInteger{1, 20, 1};
  projection.spec.axonal_delay = 2;
  for (const auto delay : projection.block(1).delays) REQUIRE((delay % 10 == 0 && delay >= 30 && delay <= 220));
}

TEST_CASE("values of synapses follow their distributions", "[networks][wiring]") {
  Projection projection(AllToAll{}, 50000, 4);
  const double tolerance = 4 / std::sqrt(50000.0);
  const auto moments = [&](const Value& value) {
    projection.spec.weight = value;
    const auto weights = projection.block(2).weights;
    double sum = 0, squares = 0;
    for (const float w : weights)
      sum += static_cast<double>(w), squares += static_cast<double>(w) * static_cast<double>(w);
    const double mean = sum / static_cast<double>(weights.size());
    const auto [low, high] = std::minmax_element(weights.begin(), weights.end());
    return std::array<double, 4>{mean, std::sqrt(squares / static_cast<double>(weights.size()) - mean * mean),
                                 static_cast<double>(*low), static_cast<double>(*high)};
  };
  const auto uniform = moments(Uniform{-1, 3});
  REQUIRE(uniform[0] == Approx(1).margin(1.2 * tolerance));
  REQUIRE((uniform[2] >= -1 && uniform[3] <= 3));
  const auto normal = moments(Normal{87.8, 8.78});
  REQUIRE(normal[0] == Approx(87.8).margin(8.78 * tolerance));
  REQUIRE(normal[1] == Approx(8.78).margin(8.78 * tolerance));
  const auto half = moments(Normal{0, 1, 0, HUGE_VAL});
  REQUIRE(half[0] == Approx(std::sqrt(2 / M_PI)).margin(0.61 * tolerance));
  REQUIRE(half[2] >= 0);
  const auto far = moments(Normal{0, 1, 6, 7});  // mean of the density beyond 6: phi(6) / Phi(-6)
  REQUIRE(far[0] == Approx(6.1584).margin(0.16 * tolerance));
  REQUIRE((far[2] >= 6 && far[3] <= 7));
  REQUIRE(moments(LogNormal{0, 0.5, 2})[0] == Approx(2 * std::exp(0.125)).margin(1.3 * tolerance));
  REQUIRE(moments(Exponential{2, 1})[0] == Approx(3).margin(2 * tolerance));
  REQUIRE(moments(UniformInteger{0, 9, 1})[0] == Approx(4.5).margin(2.9 * tolerance));
  REQUIRE(moments(Expression{"2*r", 3})[0] == Approx(3).margin(1.8 * tolerance));
}

TEST_CASE("a normal weight is the quantile of its random bits", "[networks][wiring]") {
  Projection projection(AllToAll{}, 100, 4);
  projection.spec.weight = Normal{0, 1};
  std::vector<std::uint32_t> bits(whole_tiles(100));
  draw_column(9, Purpose::weight, 4, 3, 0, bits);
  const auto weights = projection.block(3).weights;
  for (std::size_t k = 0; k < weights.size(); ++k)
    REQUIRE(weights[k] == Approx(normal_quantile(uniform(bits[k]))).epsilon(1e-5).margin(1e-6));
}

TEST_CASE("the count pass and the fill pass see the same synapses", "[networks][wiring]") {
  Projection projection(FixedTotalNumber{5000}, 100, 50);
  projection.spec.weight = Normal{1, 0.1};
  projection.spec.delay = Normal{1.5, 0.75, 0.05};
  const Wiring wiring = projection.wiring();
  SynapseBlock counted, filled;
  for (std::uint32_t target = 0; target < 50; ++target) {
    wiring.synapses_of(target, counted, false);
    wiring.synapses_of(target, filled, true);
    REQUIRE(counted.partners == filled.partners);
    REQUIRE(counted.delays == filled.delays);
    REQUIRE(filled.weights.size() == filled.partners.size());
    REQUIRE(filled.delays.size() == filled.partners.size());
  }
  REQUIRE(counted.weights.empty());
}

TEST_CASE("weights and delays of a table come from its rows", "[networks][wiring]") {
  Projection projection(SynapseList{{4, 0, 4, 2}, {1, 0, 1, 1}, {10, 20, 30, 40}, {1, 2, 0.5, 4}}, 5, 3);
  const auto block = projection.block(1);
  REQUIRE(block.weights == std::vector<float>{10, 30, 40});
  REQUIRE(block.delays == std::vector<std::int32_t>{10, 5, 40});
  REQUIRE(projection.block(2).partners.empty());
}

TEST_CASE("an all_to_all array is a matrix with one row per target", "[networks][wiring]") {
  Projection projection(AllToAll{}, 2, 2);
  projection.spec.weight = Array{{1, 2, 3, 4}};
  REQUIRE(projection.block(1).weights == std::vector<float>{3, 4});
  projection.spec.to = "a";
  projection.spec.autapses = false;
  REQUIRE(projection.block(0).weights == std::vector<float>{2});
  projection.spec.weight = Array{{1, 2, 3}};
  REQUIRE_THROWS_WITH(projection.block(0), Catch::Contains("3 numbers for 4 synapses"));
  projection.spec.connect = FixedIndegree{1};
  REQUIRE_THROWS_WITH(projection.block(0), Catch::Contains("an array needs a rule whose synapses are numbered"));
}

TEST_CASE("formulas of synapses see distance, source and target, whichever end drives", "[networks][wiring]") {
  const ConnectRule rule = GENERATE(ConnectRule{AllToAll{}}, ConnectRule{FixedOutdegree{20}});
  Projection projection(rule, 4, 9);
  projection.source_positions = place_neurons(GridLayout{4, 1, 1, 10}, 4, 1, 0);
  projection.target_positions = place_neurons(GridLayout{3, 3, 1, 10}, 9, 1, 1);
  projection.spec.weight = Expression{"100*i + j + 0*d", 1};
  projection.spec.delay = Expression{"0.5 + d/100", 1};
  const bool by_target = projection.wiring().driver() == Connector::Driver::target;
  const auto block = projection.block(2);
  REQUIRE(block.partners.size() == (by_target ? 4 : 20));
  for (std::size_t k = 0; k < block.partners.size(); ++k) {
    const std::uint32_t target = by_target ? 2 : block.partners[k], source = by_target ? block.partners[k] : 2;
    REQUIRE(block.weights[k] == static_cast<float>(100 * target + source));
    const double d = std::hypot(10.0 * source - 10.0 * (target % 3), 10.0 * (target / 3));
    REQUIRE(block.delays[k] == std::lround(5 + d / 10));
  }
}

TEST_CASE("weight and delay formulas of one synapse share r", "[networks][wiring]") {
  Projection projection(AllToAll{}, 40, 2);
  projection.spec.weight = Expression{"r", 1};
  projection.spec.delay = Expression{"1 + 10*r", 1};
  const auto block = projection.block(1);
  for (std::size_t k = 0; k < 40; ++k)
    REQUIRE(block.delays[k] == std::lround(10 + 100 * static_cast<double>(block.weights[k])));
}

TEST_CASE("what cannot be wired names the value", "[networks][wiring]") {
  Projection projection(AllToAll{}, 4, 4);
  const auto path = [&] {
    try {
      projection.block(0);
    } catch (const SpecError& error) {
      return error.problems().front().path + ": " + error.problems().front().what;
    }
    return std::string("sound");
  };
  REQUIRE(path() == "sound");
  projection.spec.weight = Expression{"d", 1};
  REQUIRE(path() == "weight: the formula uses distance, but not both populations have positions");
  projection.spec.weight = Expression{"1/j", 1};
  REQUIRE_THAT(path(), Catch::Contains("gives inf for the synapse from neuron 0 to neuron 0"));
  projection.spec.weight = Constant{1};
  projection.spec.delay = Normal{1, 0.1, 50, 60};
  REQUIRE_THAT(path(), Catch::StartsWith("delay: next to nothing of a normal distribution"));
}
