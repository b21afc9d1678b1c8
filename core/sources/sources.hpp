/// The sources of the catalogue: one function per source, each in a file of its own.
#pragma once

#include "core/model.hpp"

namespace spikeloom {

ModelInfo poisson_source();
ModelInfo poisson_inhomogeneous_source();
ModelInfo regular_source();
ModelInfo spike_list_source();
ModelInfo current_constant_source();
ModelInfo current_steps_source();
ModelInfo current_ramp_source();
ModelInfo current_sine_source();
ModelInfo current_noise_source();
ModelInfo current_file_source();

}  // namespace spikeloom
