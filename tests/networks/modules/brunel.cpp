/// The Brunel network against the reference parameters.
#include <catch2/catch.hpp>

#include "networks/modules/modules.hpp"

using namespace spikeloom;

namespace {

NetworkSpec brunel(const std::map<std::string, double>& numbers, const std::string& synapses = "delta") {
  ModelArguments arguments;
  for (const auto& [name, number] : numbers) arguments.numbers[name] = {number};
  arguments.texts["synapses"] = synapses;
  return find_module("brunel")->expand(arguments, 0.1);
}

double constant(const Value& value) { return std::get<Constant>(value).value; }

}  // namespace

TEST_CASE("the default Brunel network is the reference network", "[networks][modules]") {
  const auto network = brunel({});
  REQUIRE(*network.populations[0].size == 10000);
  REQUIRE(*network.populations[1].size == 2500);
  REQUIRE(constant(network.populations[2].params.at("rate")) == Approx(20000));
  REQUIRE(network.projections.size() == 6);
  for (const auto& projection : network.projections) {
    REQUIRE(constant(projection.delay) == 1.5);
    if (projection.from == "background") continue;
    REQUIRE(std::get<FixedIndegree>(projection.connect).indegree == (projection.from == "exc" ? 1000 : 250));
    REQUIRE(constant(projection.weight) == Approx(projection.from == "exc" ? 0.1 : -0.5));
    REQUIRE_FALSE(projection.autapses);
  }
}

TEST_CASE("external input of the Brunel network follows eta and j", "[networks][modules]") {
  // At eta 1 the mean membrane potential is the threshold: rate x j x tau_m = 20 mV.
  const double j = GENERATE(0.1, 0.2);
  const auto network = brunel({{"eta", 1}, {"j", j}, {"g", 6}, {"order", 100}});
  REQUIRE(constant(network.populations[2].params.at("rate")) * 1e-3 * j * 20 == Approx(20));
  REQUIRE(constant(network.projections[1].weight) == Approx(-6 * j));
  const auto exponential = brunel({{"eta", 1}, {"j", j}, {"tau_syn", 2}}, "exp");
  const double lift = constant(exponential.projections[0].weight) * 2 / 250;  // mV: charge over capacitance
  REQUIRE(constant(exponential.populations[2].params.at("rate")) * 1e-3 * lift * 20 == Approx(20));
  REQUIRE(exponential.populations[0].model == "lif_psc_exp");
}
