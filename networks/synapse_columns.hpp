/// The synapses of a running network, as columns.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/engine.hpp"
#include "networks/spec.hpp"

namespace spikeloom {

/// All synapses from one population to another as built, ordered by (source, delay, target).
struct SynapseColumns {
  std::vector<std::uint32_t> sources, targets;  // population-local ids
  std::vector<float> weights;                   // unit of the receptor
  std::vector<float> delays;                    // steps; between grid points where delays learn
};

/// The synapses of one projection with the weights (and delays, if they learn: then ordered by source and target) they
/// have now; of a static one, all between its two populations. All ranks call this together; the first gets them.
SynapseColumns synapses_of(const ExperimentSpec& experiment, const Engine& engine, std::size_t projection);
SynapseColumns synapses_between(const ExperimentSpec& experiment, const Engine& engine, const std::string& from,
                                const std::string& to);

}  // namespace spikeloom
