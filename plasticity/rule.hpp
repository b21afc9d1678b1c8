/// A learning rule as the user and the builder see it, whatever its equations: catalogue entry, arguments, request.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/errors.hpp"
#include "core/field.hpp"
#include "core/plastic_projection.hpp"

namespace spikeloom {

/// Unit of parameters that are weights: that of the target's receptor.
inline constexpr std::string_view unit_of_weight = "weight";

/// What the user has given; what is absent has its default. Bounds are magnitudes (times the projection's sign).
struct RuleArguments {
  std::map<std::string, double, std::less<>> numbers = {};
  std::map<std::string, std::string, std::less<>> texts = {};
};

/// The synapses of one projection onto one slice, to be governed by a rule.
struct RuleRequest {
  const RuleArguments& arguments;
  const PlasticSynapseBuilder& synapses;  // finished; weights are magnitudes
  NeuronId first_source = 0;              // global id of the first neuron of the source population
  std::uint32_t first_target = 0;         // of the slice, local to its population
  std::uint32_t target_count = 0;         // neurons of the slice
  Step axonal_delay = 0;                  // steps before the synapse; the rest is dendritic
  bool all_axonal = false;                // the whole delay lies before the synapse
  float sign = 1;                         // of the weights
  float row_sign = 1;                     // of what is added to the input row (1 for conductances)
  Step window = 1;                        // longest stretch between two collects
  double resolution = 0.1;                // ms
  std::uint64_t seed = 1;
  std::uint32_t stream = 0;  // number of the projection, for what the rule draws
};

/// One line of the catalogue.
struct RuleInfo {
  std::string name;
  std::string summary;    // one line, with the source
  std::string equations;  // several lines, for `describe`
  std::vector<ParamInfo> params;
  std::vector<VariableInfo> columns;  // what is stored per synapse
  std::size_t bytes_per_synapse = 0;  // columns and target, without the directory
  bool modulated = false;             // needs a modulator
  bool needs_comparison = false;      // ... that compares the target population with another one
  bool needs_magnitudes = true;       // weights of one projection must share one sign
  bool changes_delays = false;
  /// Shortest delay that any synapse can ever have [steps], the same for every partition; null: as built.
  std::function<Step(const RuleArguments&, double resolution)> shortest_delay = {};
  /// Checks that involve several parameters; appends problems whose path is the parameter's name alone.
  std::function<void(const RuleArguments&, double resolution, std::vector<Problem>&)> check;
  std::function<std::unique_ptr<PlasticProjection>(const RuleRequest&)> make;

  const ParamInfo* param(std::string_view param_name) const;
};

/// Every rule, in the order of the documentation. One line per rule, in plasticity/catalogue.cpp.
const std::vector<RuleInfo>& rule_catalogue();
const RuleInfo* find_rule(std::string_view name);

/// Fills a Params struct; fields absent from `arguments` keep their defaults.
template <class Struct, std::size_t n>
Struct params_of(const std::array<Field<Struct>, n>& fields, const RuleArguments& arguments) {
  Struct params{};
  for (const auto& field : fields)
    if (const auto found = arguments.numbers.find(field.name); found != arguments.numbers.end())
      params.*field.member = found->second;
  return params;
}

}  // namespace spikeloom
