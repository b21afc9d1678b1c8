/// Signs, arguments and rows of plastic projections.
#include "networks/plastic_build.hpp"

#include <cmath>
#include <numeric>

namespace spikeloom {
namespace {

/// A number with the sign of most of a value's numbers; 0 where it cannot be told before they are drawn.
struct Mean {
  double operator()(const Constant& c) const { return c.value; }
  double operator()(const Uniform& u) const { return u.low + u.high; }
  double operator()(const Normal& n) const { return n.mean; }
  double operator()(const LogNormal& l) const { return l.scale; }
  double operator()(const Exponential& e) const { return e.offset + e.mean; }
  double operator()(const UniformInteger& u) const { return static_cast<double>(u.low + u.high) * u.scale; }
  double operator()(const Expression&) const { return 0; }
  double operator()(const Array& a) const { return std::accumulate(a.values.begin(), a.values.end(), 0.0); }
};

/// Calls visit(source, target, k) for the synapses of every driving neuron onto [first, first + count); `prepare` fills
/// the block.
template <class Prepare, class Visit>
void for_synapses(const Wiring& wiring, std::uint32_t sources, std::uint32_t first, std::uint32_t count,
                  const std::function<void()>& pause, SynapseBlock& block, Prepare prepare, Visit visit) {
  const bool by_target = wiring.driver() == Connector::Driver::target;
  const std::uint32_t begin = by_target ? first : 0, end = by_target ? first + count : sources;
  for (std::uint32_t neuron = begin; neuron < end; ++neuron) {
    if (neuron % 64 == 0) pause();
    prepare(neuron);
    for (std::size_t k = 0; k < block.partners.size(); ++k) {
      const auto target = (by_target ? neuron : block.partners[k]) - first;
      if (target < count) visit(by_target ? block.partners[k] : neuron, target, k);
    }
  }
}

}  // namespace

float weight_sign(const ProjectionSpec& projection) {
  if (projection.plasticity)
    for (const auto* bound : {"w_max", "w_min"}) {
      const auto given = projection.plasticity->params.find(bound);
      if (given != projection.plasticity->params.end() && given->second != 0) return given->second < 0 ? -1.0f : 1.0f;
    }
  const auto* list = std::get_if<SynapseList>(&projection.connect);
  const double mean =
      list && !list->weights.empty() ? Mean{}(Array{list->weights}) : std::visit(Mean{}, projection.weight);
  return mean < 0 ? -1.0f : 1.0f;
}

RuleArguments rule_arguments(const ProjectionSpec& projection) {
  const float sign = weight_sign(projection);
  RuleArguments arguments;
  arguments.texts = {projection.plasticity->texts.begin(), projection.plasticity->texts.end()};
  for (const auto& [name, value] : projection.plasticity->params)
    arguments.numbers[name] = name == "w_max" || name == "w_min" ? sign * value : value;
  return arguments;
}

PlasticPlan plan_plasticity(const ProjectionSpec& projection, const ModelInfo& target, int receptor,
                            double resolution) {
  const auto* rule = find_rule(projection.plasticity->rule);
  if (rule == nullptr)
    throw SpecError("plasticity.rule", "unknown rule '" + projection.plasticity->rule + "'",
                    "spikeloom describe lists the rules");
  const float sign = weight_sign(projection);
  const bool magnitude = target.receptors[static_cast<std::size_t>(receptor)].magnitude;
  return {.rule = rule,
          .arguments = rule_arguments(projection),
          .sign = sign,
          .row_sign = magnitude ? 1.0f : sign,
          .receptor = receptor,
          .axonal_delay = std::llround(projection.axonal_delay / resolution),
          .all_axonal = projection.all_axonal};
}

PlasticSynapseBuilder fill_plastic(const Wiring& wiring, float sign, std::uint32_t sources, std::uint32_t first,
                                   std::uint32_t count, const std::function<void()>& pause, SynapseBlock& block) {
  PlasticSynapseBuilder builder(sources);
  for_synapses(
      wiring, sources, first, count, pause, block,
      [&](std::uint32_t neuron) { wiring.partners_of(neuron, block.partners); },
      [&](std::uint32_t source, std::uint32_t, std::size_t) { builder.count(source); });
  builder.allocate();
  const bool one_delay = wiring.alike_delays(), one_weight = wiring.alike_weights();
  for_synapses(
      wiring, sources, first, count, pause, block,
      [&](std::uint32_t neuron) { wiring.synapses_of(neuron, block, true); },
      [&](std::uint32_t source, std::uint32_t target, std::size_t k) {
        builder.add(source, {sign * block.weights[one_weight ? 0 : k], static_cast<Slot>(target),
                             static_cast<std::uint16_t>(block.delays[one_delay ? 0 : k])});
      });
  builder.finish();
  return builder;
}

}  // namespace spikeloom
