/// Small recurrent networks with `timing: exact`, against a plain simulator in long double and against the grid.
#include <catch2/catch.hpp>

#include <cmath>

#include "networks/build.hpp"
#include "tests/reference/exact_oracle.hpp"

using namespace spikeloom;
using Kind = reference::LifNeuron::Kind;

namespace {

constexpr std::uint32_t neurons = 20, sources = 30;
constexpr double duration = 60;  // ms
// Delta neurons fire when something arrives, so that all times differ by delays (multiples of 0.5 ms): refractoriness
// must not end at such a time, where rounding decides.
constexpr double t_ref = 1.775;

std::string model_name(Kind kind) {
  return kind == Kind::delta ? "lif_psc_delta" : kind == Kind::exponential ? "lif_psc_exp" : "lif_psc_alpha";
}

ProjectionSpec projection(const std::string& from, std::uint32_t indegree, Value weight) {
  ProjectionSpec spec;
  spec.name = from;
  spec.from = from;
  spec.to = "cells";
  spec.connect = FixedIndegree{indegree};
  spec.weight = std::move(weight);
  spec.delay = UniformInteger{4, 9, 0.5};
  return spec;
}

/// Neurons that excite and inhibit each other, driven by a list of spikes at times that lie on no grid.
ExperimentSpec experiment(Kind kind) {
  PopulationSpec cells, input;
  cells.name = "cells";
  cells.model = model_name(kind);
  cells.size = neurons;
  cells.params["t_ref"] = Constant{t_ref};
  if (kind != Kind::delta) cells.params["tau_syn_ex"] = Constant{1.5}, cells.params["tau_syn_in"] = Constant{3};
  input.name = "input";
  input.model = "spike_list";
  input.size = sources;
  for (std::uint32_t k = 0; k < 25 * sources; ++k) {
    const auto bits = draw(3, Purpose::task, 8, k);
    input.spike_times.push_back(0.5 + (duration - 1) * uniform(bits[0], bits[1]));
    input.spike_neurons.push_back(k % sources);
  }
  const double unit = kind == Kind::delta ? 0.01 : 1;
  ExperimentSpec spec;
  spec.seed = 11;
  spec.timing = Timing::exact;
  spec.precision = Precision::double_;
  spec.network.populations = {cells, input};
  spec.network.projections = {projection("input", 10, Uniform{100 * unit, 400 * unit}),
                              projection("cells", 6, Uniform{-300 * unit, 250 * unit})};
  spec.record.spikes = {{"cells"}};
  spec.run.partitions = 3;
  return spec;
}

std::vector<std::vector<double>> spike_times(Engine& engine, double resolution) {
  std::vector<std::vector<double>> times(neurons);
  for (const auto& spike : engine.run_until(std::llround(duration / resolution), false).spikes)
    times[spike.neuron].push_back(static_cast<double>(spike.step) * resolution - spike.before);
  return times;
}

/// The synapses of a built network, read back from its tables.
std::vector<reference::LifConnection> connections_of(const Engine& engine, double resolution) {
  std::vector<reference::LifConnection> connections;
  std::vector<Synapse> synapses;
  for (const auto& partition : engine.partitions()) {
    synapses.clear();
    for (const auto source : partition->table().sources()) partition->table().decode(source, synapses);
    for (const auto& synapse : synapses) {
      const auto target = partition->target_of(synapse.slot);
      connections.push_back({synapse.source, target.neuron, synapse.delay * static_cast<long double>(resolution),
                             synapse.weight, synapse.weight < 0});
    }
  }
  return connections;
}

}  // namespace

TEST_CASE("small exact networks spike when a plain simulator in long double says", "[networks][exact][slow]") {
  const auto kind = GENERATE(Kind::delta, Kind::exponential, Kind::alpha);
  const auto spec = experiment(kind);
  auto network = build(spec, 1);
  const auto connections = connections_of(*network.engine, spec.resolution);
  REQUIRE(connections.size() == neurons * 16);
  reference::LifNeuron neuron;
  neuron.kind = kind;
  neuron.t_ref = t_ref;
  if (kind != Kind::delta) neuron.tau_ex = 1.5, neuron.tau_in = 3;
  const auto& input = spec.network.populations[1];
  std::vector<std::vector<long double>> given(sources);
  for (std::size_t k = 0; k < input.spike_times.size(); ++k)
    given[input.spike_neurons[k]].push_back(input.spike_times[k]);
  const auto expected =
      reference::simulate(std::vector(neurons, neuron), given, connections, static_cast<long double>(duration), 0.05L);
  const auto times = spike_times(*network.engine, spec.resolution);
  std::size_t count = 0;
  long double worst = 0;
  for (std::size_t n = 0; n < neurons; ++n) {
    INFO("neuron " << n);
    REQUIRE(times[n].size() == expected[n].size());
    for (std::size_t k = 0; k < times[n].size(); ++k) worst = std::max(worst, std::abs(times[n][k] - expected[n][k]));
    count += times[n].size();
  }
  REQUIRE(count > 60);
  REQUIRE(worst < 1e-9L);
}

TEST_CASE("a network on the grid approaches the exact one in proportion to its step", "[networks][exact]") {
  // Not delta neurons: two jumps within one step are added there, and what follows is another course.
  const auto kind = GENERATE(Kind::exponential, Kind::alpha);
  auto spec = experiment(kind);
  const auto exact = spike_times(*build(spec, 1).engine, spec.resolution);
  spec.timing = Timing::grid;
  const auto mean_error = [&](double resolution) {
    spec.resolution = resolution;
    const auto times = spike_times(*build(spec, 1).engine, resolution);
    double sum = 0, count = 0;
    for (std::size_t n = 0; n < neurons; ++n) {
      INFO("neuron " << n << ", step " << resolution);
      REQUIRE(times[n].size() == exact[n].size());
      for (std::size_t k = 0; k < times[n].size(); ++k) sum += std::abs(times[n][k] - exact[n][k]), ++count;
    }
    return sum / count;
  };
  const double coarse = mean_error(0.1 / 32), fine = mean_error(0.1 / 256);
  CAPTURE(coarse, fine);
  REQUIRE(coarse < 5 * 0.1 / 32);
  REQUIRE(fine == Approx(coarse / 8).epsilon(0.3));
}
