/// What an event-driven rule is: a struct like plasticity/rules/stdp_pair.hpp, and which hooks it may have.
#pragma once

#include <array>
#include <concepts>
#include <iterator>
#include <limits>

namespace spikeloom {

/// What bounds a weight: magnitudes, or signed values if w_min is negative.
struct WeightBounds {
  float low = 0, high = std::numeric_limits<float>::infinity();
};

/// What an event-driven rule must have. Optional: `on_pre`, `on_post`, `release`, `modulated`.
template <class Rule>
concept EventDrivenRule = requires(const typename Rule::Params& params, typename Rule::Synapse& synapse,
                                   const WeightBounds& bounds) {
  { Rule::prepare(params, bounds) } -> std::same_as<typename Rule::Kernel>;
  { synapse.weight } -> std::same_as<float&>;
  std::size(Rule::params);
  std::size(Rule::columns);
  std::size(Rule::pre_traces);
  std::size(Rule::post_traces);
};

template <class Rule>
using PreTraces = std::array<float, std::size(Rule::pre_traces)>;
template <class Rule>
using PostTraces = std::array<float, std::size(Rule::post_traces)>;

/// `on_pre(kernel, synapse, post)` at an arrival, or with the presynaptic traces before it as third argument.
template <class Rule>
concept ReadsPreBefore = requires(const typename Rule::Kernel& kernel, typename Rule::Synapse& synapse,
                                  const PreTraces<Rule>& pre, const PostTraces<Rule>& post) {
  Rule::on_pre(kernel, synapse, pre, post);
};
template <class Rule>
concept HasPreHook = ReadsPreBefore<Rule> ||
    requires(const typename Rule::Kernel& kernel, typename Rule::Synapse& synapse, const PostTraces<Rule>& post) {
  Rule::on_pre(kernel, synapse, post);
};
/// `on_post(kernel, synapse, pre)` at a target spike, or with the postsynaptic traces before it as fourth argument.
template <class Rule>
concept ReadsPostBefore = requires(const typename Rule::Kernel& kernel, typename Rule::Synapse& synapse,
                                   const PreTraces<Rule>& pre, const PostTraces<Rule>& post) {
  Rule::on_post(kernel, synapse, pre, post);
};
template <class Rule>
concept HasPostHook = ReadsPostBefore<Rule> ||
    requires(const typename Rule::Kernel& kernel, typename Rule::Synapse& synapse, const PreTraces<Rule>& pre) {
  Rule::on_post(kernel, synapse, pre);
};
/// A rule whose source keeps a state of its own instead of plain traces, and scales what is transmitted.
template <class Rule>
concept HasRelease = requires(const typename Rule::Kernel& kernel, PreTraces<Rule>& state,
                              const PreTraces<Rule>& decay) {
  { Rule::release(kernel, state, decay) } -> std::same_as<float>;
};
/// A rule with an eligibility that a modulator turns into weight. `on_post` adds to the eligibility without reading it.
template <class Rule>
concept IsModulated = requires(typename Rule::Synapse& synapse, const typename Rule::Params& params) {
  { synapse.eligibility } -> std::same_as<float&>;
  { Rule::tau_eligibility(params) } -> std::same_as<double>;
  { Rule::modulator_offset(params) } -> std::same_as<double>;
};

}  // namespace spikeloom
