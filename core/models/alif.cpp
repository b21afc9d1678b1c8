/// The loops of alif.
#include "core/models/alif.hpp"

#include "core/models/models.hpp"
#include "core/sweep.hpp"

namespace spikeloom {

ModelInfo alif_model() { return grid_model<Alif>(); }

}  // namespace spikeloom
