/// Populations of LIF neurons as layers: spikes in, spikes out, and what a synapse has at hand to learn from.
///
/// Neurons are those of core/models/lif_psc_delta.hpp with threshold 1, rest and reset 0 and no refractory period.
/// Arrivals of a step are added in order of their sources, as the engine does: it finds the same spikes. The work is
/// proportional to spikes, not to weights. A synapse changes by three factors, all of them local in space:
///
///     dw_ij = modulator_i readiness_i activity_j
///
/// activity: spikes per ms of a presentation (a trace that does not decay within it); readiness: how near a neuron
/// was to spiking, the mean over steps of 1 at a spike and else max(0, 1 - (1 - v)/width) (a surrogate for the
/// derivative of its activity by its input); modulator: minus the derivative of a local loss by activity_i.
#pragma once

#include "plasticity/gradient/spike_raster.hpp"
#include "plasticity/layers/initial_weights.hpp"

namespace spikeloom {

/// What all neurons of a network share.
struct SpikingNeurons {
  double tau_m = 20;      // ms
  double width = 1;       // of the readiness below threshold, in units of the threshold
  double duration = 20;   // ms, of a presentation
  double resolution = 1;  // ms

  std::size_t steps() const noexcept { return static_cast<std::size_t>(duration / resolution + 0.5); }
};

/// A population and the synapses onto it.
class SpikingLayer {
 public:
  SpikingLayer(std::string name, std::size_t inputs, std::size_t units, const SpikingNeurons& neurons,
               const LinearOptions& start);

  /// A presentation of its own, from rest. `activity` and `readiness`: one number per unit. Safe to call side by side.
  void present(const SpikeRaster& in, SpikeRaster& out, std::span<float> activity, std::span<float> readiness) const;
  /// The gradient of the weights, as it follows from the three factors. Rows are presentations. Destroys
  /// `by_activity`.
  void learn(const Matrix<float>& inputs, Matrix<float>& by_activity, const Matrix<float>& readiness, int threads);

  std::size_t units() const noexcept { return weights_.columns(); }
  const Matrix<float>& weights() const noexcept { return weights_; }  // [input][unit]
  Parameter<float> parameter() { return {name_, weights_.values(), gradient_.values(), weights_.rows()}; }

 private:
  std::string name_;
  SpikingNeurons neurons_;
  Matrix<float> weights_, gradient_;
};

/// Populations in a chain, and their activities during a mini-batch of presentations.
class SpikingNetwork {
 public:
  /// `widths` begin with that of the input. Weights are called <name>_1_weights, ...; the first layer's begin
  /// `first_scale` times as large.
  SpikingNetwork(const std::string& name, std::span<const std::size_t> widths, const SpikingNeurons& neurons,
                 LinearOptions start, double first_scale);

  /// Before the presentations of a mini-batch.
  void begin(std::size_t presentations);
  /// Presentation number `row`, given as spikes of the input. Different rows may be presented side by side. Unless
  /// null, `rasters` gets the spikes of all levels, the input's first.
  void present(std::size_t row, SpikeRaster spikes, std::vector<SpikeRaster>* rasters = nullptr);

  std::size_t layers() const noexcept { return layers_.size(); }
  /// Level 0 is the input, level l what layer l - 1 puts out.
  const Matrix<float>& activity(std::size_t level) const noexcept { return activity_[level]; }
  const Matrix<float>& readiness(std::size_t level) const noexcept { return readiness_[level]; }
  /// From the derivative of a loss by the activity of a level to the gradient of the one layer in front of it.
  void learn(std::size_t level, Matrix<float>& by_activity, int threads);

  const SpikingLayer& operator[](std::size_t layer) const noexcept { return layers_[layer]; }
  std::vector<Parameter<float>> parameters();

 private:
  SpikingNeurons neurons_;
  std::vector<SpikingLayer> layers_;
  std::vector<Matrix<float>> activity_, readiness_;  // by level; no readiness of the input
};

/// Numbers as spikes: cell j integrates max(0, value j) without leak, from one half on, and spikes at every whole, once
/// per step at most. With `off_cells`, as many cells after them do the same with negative values. `rate` [spikes per
/// ms] at value 1.
SpikeRaster spikes_of(std::span<const float> values, double rate, bool off_cells, const SpikingNeurons& neurons);

}  // namespace spikeloom
