/// Integer time, neuron ids and spikes: the words every room shares.
#pragma once

#include <cstdint>

namespace spikeloom {

/// Grid steps of `resolution` since the start of the simulation. A spike of step s was emitted at the end of step s,
/// at time s * resolution; nothing adds up floating-point times.
using Step = std::int64_t;

/// Global neuron id: populations in order of declaration, neurons of a population contiguous.
using NeuronId = std::uint32_t;

/// Index of a population in order of declaration.
using PopulationId = std::uint32_t;

/// One emitted spike. `before` [ms] is how long before the end of `step` it happened: 0 on the grid, and
/// 0 <= before < resolution with `timing: exact`. Time in ms = step * resolution - before.
struct Spike {
  Step step = 0;
  NeuronId neuron = 0;
  double before = 0;

  friend bool operator==(const Spike&, const Spike&) = default;
};

}  // namespace spikeloom
