/// Layers of neurons with exponential synapses whose weights and delays are learned by exact gradients: what is
/// learned, and one trial's spikes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/aligned.hpp"
#include "plasticity/eventprop/membrane.hpp"

namespace spikeloom {

/// What has a delay of its own: nothing (one fixed delay for all), each source, each target, each synapse.
enum class DelayKind { none, axonal, dendritic, synaptic };

/// All synapses from one layer to another, or within one. Row-major [source][target].
struct EventPropProjection {
  std::string name;
  std::uint32_t sources = 0, targets = 0;
  DelayKind kind = DelayKind::none;
  std::vector<double> weights = {};  // [source][target]
  std::vector<double> delays = {};   // ms: one, [source], [target] or [source][target]

  // What `prepare` makes of the delays, in the same order:
  std::vector<double> effective = {};                   // ms; on the grid whole steps
  std::vector<std::uint32_t> steps = {};                // on the grid
  aligned_vector<double> growth_m = {}, growth_s = {};  // exp(delay/tau_m), exp(delay/tau_s)

  std::size_t delay_count() const noexcept;
  std::size_t delay_place(std::uint32_t source, std::uint32_t target) const noexcept {
    switch (kind) {
      case DelayKind::none: return 0;
      case DelayKind::axonal: return source;
      case DelayKind::dendritic: return target;
      case DelayKind::synaptic: break;
    }
    return std::size_t{source} * targets + target;
  }
  /// Whether the spike of a source arrives at all targets together.
  bool is_common() const noexcept { return kind == DelayKind::none || kind == DelayKind::axonal; }
};

/// A spike of a trial: `current` is what the neuron's I was when it fired.
struct Emission {
  double time = 0, current = 0;
  std::uint32_t neuron = 0;
};

/// A feed-forward network, its hidden layers recurrent if they have a projection onto themselves. Layer 0 is the
/// inputs. The last layer fires, or is a leaky readout that does not.
struct EventPropNetwork {
  Membrane membrane;
  double duration = 20;       // ms of a trial; what arrives later does not count
  double resolution = 0;      // ms; 0: exact spike times, else the grid of `lif_psc_exp`
  bool single_spike = false;  // a neuron fires at most once in a trial
  bool spiking_readout = false;
  std::vector<std::uint32_t> sizes;          // of layers, inputs first
  std::vector<EventPropProjection> forward;  // forward[l]: layer l to layer l + 1
  std::vector<EventPropProjection>
      recurrent;  // recurrent[l]: layer l + 1 onto itself; without sources if there is none

  std::size_t layers() const noexcept { return sizes.size(); }
  bool on_grid() const noexcept { return resolution > 0; }
  bool is_recurrent(std::size_t layer) const noexcept { return layer > 0 && recurrent[layer - 1].sources > 0; }
  bool fires(std::size_t layer) const noexcept { return layer + 1 < layers() || spiking_readout; }
  /// Projections in the order of gradients and results: forward ones, then recurrent ones that exist.
  std::vector<EventPropProjection*> projections();
  std::vector<const EventPropProjection*> projections() const;

  /// To be called after delays changed: rounds them to the grid (at least one step), computes their exponentials.
  void prepare();
};

/// Derivatives of the loss, one vector per projection, laid out as its weights and delays.
struct EventPropGradient {
  std::vector<std::vector<double>> weights, delays;
  explicit EventPropGradient(const EventPropNetwork& network);
  void clear();
};

}  // namespace spikeloom
