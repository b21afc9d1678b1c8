/// The catalogue of layer-wise learning rules: one line per rule.
#include "plasticity/layers/rule.hpp"

#include <algorithm>

namespace spikeloom {

const std::vector<LayerRuleInfo>& layer_rule_catalogue() {
  static const std::vector<LayerRuleInfo> catalogue = {
      counter_current_rule(),
      backpropagation_rule(),
      feedback_alignment_rule(),
      direct_feedback_alignment_rule(),
  };
  return catalogue;
}

const LayerRuleInfo* find_layer_rule(std::string_view name) {
  const auto& catalogue = layer_rule_catalogue();
  const auto found =
      std::find_if(catalogue.begin(), catalogue.end(), [&](const auto& rule) { return rule.name == name; });
  return found == catalogue.end() ? nullptr : &*found;
}

}  // namespace spikeloom
