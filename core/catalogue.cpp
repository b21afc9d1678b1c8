/// The catalogue: one line per neuron model and source.
#include "core/exact/models.hpp"
#include "core/exact/source_trains.hpp"
#include "core/models/models.hpp"
#include "core/sources/sources.hpp"

namespace spikeloom {

const std::vector<ModelInfo>& model_catalogue() {
  // One line per model.
  // clang-format off
  static const std::vector<ModelInfo> catalogue = {
      with_exact_lif_psc_delta(lif_psc_delta_model()),
      with_exact_lif_psc_exp(lif_psc_exp_model()),
      with_exact_lif_psc_alpha(lif_psc_alpha_model()),
      lif_cond_exp_model(),
      with_exact_izhikevich(izhikevich_model()),
      izhikevich_2007_model(),
      adex_model(),
      lif_homeostatic_model(),
      alif_model(),
      leaky_readout_model(),
      with_exact_trains(poisson_source(), exact_poisson_train),
      poisson_inhomogeneous_source(),
      with_exact_trains(regular_source(), exact_regular_train),
      with_exact_trains(spike_list_source(), exact_spike_list_train),
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
