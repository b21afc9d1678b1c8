/// A spike of step t in the input is emitted in engine step t + 1; with a delay of d + 1 it acts in step t + d + 2.
#include "networks/dcls/handover.hpp"

#include <cmath>
#include <string>

namespace spikeloom {
namespace {

constexpr double silence = -1e6;  // mV, added in every step to those that must not spike any more

PopulationSpec population(std::string name, std::string model, std::size_t size) {
  PopulationSpec spec;
  spec.name = std::move(name);
  spec.model = std::move(model);
  spec.size = static_cast<std::uint32_t>(size);
  return spec;
}

PopulationSpec neurons_of(const DclsInferenceLayer& layer, const std::string& name, double resolution) {
  auto spec = population(name, "lif_psc_delta", layer.targets);
  spec.precision = Precision::single;
  spec.params["tau_m"] = Constant{-resolution / std::log(static_cast<double>(layer.neuron.leak))};
  spec.params["v_th"] = Constant{static_cast<double>(layer.neuron.v_th)};
  for (const char* zero : {"e_l", "v_reset", "t_ref"}) spec.params[zero] = Constant{0};
  return spec;
}

/// One neuron that spikes in every step from `first` to `last`.
PopulationSpec ticks(const std::string& name, Step first, Step last, double resolution) {
  auto spec = population(name, "spike_list", 1);
  for (Step step = first; step <= last; ++step) {
    spec.spike_times.push_back(static_cast<double>(step) * resolution);
    spec.spike_neurons.push_back(0);
  }
  return spec;
}

ProjectionSpec projection(const std::string& from, const std::string& to, SynapseList synapses) {
  ProjectionSpec spec;
  spec.name = from + "_to_" + to;
  spec.from = from;
  spec.to = to;
  spec.connect = std::move(synapses);
  return spec;
}

SynapseList synapses_of(const DclsInferenceLayer& layer, double resolution) {
  SynapseList list;
  for (std::uint32_t i = 0; i < layer.sources; ++i)
    for (auto s = layer.begin[i]; s < layer.begin[i + 1]; ++s) {
      list.sources.push_back(i);
      list.targets.push_back(layer.synapses[s].target);
      list.weights.push_back(static_cast<double>(layer.synapses[s].weight));
      list.delays.push_back(resolution * (layer.synapses[s].delay + 1));
    }
  return list;
}

/// From the one neuron of a source to every neuron.
SynapseList from_source(std::span<const float> weights, double delay) {
  SynapseList list;
  for (std::uint32_t j = 0; j < weights.size(); ++j) {
    if (weights[j] == 0) continue;
    list.sources.push_back(0);
    list.targets.push_back(j);
    list.weights.push_back(static_cast<double>(weights[j]));
    list.delays.push_back(delay);
  }
  return list;
}

}  // namespace

NetworkSpec dcls_network_spec(const DclsInference& network, std::span<const DclsSpike> input, double resolution) {
  NetworkSpec spec;
  const auto& layers = network.layers();
  spec.populations.push_back(population("input", "spike_list", layers.front().sources));
  for (const auto& spike : input)
    for (int k = 0; k < static_cast<int>(spike.count); ++k) {
      spec.populations.back().spike_times.push_back(resolution * (spike.step + 1));
      spec.populations.back().spike_neurons.push_back(spike.unit);
    }
  const Step last = engine_duration(network);
  std::string from = "input";
  for (std::size_t l = 0; l < layers.size(); ++l) {
    const auto& layer = layers[l];
    const auto number = std::to_string(l + 1);
    const bool hidden = l + 1 < layers.size();
    const std::string name = hidden ? "hidden_" + number : "output";
    spec.populations.push_back(neurons_of(layer, name, resolution));
    spec.projections.push_back(projection(from, name, synapses_of(layer, resolution)));
    if (auto biases = from_source(layer.bias, resolution); !biases.sources.empty()) {
      spec.populations.push_back(ticks("bias_" + number, engine_step(l, 0) - 1, last, resolution));
      spec.projections.push_back(projection("bias_" + number, name, std::move(biases)));
    }
    if (hidden) {
      const std::vector<float> all(layer.targets, static_cast<float>(silence));
      spec.populations.push_back(ticks("end_" + number, engine_step(l, layer.steps_out) - 1, last, resolution));
      spec.projections.push_back(projection("end_" + number, name, from_source(all, resolution)));
    }
    from = name;
  }
  return spec;
}

Step engine_duration(const DclsInference& network) noexcept {
  const auto last = network.layers().size() - 1;
  return engine_step(last, network.layers()[last].steps_out - 1);
}

}  // namespace spikeloom
