/// From a description to a running engine: arguments, partitions, drives, synapse tables.
#pragma once

#include <functional>
#include <memory>
#include <stdexcept>

#include "core/engine.hpp"
#include "networks/spec.hpp"

namespace spikeloom {

/// Called now and then by the building threads with the fraction done, 0 to 1; must be thread-safe. False: give it up.
using BuildProgress = std::function<bool(double fraction)>;

/// Building was given up, on this rank or another one; all of them throw it.
struct BuildStopped : std::runtime_error {
  BuildStopped() : std::runtime_error("building the network was given up") {}
};

/// An engine ready to run, and what its probes are.
struct BuiltNetwork {
  std::unique_ptr<Engine> engine;
  std::vector<Probe> probes;  // of experiment.record.states, in order
};

/// Builds the network of an experiment with `threads` threads; the same network for any number of them. Of several
/// `ranks`, which call this together, each builds its share. Throws SpecError with the path of what cannot be built,
/// RunError if memory runs out, BuildStopped.
BuiltNetwork build(const ExperimentSpec& experiment, int threads, const BuildProgress& progress = {},
                   Ranks& ranks = Ranks::alone());

/// Synapses expected, for estimates before building.
std::uint64_t expected_synapses(const ExperimentSpec& experiment);

}  // namespace spikeloom
