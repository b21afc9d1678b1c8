/// Plastic projections on their way into a partition: what the rule is given, and its synapses.
#pragma once

#include <functional>
#include <memory>

#include "networks/wiring.hpp"
#include "plasticity/rule.hpp"

namespace spikeloom {

/// What all partitions share of one plastic projection.
struct PlasticPlan {
  const RuleInfo* rule = nullptr;
  RuleArguments arguments;  // weights as magnitudes
  float sign = 1;           // of the weights
  float row_sign = 1;       // of what the input row is given
  int receptor = 0;
  Step axonal_delay = 0;
  bool all_axonal = false;
};

/// The sign that all weights of a plastic projection share: that of w_max or w_min where given, else of their mean.
float weight_sign(const ProjectionSpec& projection);

/// The user's arguments of a projection's rule, bounds as magnitudes.
RuleArguments rule_arguments(const ProjectionSpec& projection);

/// `receptor`: that of the weights' sign. Throws SpecError (path below the projection) for a rule that is unknown.
PlasticPlan plan_plasticity(const ProjectionSpec& projection, const ModelInfo& target, int receptor, double resolution);

/// The synapses onto neurons [first, first + count) of the target population; `sources` neurons in the source one.
/// `pause` is called now and then, and may throw.
PlasticSynapseBuilder fill_plastic(const Wiring& wiring, float sign, std::uint32_t sources, std::uint32_t first,
                                   std::uint32_t count, const std::function<void()>& pause, SynapseBlock& block);

}  // namespace spikeloom
