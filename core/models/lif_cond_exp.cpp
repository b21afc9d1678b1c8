/// The loops of lif_cond_exp.
#include "core/models/lif_cond_exp.hpp"

#include "core/models/models.hpp"
#include "core/sweep.hpp"

namespace spikeloom {

ModelInfo lif_cond_exp_model() { return grid_model<LifCondExp>(); }

}  // namespace spikeloom
