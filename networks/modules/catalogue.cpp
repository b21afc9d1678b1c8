/// The catalogue of network modules: one line per module.
#include <algorithm>
#include <string_view>

#include "networks/boltzmann/monotone_dbm.hpp"
#include "networks/conditioning/associative_memory.hpp"
#include "networks/conditioning/rescorla_wagner.hpp"
#include "networks/conditioning/temporal_difference.hpp"
#include "networks/delays/delay_detector.hpp"
#include "networks/delays/direction_detectors.hpp"
#include "networks/delays/synchroniser.hpp"
#include "networks/diffusion/dale_langevin.hpp"
#include "networks/gradient/modules.hpp"
#include "networks/hopfield/multitasking_hopfield.hpp"
#include "networks/modules/modules.hpp"
#include "networks/motion/motion_detector.hpp"
#include "networks/reservoir/what_when_reservoir.hpp"
#include "networks/training/learners.hpp"

namespace spikeloom {

const std::vector<ModuleInfo>& module_catalogue() {
  static const std::vector<ModuleInfo> catalogue = {
      // clang-format off
      cortical_microcircuit_module(),
      brunel_module(),
      rescorla_wagner_module(),
      temporal_difference_module(),
      associative_memory_module(),
      what_when_reservoir_module(),
      eprop_network_module(),
      superspike_network_module(),
      btsp_neuron_module(),
      force_izhikevich_module(),
      force_lif_module(),
      softmax_regression_module(),
      eventprop_network_module(),
      delay_detector_module(),
      direction_detectors_module(),
      myelin_bundle_module(),
      dcls_network_module(),
      motion_layer_module(),
      multitasking_hopfield_module(),
      counter_current_module(),
      counter_current_spiking_module(),
      dale_langevin_module(),
      monotone_dbm_module(),
      // clang-format on
  };
  return catalogue;
}

const ModuleInfo* find_module(std::string_view name) {
  const auto& catalogue = module_catalogue();
  const auto found =
      std::find_if(catalogue.begin(), catalogue.end(), [&](const auto& module) { return module.name == name; });
  return found == catalogue.end() ? nullptr : &*found;
}

}  // namespace spikeloom
