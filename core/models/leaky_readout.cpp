/// The loops of leaky_readout.
#include "core/models/leaky_readout.hpp"

#include "core/models/models.hpp"
#include "core/sweep.hpp"

namespace spikeloom {

ModelInfo leaky_readout_model() { return grid_model<LeakyReadout>(); }

}  // namespace spikeloom
