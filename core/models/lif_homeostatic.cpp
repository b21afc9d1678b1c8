/// The loops of lif_homeostatic.
#include "core/models/lif_homeostatic.hpp"

#include "core/models/models.hpp"
#include "core/sweep.hpp"

namespace spikeloom {

ModelInfo lif_homeostatic_model() { return grid_model<LifHomeostatic>(); }

}  // namespace spikeloom
