/// Exact timing for the catalogue lines of neuron models: each takes the grid model's line and adds to it.
#pragma once

#include "core/model.hpp"

namespace spikeloom {

ModelInfo with_exact_lif_psc_delta(ModelInfo info);
ModelInfo with_exact_lif_psc_exp(ModelInfo info);
ModelInfo with_exact_lif_psc_alpha(ModelInfo info);
ModelInfo with_exact_izhikevich(ModelInfo info);

}  // namespace spikeloom
