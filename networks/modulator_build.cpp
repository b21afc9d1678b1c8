/// Each way of driving a modulator, in steps.
#include "networks/modulator_build.hpp"

#include <algorithm>
#include <cmath>

#include "networks/evaluate.hpp"
#include "networks/network_ids.hpp"

namespace spikeloom {
namespace {

/// Turns the user's description into the engine's, one member per kind.
struct InSteps {
  const ExperimentSpec& experiment;
  const std::string& name;  // of the modulator
  std::vector<NeuronId> firsts = first_ids(experiment.network);

  Step steps(double ms) const { return std::max<Step>(1, std::llround(ms / experiment.resolution)); }
  std::pair<NeuronId, NeuronId> neurons(const std::string& population) const {
    const auto& all = experiment.network.populations;
    for (std::size_t p = 0; p < all.size(); ++p)
      if (all[p].name == population) return {firsts[p], firsts[p + 1] - 1};
    throw SpecError("modulators", "there is no population '" + population + "'");
  }

  ModulatorSource operator()(const SpikeModulation& s) const {
    const auto [first, last] = neurons(s.population);
    return ModulatorFromSpikes{first, last, s.amount, steps(s.delay)};
  }
  ModulatorSource operator()(const TimedModulation& s) const {
    ModulatorFromSchedule schedule;
    for (const double time : s.times) schedule.steps.push_back(std::llround(time / experiment.resolution));
    std::ranges::sort(schedule.steps);
    schedule.amounts.assign(schedule.steps.size(), s.amount);
    return schedule;
  }
  ModulatorSource operator()(const PoissonModulation& s) const {
    return ModulatorFromPoisson{-std::expm1(-s.rate * 1e-3 * experiment.resolution), s.amount};
  }
  ModulatorSource operator()(const CoincidenceModulation& s) const {
    const auto first = neurons(s.population).first;
    return ModulatorFromCoincidence{first + s.first,   first + s.second, steps(s.within),
                                    steps(s.shortest), steps(s.longest), s.amount};
  }
  ModulatorSource operator()(const ReadoutModulation& s) const {
    const auto [first, last] = neurons(s.population);
    ModulatorFromReadout readout{
        .first = first, .weights = {}, .delay = steps(s.delay), .steps = {}, .targets = s.targets};
    readout.weights = evaluate(s.weights, {experiment.seed, first, "modulator:" + name, last - first + 1, nullptr});
    readout.weights.resize(last - first + 1, readout.weights.front());
    for (const double time : s.times) readout.steps.push_back(std::llround(time / experiment.resolution));
    return readout;
  }
  ModulatorSource operator()(const ComparisonModulation& s) const {
    const auto [first, last] = neurons(s.population);
    ModulatorFromComparison comparison{.first = first,
                                       .second = neurons(s.with).first,
                                       .count = last - first + 1,
                                       .amount = s.amount,
                                       .delay = steps(s.delay),
                                       .steps = {},
                                       .targets = s.targets};
    for (const double time : s.times) comparison.steps.push_back(std::llround(time / experiment.resolution));
    return comparison;
  }
};

}  // namespace

std::vector<Modulator> make_modulators(const ExperimentSpec& experiment) {
  std::vector<Modulator> modulators;
  for (std::size_t k = 0; k < experiment.network.modulators.size(); ++k) {
    const auto& spec = experiment.network.modulators[k];
    ModulatorDefinition definition{.name = spec.name,
                                   .tau = spec.tau / experiment.resolution,
                                   .baseline = spec.baseline,
                                   .sources = {},
                                   .seed = experiment.seed,
                                   .stream = static_cast<std::uint32_t>(k)};
    const InSteps in_steps{experiment, spec.name};
    for (const auto& source : spec.sources) definition.sources.push_back(std::visit(in_steps, source));
    modulators.emplace_back(std::move(definition));
  }
  return modulators;
}

void record_modulators(const ExperimentSpec& experiment, std::span<Modulator> modulators) {
  for (const auto& record : experiment.record.modulators)
    for (auto& modulator : modulators)
      if (modulator.name() == record.modulator)
        modulator.record(std::max<Step>(1, std::llround(record.every / experiment.resolution)));
}

}  // namespace spikeloom
