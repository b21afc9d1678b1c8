/// All synapses of one neuron with delays and weights, made on demand: what the builder of synapse tables reads twice.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "networks/connector.hpp"
#include "networks/synapse_value.hpp"

namespace spikeloom {

/// Synapses of one neuron of a projection. One per thread, reused from neuron to neuron and projection to projection.
struct SynapseBlock {
  std::vector<std::uint32_t> partners;  // the other ends, in ordinal order: sources of a target, or targets of a source
  std::vector<std::int32_t> delays;     // steps, at least 1; one entry if alike in the whole projection
  std::vector<float> weights;           // unit of the receptor; one entry if alike in the whole projection
  SynapseScratch scratch;
};

/// One projection, ready to be read by any number of threads.
class Wiring {
 public:
  /// `resolution` [ms]. Throws SpecError (path below the projection) for what cannot be built. References inside the
  /// request must outlive the wiring.
  Wiring(const ConnectorRequest& request, double resolution);

  Connector::Driver driver() const noexcept { return connector_->driver(); }
  std::uint64_t expected_synapses() const { return connector_->expected_synapses(); }
  /// Whether all synapses have one delay (weight): then `delays` (`weights`) has one entry, also for no synapses.
  bool alike_delays() const noexcept { return delay_.is_constant(); }
  bool alike_weights() const noexcept { return weight_.is_constant(); }

  /// The other ends of the synapses of `neuron` alone (Connector::partners_of).
  void partners_of(std::uint32_t neuron, std::vector<std::uint32_t>& others) const {
    connector_->partners_of(neuron, others);
  }

  /// Fills `block` with the synapses of `neuron` (a target or a source, as `driver` says); total delay = axonal +
  /// dendritic, rounded to the nearest step. Without `with_weights`, `block.weights` is left as it was.
  void synapses_of(std::uint32_t neuron, SynapseBlock& block, bool with_weights) const;

 private:
  void find_distances(std::uint32_t neuron, SynapseBlock& block) const;
  void draw_delays(const SynapsesOfNeuron& synapses, SynapseBlock& block) const;

  ConnectorRequest request_;
  double resolution_;
  std::unique_ptr<const Connector> connector_;
  SynapseValue weight_, delay_;
};

}  // namespace spikeloom
