/// Catalogue lines of the neuron models. Each is compiled apart from the others: their loops, in every precision and
/// layout, keep a compiler busy.
#pragma once

#include "core/model.hpp"

namespace spikeloom {

ModelInfo lif_psc_delta_model();
ModelInfo lif_psc_exp_model();
ModelInfo lif_psc_alpha_model();
ModelInfo lif_cond_exp_model();
ModelInfo izhikevich_model();
ModelInfo izhikevich_2007_model();
ModelInfo adex_model();
ModelInfo lif_homeostatic_model();
ModelInfo alif_model();
ModelInfo leaky_readout_model();

}  // namespace spikeloom
