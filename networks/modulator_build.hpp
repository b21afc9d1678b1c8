/// Modulators on their way into a partition: times in steps, neurons by global id.
#pragma once

#include <span>
#include <vector>

#include "core/modulator.hpp"
#include "networks/spec.hpp"

namespace spikeloom {

/// The modulators of an experiment, in order.
std::vector<Modulator> make_modulators(const ExperimentSpec& experiment);

/// Tells those that `record:` names to keep samples.
void record_modulators(const ExperimentSpec& experiment, std::span<Modulator> modulators);

}  // namespace spikeloom
