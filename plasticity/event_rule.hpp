/// The catalogue line of a rule of the engine: its own parameters, and those that every rule has.
#pragma once

#include <cmath>
#include <memory>

#include "plasticity/event_driven.hpp"
#include "plasticity/interval_driven.hpp"

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

template <class Synapses>
std::unique_ptr<PlasticProjection> make_synapses(const RuleRequest& request) {
  const auto pairs = request.arguments.texts.find("pairs");
  const bool nearest = pairs != request.arguments.texts.end() && pairs->second == "nearest";
  return std::make_unique<Synapses>(request, bounds_of(request.arguments), nearest, scaling_of(request.arguments));
}

/// What the catalogue says of a rule, whatever drives it.
template <class Rule>
RuleInfo described_rule() {
  RuleInfo info;
  info.name = Rule::name;
  info.summary = Rule::summary;
  info.equations = Rule::equations;
  info.params = param_infos(Rule::params);
  for (auto& param : info.params) param.per_neuron = false;
  for (const auto& column : Rule::columns)
    info.columns.push_back({std::string(column.name), std::string(column.unit), std::string(column.doc)});
  info.check = [](const RuleArguments& arguments, double, std::vector<Problem>& problems) {
    check_bounds(arguments, problems);
  };
  return info;
}

/// A rule whose weights stand still between intervals (plasticity/interval_driven.hpp).
template <class Rule>
RuleInfo interval_rule() {
  auto info = described_rule<Rule>();
  info.bytes_per_synapse = IntervalDrivenSynapses<Rule>::bytes_per_synapse;
  for (auto& param : common_rule_params(true, false)) info.params.push_back(std::move(param));
  info.make = make_synapses<IntervalDrivenSynapses<Rule>>;
  return info;
}

/// Several structs are the variants of one rule: the user chooses by the parameter Rule::variant_key, the first is the
/// default, and all else is read from the first.
template <class Rule, class... OtherVariants>
RuleInfo event_rule() {
  constexpr bool traces = (std::size(Rule::pre_traces) > 0 || std::size(Rule::post_traces) > 0) && !HasRelease<Rule>;
  auto info = described_rule<Rule>();
  info.bytes_per_synapse = 4 * std::size(Rule::columns) + sizeof(Slot);
  info.modulated = IsModulated<Rule>;
  struct Variant {
    std::string_view name;
    std::unique_ptr<PlasticProjection> (*make)(const RuleRequest&);
    bool needs_w_max;
  };
  if constexpr (sizeof...(OtherVariants) == 0) {
    info.make = make_synapses<EventDrivenSynapses<Rule>>;
    if constexpr (!HasRelease<Rule>)
      for (auto& param : common_rule_params(traces, needs_w_max<Rule>())) info.params.push_back(std::move(param));
  } else {
    static constexpr std::array variants = {
        Variant{Rule::variant, make_synapses<EventDrivenSynapses<Rule>>, needs_w_max<Rule>()},
        Variant{OtherVariants::variant, make_synapses<EventDrivenSynapses<OtherVariants>>,
                needs_w_max<OtherVariants>()}...};
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
