/// Exact timing for lif_psc_delta.
#include "core/exact/lif_psc_delta.hpp"

#include "core/exact/models.hpp"

namespace spikeloom {

ModelInfo with_exact_lif_psc_delta(ModelInfo info) { return with_exact<ExactLifPscDelta>(std::move(info)); }

}  // namespace spikeloom
