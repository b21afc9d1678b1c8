/// The catalogue: one line per learning rule.
#include <algorithm>

#include "plasticity/rules/rules.hpp"

namespace spikeloom {

const ParamInfo* RuleInfo::param(std::string_view param_name) const {
  const auto found = std::ranges::find(params, param_name, &ParamInfo::name);
  return found == params.end() ? nullptr : &*found;
}

const std::vector<RuleInfo>& rule_catalogue() {
  // One line per rule.
  // clang-format off
  static const std::vector<RuleInfo> catalogue = {
      stdp_pair_rule(),
      stdp_derivative_rule(),
      stdp_dopamine_rule(),
      delta_rule(),
      counterpart_delta_rule(),
      short_term_rule(),
      stdp_inhibitory_rule(),
      stdp_triplet_rule(),
      delay_stdp_rule(),
      myelin_rule(),
  };
  // clang-format on
  return catalogue;
}

const RuleInfo* find_rule(std::string_view name) {
  const auto& catalogue = rule_catalogue();
  const auto found = std::ranges::find(catalogue, name, &RuleInfo::name);
  return found == catalogue.end() ? nullptr : &*found;
}

}  // namespace spikeloom
