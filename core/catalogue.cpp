/// The catalogue: one line per neuron model and source.
#include "core/models/izhikevich.hpp"
#include "core/models/lif_cond_exp.hpp"
#include "core/models/lif_psc_alpha.hpp"
#include "core/models/lif_psc_delta.hpp"
#include "core/models/lif_psc_exp.hpp"
#include "core/sources/sources.hpp"
#include "core/sweep.hpp"

namespace spikeloom {

const std::vector<ModelInfo>& model_catalogue() {
  static const std::vector<ModelInfo> catalogue = {
      grid_model<LifPscDelta>(),
      grid_model<LifPscExp>(),
      grid_model<LifPscAlpha>(),
      grid_model<LifCondExp>(),
      grid_model<IzhikevichPublished, IzhikevichAccurate>(),
      poisson_source(),
      poisson_inhomogeneous_source(),
      regular_source(),
      spike_list_source(),
      current_constant_source(),
      current_steps_source(),
      current_ramp_source(),
      current_sine_source(),
      current_noise_source(),
      current_file_source(),
  };
  return catalogue;
}

}  // namespace spikeloom
