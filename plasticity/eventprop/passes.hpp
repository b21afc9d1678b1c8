/// The two halves of a trial, each in its own file: who computes what, layer by layer.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/aligned.hpp"
#include "plasticity/eventprop/loss.hpp"
#include "plasticity/eventprop/network.hpp"

namespace spikeloom {

/// An arrival at a layer: at all neurons where delays are common, else at one.
struct LayerArrival {
  double time = 0;
  std::uint32_t source = 0;
  std::uint32_t target = 0;
  double weight = 0;
};

/// What sorting arrivals takes.
struct SortScratch {
  std::vector<LayerArrival> dealt;
  std::vector<std::uint32_t> stretches, ends;
};

/// Columns and lists that forward passes use again and again.
struct ForwardScratch {
  std::vector<LayerArrival> arrivals;
  SortScratch sort;
  aligned_vector<double> v, i, ring;
  aligned_vector<double> gaps, decay_m, decay_s;  // of one neuron: time since the arrival before, and what it does
  std::vector<std::uint8_t> may_fire;
  std::vector<Membrane::Flow> flows;
  std::vector<double> clock;              // of recurrent layers: the time that each neuron has reached
  std::vector<std::uint32_t> prediction;  // ... and the number of its last prediction
};

/// Spikes of layer `layer` from those of the one before, in closed form from event to event. `out` is emptied first;
/// it is in order of (time, neuron) afterwards.
void forward_exact(const EventPropNetwork& network, std::size_t layer, const std::vector<Emission>& in,
                   ForwardScratch& scratch, std::vector<Emission>& out);
/// The same for a layer with a recurrent projection: a queue of arrivals and predicted spikes.
void forward_recurrent(const EventPropNetwork& network, std::size_t layer, const std::vector<Emission>& in,
                       ForwardScratch& scratch, std::vector<Emission>& out);
/// The same on the grid, recurrent or not; what `lif_psc_exp` does in the engine.
void forward_grid(const EventPropNetwork& network, std::size_t layer, const std::vector<Emission>& in,
                  ForwardScratch& scratch, std::vector<Emission>& out);

/// Membranes of the leaky readout: values, peak times or traces, as the loss needs them.
void read_out(const EventPropNetwork& network, const EventPropLoss& loss, const std::vector<Emission>& in,
              ForwardScratch& scratch, LossState& state);

/// Arrivals of a projection within the trial, in order of time (then of emission). With common delays one per spike.
void collect_common(const EventPropProjection& projection, double duration, const std::vector<Emission>& in,
                    SortScratch& sort, std::vector<LayerArrival>& arrivals);
/// Those at one target, whatever the delays.
void collect_for(const EventPropProjection& projection, double duration, const std::vector<Emission>& in,
                 std::uint32_t target, SortScratch& sort, std::vector<LayerArrival>& arrivals);

}  // namespace spikeloom
