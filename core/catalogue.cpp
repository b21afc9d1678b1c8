/// The catalogue: one line per neuron model and source.
#include "core/models/lif_psc_exp.hpp"
#include "core/sources/sources.hpp"
#include "core/sweep.hpp"

namespace spikeloom {

const std::vector<ModelInfo>& model_catalogue() {
  static const std::vector<ModelInfo> catalogue = {
      grid_model<LifPscExp>(),
      poisson_source(),
  };
  return catalogue;
}

}  // namespace spikeloom
