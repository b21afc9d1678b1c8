/// What an experiment will need, before it is built: memory, and time on any number of ranks and threads.
#pragma once

#include <cstdint>

#include "networks/spec.hpp"

namespace spikeloom {

/// The machine that the costs below were measured on is a virtual one (docs/scaling.md); others differ by factors of
/// two, ratios between numbers of ranks less.
struct Prediction {
  std::uint64_t neurons = 0, synapses = 0;
  std::uint64_t memory = 0;  // bytes, peak of each rank
  double build_seconds = 0;
  // Wall time per second of biological time [s].
  double delivery = 0;  // adding synaptic events to input rows
  double updates = 0;   // of neurons
  double lookup = 0;    // merging spikes and finding their synapses: every thread sees those that it has synapses of
  double exchange = 0;  // messages between ranks, as far as no delay hides them
  std::uint64_t recorded = 0;  // bytes of state traces and weights; spikes come on top, 16 bytes each

  double real_time_factor() const noexcept { return delivery + updates + lookup + exchange; }
};

/// For `ranks` of `threads` each; every neuron fires at `rate` [Hz]. Throws SpecError as build() does.
Prediction predict(const ExperimentSpec& experiment, int ranks, int threads, double rate);

}  // namespace spikeloom
