/// Ring buffers: a spike at step t adds its weight to slot (t + delay) mod length; slot t is read and cleared at t.
#include "plasticity/dcls/inference.hpp"

#include <algorithm>
#include <cmath>

namespace spikeloom {
namespace {

constexpr double most_spikes = 16;  // of one unit in one step

/// The power of two that all weights onto a neuron become multiples of.
double quantum(double largest_sum) {
  if (largest_sum <= 0) return 1;
  int exponent = 0;
  std::frexp(largest_sum, &exponent);
  return std::ldexp(1.0, exponent - 23);
}

/// Adds what arrived, lets the neurons fire, notes spikes and potentials of one step.
class Membranes {
 public:
  explicit Membranes(const DclsInferenceLayer& layer) : layer_(layer), v_(layer.targets) {}

  void step(std::uint32_t t, float* drive, bool is_last, std::vector<DclsSpike>& spikes,
            std::vector<float>& potentials) {
    for (std::size_t j = 0; j < layer_.targets; ++j) {
      const float h = v_[j] * layer_.neuron.leak + (drive[j] + layer_.bias[j]);
      const bool fired = h >= layer_.neuron.v_th;
      v_[j] = fired ? 0.0f : h;
      if (fired) spikes.push_back({t, static_cast<std::uint32_t>(j), 1});
      if (is_last) potentials.push_back(h);
    }
  }

 private:
  const DclsInferenceLayer& layer_;
  std::vector<float> v_;
};

DclsInferenceLayer folded(const DclsNetwork<float>& network, const DclsLayer& layer) {
  const auto& shape = layer.shape;
  const std::size_t n = shape.targets;
  std::vector<double> scale(n, 1.0), bias(n, 0.0), sum(n, 0.0);
  if (layer.hidden && network.config.normalise)
    for (std::size_t j = 0; j < n; ++j) {
      const auto channel = layer.first_channel + j;
      scale[j] = static_cast<double>(network.gamma[channel]) / std::sqrt(network.variance[channel] + 1e-5);
      bias[j] = static_cast<double>(network.beta[channel]) - scale[j] * network.mean[channel];
    }
  const auto weight = [&](std::size_t s) {
    return scale[s % n] * static_cast<double>(network.weights[layer.first_synapse + s]);
  };
  for (std::size_t s = 0; s < shape.synapses(); ++s) sum[s % n] += most_spikes * std::abs(weight(s));
  std::vector<double> unit(n);
  for (std::size_t j = 0; j < n; ++j) unit[j] = quantum(sum[j] + std::abs(bias[j]));

  DclsInferenceLayer result{.sources = shape.sources,
                            .targets = n,
                            .length = shape.length,
                            .steps_in = layer.steps_in,
                            .steps_out = layer.steps_out,
                            .begin = {0},
                            .synapses = {},
                            .bias = {},
                            .neuron = network.neuron_of(layer)};
  for (std::size_t i = 0; i < shape.sources; ++i) {
    for (std::size_t s = i * shape.per_source(); s < (i + 1) * shape.per_source(); ++s) {
      const double rounded = std::nearbyint(weight(s) / unit[s % n]) * unit[s % n];
      const auto delay = rounded_delay(shape, static_cast<double>(network.positions[layer.first_synapse + s]));
      if (rounded != 0)
        result.synapses.push_back(
            {static_cast<std::uint32_t>(s % n), static_cast<std::uint32_t>(delay), static_cast<float>(rounded)});
    }
    result.begin.push_back(result.synapses.size());
  }
  for (std::size_t j = 0; j < n; ++j)
    result.bias.push_back(static_cast<float>(std::nearbyint(bias[j] / unit[j]) * unit[j]));
  return result;
}

}  // namespace

DclsInference::DclsInference(const DclsNetwork<float>& network) : config_(network.config) {
  for (const auto& layer : network.layers) layers_.push_back(folded(network, layer));
}

DclsResponse DclsInference::run(std::span<const DclsSpike> input) const {
  DclsResponse response;
  response.spikes.resize(layers_.size());
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    const auto& layer = layers_[l];
    const auto from = l == 0 ? input : std::span<const DclsSpike>(response.spikes[l - 1]);
    std::vector<float> ring(layer.length * layer.targets, 0.0f);
    Membranes membranes(layer);
    std::size_t next = 0;
    for (std::uint32_t t = 0; t < layer.steps_out; ++t) {
      for (; next < from.size() && from[next].step == t; ++next)
        for (auto s = layer.begin[from[next].unit]; s < layer.begin[from[next].unit + 1]; ++s) {
          const auto& synapse = layer.synapses[s];
          ring[(t + synapse.delay) % layer.length * layer.targets + synapse.target] +=
              synapse.weight * from[next].count;
        }
      float* slot = ring.data() + t % layer.length * layer.targets;
      membranes.step(t, slot, l + 1 == layers_.size(), response.spikes[l], response.potentials);
      std::fill_n(slot, layer.targets, 0.0f);
    }
  }
  return response;
}

DclsResponse DclsInference::run_by_convolution(std::span<const DclsSpike> input) const {
  DclsResponse response;
  response.spikes.resize(layers_.size());
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    const auto& layer = layers_[l];
    const auto columns =
        by_source<float>(l == 0 ? input : std::span<const DclsSpike>(response.spikes[l - 1]), layer.sources);
    std::vector<float> drive((layer.steps_in + layer.length - 1) * layer.targets, 0.0f);
    std::vector<float> kernel(layer.length * layer.targets);
    for (std::size_t i = 0; i < layer.sources; ++i) {
      std::fill(kernel.begin(), kernel.end(), 0.0f);
      for (auto s = layer.begin[i]; s < layer.begin[i + 1]; ++s)
        kernel[layer.synapses[s].delay * layer.targets + layer.synapses[s].target] += layer.synapses[s].weight;
      add_drive<float>(columns, i, kernel, layer.targets, drive);
    }
    Membranes membranes(layer);
    for (std::uint32_t t = 0; t < layer.steps_out; ++t)
      membranes.step(t, drive.data() + t * layer.targets, l + 1 == layers_.size(), response.spikes[l],
                     response.potentials);
  }
  return response;
}

DclsAnswer DclsInference::answer(const DclsResponse& response, std::int32_t label) const {
  const auto classes = layers_.back().targets;
  if (config_.readout != DclsReadout::spike_count)
    return read_out<float>(config_.readout, response.potentials, classes, label, {});
  std::vector<float> spikes(response.potentials.size(), 0.0f);
  for (const auto& spike : response.spikes.back()) spikes[spike.step * classes + spike.unit] = 1;
  return read_out<float>(config_.readout, spikes, classes, label, {});
}

std::size_t DclsInference::synapse_bytes() const noexcept {
  std::size_t bytes = 0;
  for (const auto& layer : layers_) bytes += layer.synapses.size() * sizeof(DclsSynapse);
  return bytes;
}

std::size_t DclsInference::ring_bytes() const noexcept {
  std::size_t bytes = 0;
  for (const auto& layer : layers_) bytes += layer.length * layer.targets * sizeof(float);
  return bytes;
}

template <class Real>
SpikeColumns<Real> by_source(std::span<const DclsSpike> spikes, std::size_t sources) {
  SpikeColumns<Real> columns;
  columns.begin.assign(sources + 1, 0);
  for (const auto& spike : spikes) ++columns.begin[spike.unit + 1];
  for (std::size_t i = 0; i < sources; ++i) columns.begin[i + 1] += columns.begin[i];
  columns.steps.resize(spikes.size());
  columns.values.resize(spikes.size());
  auto next = columns.begin;
  for (const auto& spike : spikes) {
    columns.steps[next[spike.unit]] = spike.step;
    columns.values[next[spike.unit]++] = static_cast<Real>(spike.count);
  }
  return columns;
}

template SpikeColumns<float> by_source(std::span<const DclsSpike>, std::size_t);
template SpikeColumns<double> by_source(std::span<const DclsSpike>, std::size_t);

}  // namespace spikeloom
