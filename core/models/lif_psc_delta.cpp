/// The loops of lif_psc_delta.
#include "core/models/lif_psc_delta.hpp"

#include "core/models/models.hpp"
#include "core/sweep.hpp"

namespace spikeloom {

ModelInfo lif_psc_delta_model() { return grid_model<LifPscDelta>(); }

}  // namespace spikeloom
