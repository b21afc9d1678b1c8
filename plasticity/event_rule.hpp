/// The catalogue line of an event-driven rule: its own parameters, and those that every rule has.
#pragma once

#include <cmath>
#include <memory>

#include "plasticity/event_driven.hpp"

namespace spikeloom {

/// What the engine offers to every rule: bounds, synaptic scaling, and for rules with traces how spikes are paired.
std::vector<ParamInfo> common_rule_params(bool traces, bool needs_w_max);
/// Bounds from arguments.
WeightBounds bounds_of(const RuleArguments& arguments);
/// Synaptic scaling from arguments.
ScalingParams scaling_of(const RuleArguments& arguments);
/// Bounds the wrong way round.
void check_bounds(const RuleArguments& arguments, std::vector<Problem>& problems);

template <class Rule>
constexpr bool needs_w_max() {
  if constexpr (requires { Rule::needs_w_max; }) return Rule::needs_w_max;
  return false;
}

template <class Rule>
std::unique_ptr<PlasticProjection> make_event_driven(const RuleRequest& request) {
  const auto pairs = request.arguments.texts.find("pairs");
  const bool nearest = pairs != request.arguments.texts.end() && pairs->second == "nearest";
  return std::make_unique<EventDrivenSynapses<Rule>>(request, bounds_of(request.arguments), nearest,
                                                     scaling_of(request.arguments));
}

/// Several structs are the variants of one rule: the user chooses by the parameter Rule::variant_key, the first is the
/// default, and all else is read from the first.
template <class Rule, class... OtherVariants>
RuleInfo event_rule() {
  constexpr bool traces = (std::size(Rule::pre_traces) > 0 || std::size(Rule::post_traces) > 0) && !HasRelease<Rule>;
  RuleInfo info;
  info.name = Rule::name;
  info.summary = Rule::summary;
  info.equations = Rule::equations;
  info.params = param_infos(Rule::params);
  for (auto& param : info.params) param.per_neuron = false;
  for (const auto& column : Rule::columns)
    info.columns.push_back({std::string(column.name), std::string(column.unit), std::string(column.doc)});
  info.bytes_per_synapse = 4 * std::size(Rule::columns) + sizeof(Slot);
  info.modulated = IsModulated<Rule>;
  struct Variant {
    std::string_view name;
    std::unique_ptr<PlasticProjection> (*make)(const RuleRequest&);
    bool needs_w_max;
  };
  if constexpr (sizeof...(OtherVariants) == 0) {
    info.make = make_event_driven<Rule>;
    if constexpr (!HasRelease<Rule>)
      for (auto& param : common_rule_params(traces, needs_w_max<Rule>())) info.params.push_back(std::move(param));
    info.check = [](const RuleArguments& arguments, double, std::vector<Problem>& problems) {
      check_bounds(arguments, problems);
    };
  } else {
    static constexpr std::array variants = {
        Variant{Rule::variant, make_event_driven<Rule>, needs_w_max<Rule>()},
        Variant{OtherVariants::variant, make_event_driven<OtherVariants>, needs_w_max<OtherVariants>()}...};
    const auto chosen = [](const RuleArguments& arguments) {
      const auto text = arguments.texts.find(Rule::variant_key);
      for (const auto& variant : variants)
        if (text != arguments.texts.end() && text->second == variant.name) return variant;
      return variants.front();
    };
    ParamInfo choice{.name = std::string(Rule::variant_key),
                     .unit = "",
                     .doc = std::string(Rule::variant_doc),
                     .kind = ParamKind::choice};
    choice.default_text = Rule::variant;
    for (const auto& variant : variants) choice.choices.emplace_back(variant.name);
    choice.per_neuron = false;
    info.params.push_back(std::move(choice));
    for (auto& param : common_rule_params(traces, false)) info.params.push_back(std::move(param));
    info.check = [chosen](const RuleArguments& arguments, double, std::vector<Problem>& problems) {
      check_bounds(arguments, problems);
      const auto variant = chosen(arguments);
      if (variant.needs_w_max && !arguments.numbers.contains("w_max"))
        problems.push_back({{},
                            "w_max",
                            "is missing",
                            "give the largest weight, or choose another " + std::string(Rule::variant_key)});
    };
    info.make = [chosen](const RuleRequest& request) { return chosen(request.arguments).make(request); };
  }
  return info;
}

}  // namespace spikeloom
