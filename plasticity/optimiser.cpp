/// The catalogue of optimisers.
#include "plasticity/optimiser.hpp"

#include <algorithm>

namespace spikeloom {

const std::vector<OptimiserInfo>& optimiser_catalogue() {
  static const std::vector<OptimiserInfo> catalogue = {
      sgd_optimiser(), momentum_optimiser(), adam_optimiser(), rmaxprop_optimiser(), exponentiated_gradient_optimiser(),
  };
  return catalogue;
}

const OptimiserInfo* find_optimiser(std::string_view name) {
  const auto& catalogue = optimiser_catalogue();
  const auto found =
      std::find_if(catalogue.begin(), catalogue.end(), [&](const auto& info) { return info.name == name; });
  return found == catalogue.end() ? nullptr : &*found;
}

}  // namespace spikeloom
