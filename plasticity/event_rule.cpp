/// Parameters that belong to the engine of event-driven rules.
#include "plasticity/event_rule.hpp"

#include <limits>

namespace spikeloom {

std::vector<ParamInfo> common_rule_params(bool traces, bool needs_w_max) {
  std::vector<ParamInfo> params;
  params.push_back({.name = "w_max",
                    .unit = std::string(unit_of_weight),
                    .doc = "weight of the largest magnitude, with the sign of the weights",
                    .default_number = std::numeric_limits<double>::infinity(),
                    .required = needs_w_max,
                    .per_neuron = false});
  params.push_back({.name = "w_min",
                    .unit = std::string(unit_of_weight),
                    .doc = "weight of the smallest magnitude; of the other sign: weights may change sign",
                    .per_neuron = false});
  params.push_back({.name = "scaling_rate",
                    .unit = "Hz",
                    .doc = "synaptic scaling: the rate that weights onto a neuron are scaled for; 0: none",
                    .check = non_negative,
                    .per_neuron = false});
  params.push_back({.name = "scaling_tau",
                    .unit = "ms",
                    .doc = "time constant of synaptic scaling",
                    .default_number = ScalingParams{}.tau,
                    .check = positive,
                    .per_neuron = false});
  if (traces) {
    ParamInfo pairs{.name = "pairs",
                    .unit = "",
                    .doc = "all_to_all: traces grow by 1 with every spike; nearest: they are set to 1",
                    .kind = ParamKind::choice};
    pairs.default_text = "all_to_all";
    pairs.choices = {"all_to_all", "nearest"};
    pairs.per_neuron = false;
    params.push_back(std::move(pairs));
  }
  return params;
}

WeightBounds bounds_of(const RuleArguments& arguments) {
  WeightBounds bounds;
  if (const auto low = arguments.numbers.find("w_min"); low != arguments.numbers.end())
    bounds.low = static_cast<float>(low->second);
  if (const auto high = arguments.numbers.find("w_max"); high != arguments.numbers.end())
    bounds.high = static_cast<float>(high->second);
  return bounds;
}

ScalingParams scaling_of(const RuleArguments& arguments) {
  ScalingParams scaling;
  if (const auto rate = arguments.numbers.find("scaling_rate"); rate != arguments.numbers.end())
    scaling.rate = rate->second;
  if (const auto tau = arguments.numbers.find("scaling_tau"); tau != arguments.numbers.end()) scaling.tau = tau->second;
  return scaling;
}

void check_bounds(const RuleArguments& arguments, std::vector<Problem>& problems) {
  const auto bounds = bounds_of(arguments);
  if (bounds.high < bounds.low)
    problems.push_back({{}, "w_max", "w_max has a smaller magnitude than w_min", "raise w_max, or lower w_min"});
}

}  // namespace spikeloom
