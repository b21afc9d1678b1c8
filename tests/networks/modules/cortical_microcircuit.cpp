/// The microcircuit's sizes, weights and currents against the published numbers.
#include <catch2/catch.hpp>

#include <cmath>
#include <numeric>

#include "core/errors.hpp"
#include "networks/modules/modules.hpp"

using namespace spikeloom;

namespace {

NetworkSpec circuit(const std::map<std::string, double>& numbers = {}, const std::string& input = "poisson") {
  ModelArguments arguments;
  for (const auto& [name, number] : numbers) arguments.numbers[name] = {number};
  arguments.texts["input"] = input;
  return find_module("cortical_microcircuit")->expand(arguments, 0.1);
}

const ProjectionSpec& projection(const NetworkSpec& network, const std::string& name) {
  const auto found = std::find_if(network.projections.begin(), network.projections.end(),
                                  [&](const auto& candidate) { return candidate.name == name; });
  REQUIRE(found != network.projections.end());
  return *found;
}

double synapses(const ProjectionSpec& spec) {
  return static_cast<double>(std::get<FixedTotalNumber>(spec.connect).number);
}

double constant(const Value& value) { return std::get<Constant>(value).value; }

}  // namespace

TEST_CASE("the full microcircuit has the published numbers of neurons and synapses", "[networks][modules]") {
  const auto network = circuit();
  std::uint32_t neurons = 0;
  for (const auto& population : network.populations) neurons += population.size.value_or(0);
  REQUIRE(neurons == 77169);
  double all = 0;
  for (const auto& spec : network.projections)
    if (std::holds_alternative<FixedTotalNumber>(spec.connect)) all += synapses(spec);
  REQUIRE(all == Approx(298.88e6).epsilon(1e-4));  // about 0.3 billion in the paper; 298.9 million in its NEST code
  // By hand: ln(1 - 0.1009) / ln(1 - 1 / 20683^2).
  REQUIRE(synapses(projection(network, "L23E_to_L23E")) == Approx(45499000).epsilon(1e-3));
}

TEST_CASE("the microcircuit at a tenth has the sizes of the reference runs", "[networks][modules]") {
  const auto network = circuit({{"scale", 0.1}});
  const std::array<std::uint32_t, 8> sizes{2068, 583, 2192, 548, 485, 106, 1440, 295};
  for (std::size_t k = 0; k < 8; ++k) REQUIRE(*network.populations[k].size == sizes[k]);
}

TEST_CASE("weights of the microcircuit lift the membrane by the published potentials", "[networks][modules]") {
  const auto network = circuit();
  const auto& excitatory = std::get<Normal>(projection(network, "L4E_to_L4I").weight);
  REQUIRE(excitatory.mean == Approx(87.81).margin(0.01));  // pA, table 5 of the paper: 87.8
  REQUIRE(excitatory.sd == Approx(8.781).margin(0.001));
  REQUIRE(excitatory.low == 0);
  const auto& doubled = std::get<Normal>(projection(network, "L4E_to_L23E").weight);
  REQUIRE(doubled.mean == Approx(2 * excitatory.mean));
  const auto& inhibitory = std::get<Normal>(projection(network, "L4I_to_L23E").weight);
  REQUIRE(inhibitory.mean == Approx(-4 * excitatory.mean));
  REQUIRE(inhibitory.high == 0);
  REQUIRE(std::get<Normal>(projection(network, "L4I_to_L23E").delay).mean == 0.75);
  REQUIRE(std::get<Normal>(projection(network, "L4E_to_L23E").delay).low == 0.05);
  REQUIRE(constant(network.populations[0].params.at("i_e")) == 0);
  // No synapses where the table has probability 0.
  REQUIRE(std::none_of(network.projections.begin(), network.projections.end(),
                       [](const auto& spec) { return spec.name == "L5I_to_L23E"; }));
}

TEST_CASE("a current that decays lifts the membrane by what was asked for", "[networks][modules]") {
  const auto [tau_m, tau_syn] = GENERATE(table<double, double>({{10, 0.5}, {20, 5}, {5, 20}, {10, 10}}));
  const double current = current_for_psp(0.3, tau_m, tau_syn, 200);
  // Membrane equation by small Euler steps: the highest v.
  double v = 0, i = current, peak = 0;
  const double dt = 1e-4;
  for (int step = 0; step < 1000000; ++step) {
    v += dt * (-v / tau_m + i / 200);
    i -= dt * i / tau_syn;
    peak = std::max(peak, v);
  }
  REQUIRE(peak == Approx(0.3).epsilon(1e-3));
}

TEST_CASE("a scaled microcircuit keeps the mean and variance of every input", "[networks][modules]") {
  const std::string input = GENERATE("poisson", "dc");
  const auto full = circuit({}, input);
  const auto scaled = circuit({{"scale", 0.2}, {"k_scale", 0.1}}, input);
  const std::array<double, 8> rates{0.903, 2.965, 4.414, 5.876, 7.569, 8.633, 1.105, 7.829};
  // Mean [pA] and sum of weight^2 x rate at the full network's rates, from what the specs say.
  const auto moments = [&](const NetworkSpec& network, std::size_t target) {
    const auto& population = network.populations[target];
    double mean = constant(population.params.at("i_e")), variance = 0;
    for (const auto& spec : network.projections) {
      if (spec.to != population.name) continue;
      const auto source = std::find_if(network.populations.begin(), network.populations.end(),
                                       [&](const auto& p) { return p.name == spec.from; });
      const bool background = source->model == "poisson";
      const double weight = background ? constant(spec.weight) : std::get<Normal>(spec.weight).mean;
      const double events = background ? constant(source->params.at("rate"))
                                       : synapses(spec) / *population.size *
                                             rates[static_cast<std::size_t>(source - network.populations.begin())];
      mean += 1e-3 * 0.5 * weight * events;
      variance += weight * weight * events;
    }
    return std::pair(mean, variance);
  };
  for (std::size_t target = 0; target < 8; ++target) {
    const auto [mean, variance] = moments(full, target);
    const auto [scaled_mean, scaled_variance] = moments(scaled, target);
    REQUIRE(scaled_mean == Approx(mean).epsilon(0.002));
    REQUIRE(scaled_variance == Approx(variance).epsilon(0.002));
  }
  REQUIRE(full.populations.size() == (input == "dc" ? 8 : 16));
}

TEST_CASE("in-degrees of the microcircuit shrink with its size unless told otherwise", "[networks][modules]") {
  const auto weight = [](const NetworkSpec& network) {
    return std::get<Normal>(projection(network, "L4E_to_L4I").weight).mean;
  };
  REQUIRE(weight(circuit({{"scale", 0.25}})) == Approx(2 * weight(circuit())));
  REQUIRE(weight(circuit({{"scale", 0.25}, {"k_scale", 1}})) == Approx(weight(circuit())));
  REQUIRE_THROWS_AS(circuit({{"scale", 1e-5}}), SpecError);
}
