/// The catalogue: one line per neuron model and source.
#include "core/models/models.hpp"
#include "core/sources/sources.hpp"

namespace spikeloom {

const std::vector<ModelInfo>& model_catalogue() {
  // One line per model.
  // clang-format off
  static const std::vector<ModelInfo> catalogue = {
      lif_psc_delta_model(),
      lif_psc_exp_model(),
      lif_psc_alpha_model(),
      lif_cond_exp_model(),
      izhikevich_model(),
      izhikevich_2007_model(),
      adex_model(),
      alif_model(),
      leaky_readout_model(),
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
  // clang-format on
  return catalogue;
}

}  // namespace spikeloom
