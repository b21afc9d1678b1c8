/// Bounds of learned delays.
#include "plasticity/delay_synapses.hpp"

#include <fmt/format.h>

namespace spikeloom {

DelayBounds delay_bounds_of(const RuleArguments& arguments, double resolution) {
  DelayBounds bounds;
  const auto take = [&](const char* name, double& value) {
    if (const auto found = arguments.numbers.find(name); found != arguments.numbers.end()) value = found->second;
  };
  bounds.d_max = default_longest_learned_delay;
  take("w_min", bounds.w_min), take("w_max", bounds.w_max);
  take("d_min", bounds.d_min), take("d_max", bounds.d_max);
  bounds.d_min = std::max(bounds.d_min, resolution);
  return bounds;
}

Step shortest_learned_delay(const RuleArguments& arguments, double resolution) {
  return rounded_steps(delay_bounds_of(arguments, resolution).d_min, 1 / resolution);
}

std::vector<ParamInfo> delay_bound_params() {
  const auto bound = [](const char* name, std::string_view unit, const char* doc, double otherwise) {
    return ParamInfo{.name = name,
                     .unit = std::string(unit),
                     .doc = doc,
                     .default_number = otherwise,
                     .check = non_negative,
                     .per_neuron = false};
  };
  auto w_max = bound("w_max", unit_of_weight, "weight of the largest magnitude, with the sign of the weights", 0);
  w_max.check = finite, w_max.required = true;
  auto w_min = bound("w_min", unit_of_weight, "weight of the smallest magnitude", 0);
  w_min.check = finite;
  return {w_max, w_min, bound("d_min", "ms", "shortest delay; it also bounds the network's window. 0: one step", 0),
          bound("d_max", "ms", "longest delay", default_longest_learned_delay)};
}

void check_delay_bounds(const RuleArguments& arguments, double resolution, std::vector<Problem>& problems) {
  const auto bounds = delay_bounds_of(arguments, resolution);
  const auto given = arguments.numbers.find("d_min");
  if (given != arguments.numbers.end() && given->second > 0 && given->second < resolution)
    problems.push_back({{},
                        "d_min",
                        fmt::format("{:g} ms is shorter than one step ({:g} ms)", given->second, resolution),
                        "raise it, or write 0 for one step"});
  if (bounds.d_max < bounds.d_min)
    problems.push_back({{}, "d_max", "d_max is shorter than d_min", "raise d_max, or lower d_min"});
  if (bounds.d_max > static_cast<double>(longest_delay) * resolution)
    problems.push_back({{},
                        "d_max",
                        fmt::format("{:g} ms is longer than {} steps", bounds.d_max, longest_delay),
                        "lower d_max, or raise experiment.resolution"});
  if (bounds.w_min < 0)
    problems.push_back({{}, "w_min", "weights of synapses whose delays learn keep their sign", "raise it to 0"});
  if (bounds.w_max < bounds.w_min)
    problems.push_back({{}, "w_max", "w_max has a smaller magnitude than w_min", "raise w_max, or lower w_min"});
}

}  // namespace spikeloom
