/// From a description to a running engine: arguments, partitions, drives, synapse tables.
#pragma once

#include <functional>
#include <memory>

#include "core/engine.hpp"
#include "networks/spec.hpp"

namespace spikeloom {

/// Called now and then by the building threads with the fraction done, 0 to 1; must be thread-safe.
using BuildProgress = std::function<void(double fraction)>;

/// An engine ready to run, and what its probes are.
struct BuiltNetwork {
  std::unique_ptr<Engine> engine;
  std::vector<Probe> probes;  // of experiment.record.states, in order
};

/// Builds the network of an experiment with `threads` threads; the same network for any number of them. Throws
/// SpecError with the path of what cannot be built, RunError if memory runs out.
BuiltNetwork build(const ExperimentSpec& experiment, int threads, const BuildProgress& progress = {});

/// Synapses expected, for estimates before building.
std::uint64_t expected_synapses(const ExperimentSpec& experiment);

/// All synapses from one population to another as built, ordered by (source, delay, target).
struct SynapseColumns {
  std::vector<std::uint32_t> sources, targets;  // population-local ids
  std::vector<float> weights;                   // unit of the receptor
  std::vector<float> delays;                    // steps; between grid points where delays learn
};
/// The synapses of one projection with the weights (and delays, if they learn: then ordered by source and target) they
/// have now; of a static one, all between its two populations.
SynapseColumns synapses_of(const ExperimentSpec& experiment, const Engine& engine, std::size_t projection);
SynapseColumns synapses_between(const ExperimentSpec& experiment, const Engine& engine, const std::string& from,
                                const std::string& to);

}  // namespace spikeloom
