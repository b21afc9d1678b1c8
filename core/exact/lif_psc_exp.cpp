/// Exact timing for lif_psc_exp.
#include "core/exact/lif_psc_exp.hpp"

#include "core/exact/models.hpp"

namespace spikeloom {

ModelInfo with_exact_lif_psc_exp(ModelInfo info) { return with_exact<ExactLifPscExp>(std::move(info)); }

}  // namespace spikeloom
