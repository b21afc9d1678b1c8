/// A rule's parameters are read like a model's, one number each.
#include "io/yaml/plasticity_reader.hpp"

#include <fmt/format.h>

#include "io/spelling.hpp"
#include "io/yaml/network_reader.hpp"

namespace spikeloom::io::yaml {

std::vector<std::string> plasticity_rule_names() {
  std::vector<std::string> names;
  for (const auto& rule : rule_catalogue()) names.push_back(rule.name);
  return names;
}

std::vector<ParamInfo> params_in_unit(const RuleInfo& rule, const std::string& weight_unit) {
  auto params = rule.params;
  for (auto& param : params)
    if (param.unit == unit_of_weight) param.unit = weight_unit;
  return params;
}

std::optional<PlasticitySpec> read_plasticity(const Located& at, const std::string& weight_unit, Reading& reading) {
  MapReader map(at, reading);
  if (!map.is_map()) return std::nullopt;
  map.accept("params");
  const auto name_at = map.required("rule", "a learning rule, for example 'rule: stdp_pair'");
  const auto modulator_at = map.optional("modulator");
  map.finish();
  const auto name = name_at ? read_text(name_at, "the name of a learning rule", reading) : std::nullopt;
  if (!name) return std::nullopt;
  const auto* rule = find_rule(*name);
  if (rule == nullptr) {
    report(
        name_at, reading,
        {fmt::format("unknown learning rule {}", name_at->description()), suggestion(*name, plasticity_rule_names())});
    return std::nullopt;
  }
  PlasticitySpec plasticity{.rule = *name, .params = {}, .texts = {}, .modulator = {}};
  if (modulator_at) plasticity.modulator = read_text(modulator_at, "the name of a modulator", reading);
  const auto params = params_in_unit(*rule, weight_unit);
  if (const auto params_at = map.optional("params")) {
    auto arguments = read_params(params_at, params, rule->name, {.count = {}, .single = true}, reading);
    for (auto& [key, value] : arguments.numbers)
      if (const auto* constant = std::get_if<Constant>(&value)) plasticity.params[key] = constant->value;
    plasticity.texts = std::move(arguments.texts);
  } else {
    for (const auto& param : params)
      if (param.required)
        report({at.node, map.path_of("params." + param.name)}, reading,
               {"is missing", fmt::format("write params: {{{}: ...}}, the {}", param.name, param.doc)});
  }
  return plasticity;
}

}  // namespace spikeloom::io::yaml
