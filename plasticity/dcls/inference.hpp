/// A trained DCLS network as what runs: whole delays, folded normalisation, ring buffers; cost per spike, not per step.
///
/// Weights are normalisation times weight, rounded to a multiple of a power of two per neuron, so small that nothing is
/// lost (2^-18 of the sum of the neuron's weights) and so large that a float holds every sum of them exactly. Sums then
/// do not depend on their order: ring buffers, convolution and the event-driven engine give the same bits.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "plasticity/dcls/network.hpp"

namespace spikeloom {

struct DclsSynapse {
  std::uint32_t target = 0, delay = 0;  // steps
  float weight = 0;
};

struct DclsInferenceLayer {
  std::size_t sources = 0, targets = 0, length = 1, steps_in = 0, steps_out = 0;
  std::vector<std::size_t> begin;  // synapses of source i: begin[i] .. begin[i + 1] - 1
  std::vector<DclsSynapse> synapses;
  std::vector<float> bias;  // added in every step
  DclsNeuron<float> neuron;
};

/// A spike, or `count` of them, of an input or neuron in a step.
struct DclsSpike {
  std::uint32_t step = 0, unit = 0;
  float count = 1;

  bool operator==(const DclsSpike&) const = default;
};

/// What a sample does to the network.
struct DclsResponse {
  std::vector<std::vector<DclsSpike>>
      spikes;                     // of every layer (the last one's only if it counts spikes), by step, unit
  std::vector<float> potentials;  // of the last layer, before reset: [step][class]
};

class DclsInference {
 public:
  explicit DclsInference(const DclsNetwork<float>& network);

  const std::vector<DclsInferenceLayer>& layers() const noexcept { return layers_; }
  const DclsConfig& config() const noexcept { return config_; }

  /// `input` is sorted by step; at most 16 spikes of a unit in a step keep sums exact.
  DclsResponse run(std::span<const DclsSpike> input) const;
  /// The same by convolution with kernels of single taps.
  DclsResponse run_by_convolution(std::span<const DclsSpike> input) const;
  DclsAnswer answer(const DclsResponse& response, std::int32_t label) const;

  /// Memory of the synapses, and of the ring buffers of one sample.
  std::size_t synapse_bytes() const noexcept;
  std::size_t ring_bytes() const noexcept;

 private:
  DclsConfig config_;
  std::vector<DclsInferenceLayer> layers_;
};

/// Spikes of a sample by source, for training passes and convolutions.
template <class Real>
SpikeColumns<Real> by_source(std::span<const DclsSpike> spikes, std::size_t sources);

extern template SpikeColumns<float> by_source(std::span<const DclsSpike>, std::size_t);
extern template SpikeColumns<double> by_source(std::span<const DclsSpike>, std::size_t);

}  // namespace spikeloom
