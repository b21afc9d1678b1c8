/// One trial through the network: spikes forwards, adjoints backwards. All memory is kept from trial to trial.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "plasticity/eventprop/adjoint.hpp"
#include "plasticity/eventprop/passes.hpp"

namespace spikeloom {

/// Everything that one trial needs and leaves behind; use it again for the next one.
class EventPropTrial {
 public:
  explicit EventPropTrial(const EventPropNetwork& network);

  /// Forwards, on to the loss. `times` ascend; those at or after the end are ignored.
  LossResult forward(const EventPropNetwork& network, const EventPropLoss& loss, std::span<const double> times,
                     std::span<const std::uint32_t> units, std::int32_t label);
  /// Backwards, after `forward`: adds the derivatives to `gradient`. `pull` (one column per hidden layer, or empty) is
  /// subtracted from lambda_v at each spike of a neuron: the activity regulariser.
  void backward(const EventPropNetwork& network, const EventPropLoss& loss, EventPropGradient& gradient,
                std::span<const std::vector<double>> pull = {});

  /// Spikes of a layer, inputs first, in order of time.
  const std::vector<Emission>& spikes(std::size_t layer) const { return spikes_[layer]; }
  /// What the readout said, one number per class (see LossState).
  const std::vector<double>& readout() const { return loss_.values; }
  /// dL/dt of every spike of a layer, in their order: 0 after `forward`, all of it after `backward`. What is added in
  /// between belongs to the loss: terms on spike times of any layer.
  std::vector<double>& time_derivatives(std::size_t layer) { return derivatives_[layer]; }
  /// Bytes of what the backward pass reads and writes beyond the network and its gradient.
  std::size_t backward_bytes() const;

 private:
  std::vector<std::vector<Emission>> spikes_;     // [layer]
  std::vector<std::vector<double>> derivatives_;  // [layer]: dL/dt of every spike
  std::vector<LayerAdjoint> adjoints_;            // [layer]
  LossState loss_;
  ForwardScratch forward_;
  BackwardScratch backward_;
};

}  // namespace spikeloom
