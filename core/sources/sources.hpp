/// The sources of the catalogue: one function per source, each in a file of its own.
#pragma once

#include "core/model.hpp"

namespace spikeloom {

ModelInfo poisson_source();

}  // namespace spikeloom
