/// A DCLS network in the event-driven engine: the same spikes and potentials, bit for bit.
#include "networks/dcls/handover.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <map>

#include "networks/build.hpp"
#include "tests/plasticity/dcls/draws.hpp"

using namespace spikeloom;
using tests::number;
using tests::random_spikes;

namespace {

DclsNetwork<float> network_of(DclsReadout readout) {
  DclsConfig config;
  config.units = {30, 24, 16, 5};
  config.steps = 50;
  config.length = 11;
  config.taps = 2;
  config.tau = 1.5;
  config.readout = readout;
  config.v_th_out = 0.5;
  DclsNetwork<float> network(config, 2);
  for (std::size_t j = 0; j < network.mean.size(); ++j) {
    network.mean[j] = 0.2 * number(4, 0, -1, 1, j);
    network.variance[j] = number(4, 1, 0.3, 1.5, j);
    network.beta[j] = static_cast<float>(number(4, 2, -0.2, 0.4, j));
  }
  return network;
}

}  // namespace

TEST_CASE("the engine repeats every spike and potential of a DCLS network", "[dcls][handover]") {
  const auto readout = GENERATE(DclsReadout::softmax_sum, DclsReadout::spike_count);
  const DclsInference network(network_of(readout));
  const double resolution = 10;
  for (std::uint32_t sample = 0; sample < 3; ++sample) {
    const auto input = random_spikes(sample, 30, 50, 0.1);
    const auto response = network.run(input);
    ExperimentSpec experiment;
    experiment.resolution = resolution;
    experiment.network = dcls_network_spec(network, input, resolution);
    for (const char* name : {"hidden_1", "hidden_2", "output"}) experiment.record.spikes.push_back({name});
    experiment.record.states = {{"u", "v_m", "output", {0, 1, 2, 3, 4}, resolution}};
    auto built = build(experiment, 1 + static_cast<int>(sample));
    const auto stretch = built.engine->run_until(engine_duration(network) + 1, false);

    std::vector<std::pair<Step, NeuronId>> expected, happened;
    std::map<std::string, NeuronId> first;
    NeuronId next = 0;
    for (const auto& population : experiment.network.populations) {
      first[population.name] = next;
      next += *population.size;
    }
    const std::array<const char*, 3> names = {"hidden_1", "hidden_2", "output"};
    for (std::size_t l = 0; l < 3; ++l)
      for (const auto& spike : response.spikes[l])
        expected.emplace_back(engine_step(l, spike.step), first[names[l]] + spike.unit);
    std::sort(expected.begin(), expected.end());
    for (const auto& spike : stretch.spikes) happened.emplace_back(spike.step, spike.neuron);
    REQUIRE(expected.size() > 100);
    REQUIRE(happened == expected);

    if (readout == DclsReadout::spike_count) continue;  // potentials are recorded after the reset
    const auto& frames = stretch.frames.front();
    for (std::size_t t = 0; t < network.layers().back().steps_out; ++t)
      for (std::size_t k = 0; k < 5; ++k)
        REQUIRE(frames.values[static_cast<std::size_t>(engine_step(2, t) - frames.first_frame) * 5 + k] ==
                response.potentials[t * 5 + k]);
  }
}
