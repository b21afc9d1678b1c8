/// The loops of adex.
#include "core/models/adex.hpp"

#include "core/models/models.hpp"
#include "core/sweep.hpp"

namespace spikeloom {

ModelInfo adex_model() { return grid_model<AdEx>(); }

}  // namespace spikeloom
