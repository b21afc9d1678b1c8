/// The loops of lif_psc_exp.
#include "core/models/lif_psc_exp.hpp"

#include "core/models/models.hpp"
#include "core/sweep.hpp"

namespace spikeloom {

ModelInfo lif_psc_exp_model() { return grid_model<LifPscExp>(); }

}  // namespace spikeloom
