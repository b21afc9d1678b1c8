/// Exact timing for lif_psc_alpha.
#include "core/exact/lif_psc_alpha.hpp"

#include "core/exact/models.hpp"

namespace spikeloom {

ModelInfo with_exact_lif_psc_alpha(ModelInfo info) { return with_exact<ExactLifPscAlpha>(std::move(info)); }

}  // namespace spikeloom
