/// Reads `plasticity:` of a projection: the rule, its parameters, the modulator it listens to.
#pragma once

#include <optional>
#include <string>

#include "io/yaml/map_reader.hpp"
#include "networks/spec.hpp"
#include "plasticity/rule.hpp"

namespace spikeloom::io::yaml {

std::vector<std::string> plasticity_rule_names();

/// The rule's parameters with the unit of weights filled in.
std::vector<ParamInfo> params_in_unit(const RuleInfo& rule, const std::string& weight_unit);

/// `weight_unit`: of the target's receptor.
std::optional<PlasticitySpec> read_plasticity(const Located& at, const std::string& weight_unit, Reading& reading);

}  // namespace spikeloom::io::yaml
