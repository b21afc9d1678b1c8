/// The loops of lif_psc_alpha.
#include "core/models/lif_psc_alpha.hpp"

#include "core/models/models.hpp"
#include "core/sweep.hpp"

namespace spikeloom {

ModelInfo lif_psc_alpha_model() { return grid_model<LifPscAlpha>(); }

}  // namespace spikeloom
