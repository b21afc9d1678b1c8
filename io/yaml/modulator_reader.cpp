/// One entry of `from:` is one way of driving a modulator; the key that names it says which.
#include "io/yaml/modulator_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>

#include "io/spelling.hpp"
#include "io/yaml/value_reader.hpp"

namespace spikeloom::io::yaml {
namespace {

std::optional<double> read_single(const Located& at, std::string_view unit, Predicate check, Reading& reading) {
  const auto value = read_value(at, {.unit = std::string(unit), .check = check, .single = true}, reading);
  return value ? std::optional(std::get<Constant>(*value).value) : std::nullopt;
}

/// A population of neurons by name.
const PopulationSpec* read_population_of(const Located& at, const NetworkDraft& draft, Reading& reading) {
  const auto name = read_text(at, "the name of a population", reading);
  if (!name) return nullptr;
  const auto* population = draft.population(*name);
  if (!population)
    report(at, reading,
           {fmt::format("there is no population {}", at->description()), suggestion(*name, population_names(draft))});
  else if (!population->size)
    report(at, reading,
           {fmt::format("'{}' is a source without a size: it has no spikes of its own", *name), "give it a `size`"});
  return population && population->size ? population : nullptr;
}

std::optional<double> read_amount(MapReader& map, Reading& reading) {
  const auto at = map.required("amount", "what is added to the modulator, for example 'amount: 0.5'");
  return at ? read_single(at, "", finite, reading) : std::nullopt;
}

void read_spikes_source(MapReader& map, const NetworkDraft& draft, ModulatorSpec& modulator, Reading& reading) {
  const auto* population = read_population_of(map.optional("spikes"), draft, reading);
  const auto amount = read_amount(map, reading);
  const auto delay_at = map.required("delay", "the time from a spike to its effect, for example 'delay: 1 ms'");
  const auto delay = delay_at ? read_single(delay_at, "ms", positive, reading) : std::nullopt;
  if (population && amount && delay) modulator.sources.emplace_back(SpikeModulation{population->name, *amount, *delay});
}

void read_times_source(MapReader& map, ModulatorSpec& modulator, Reading& reading) {
  const auto times = read_numbers(map.optional("times"), "ms", non_negative, reading);
  const auto amount = read_amount(map, reading);
  if (times && amount) modulator.sources.emplace_back(TimedModulation{*times, *amount});
}

void read_poisson_source(MapReader& map, ModulatorSpec& modulator, Reading& reading) {
  const auto rate = read_single(map.optional("poisson"), "Hz", non_negative, reading);
  const auto amount = read_amount(map, reading);
  if (rate && amount) modulator.sources.emplace_back(PoissonModulation{*rate, *amount});
}

void read_coincidence_source(MapReader& map, const NetworkDraft& draft, ModulatorSpec& modulator, Reading& reading) {
  const auto* population = read_population_of(map.optional("coincidence"), draft, reading);
  const auto neurons_at = map.required("neurons", "who fires first and who second, for example 'neurons: [0, 1]'");
  const auto within_at = map.required("within", "the longest time between the two, for example 'within: 20 ms'");
  const auto delay_at = map.required("delay", "from the coincidence to its effect, for example 'delay: [1 s, 3 s]'");
  const auto amount = read_amount(map, reading);
  const auto neurons = neurons_at ? read_numbers(neurons_at, "", non_negative, reading) : std::nullopt;
  const auto within = within_at ? read_single(within_at, "ms", positive, reading) : std::nullopt;
  const auto delays = delay_at ? read_numbers(delay_at, "ms", positive, reading) : std::nullopt;
  if (neurons && neurons->size() != 2) {
    report(neurons_at, reading, {fmt::format("has {} numbers", neurons->size()), "name two neurons, first and second"});
    return;
  }
  if (delays && (delays->size() != 2 || delays->front() > delays->back())) {
    report(delay_at, reading, {"is no range of times", "write the shortest and the longest, for example [1 s, 3 s]"});
    return;
  }
  if (!population || !amount || !neurons || !within || !delays) return;
  for (const double neuron : *neurons)
    if (neuron != std::floor(neuron) || neuron >= *population->size) {
      report(neurons_at, reading,
             {fmt::format("there is no neuron {} in '{}'", neuron, population->name),
              fmt::format("neurons count from 0 to {}", *population->size - 1)});
      return;
    }
  modulator.sources.emplace_back(CoincidenceModulation{population->name, static_cast<std::uint32_t>(neurons->front()),
                                                       static_cast<std::uint32_t>(neurons->back()), *within,
                                                       delays->front(), delays->back(), *amount});
}

/// {times: [...], values: [...]} of a readout or a comparison.
template <class Modulation>
bool read_targets(const Located& at, Modulation& modulation, Reading& reading) {
  MapReader map(at, reading);
  const auto times_at = map.required("times", "when the target changes, for example 'times: [0 s, 1 s]'");
  const auto values_at = map.required("values", "the target from each of the times on, for example 'values: [5, 10]'");
  map.finish();
  const auto times = times_at ? read_numbers(times_at, "ms", non_negative, reading) : std::nullopt;
  const auto values = values_at ? read_numbers(values_at, "", finite, reading) : std::nullopt;
  if (!times || !values) return false;
  if (times->size() != values->size()) {
    report(values_at, reading,
           {fmt::format("has {} numbers for {} times", values->size(), times->size()), "give one value for each time"});
    return false;
  }
  if (!std::ranges::is_sorted(*times, std::less_equal<>{})) {
    report(times_at, reading, {"times do not ascend", "write them in the order in which they come"});
    return false;
  }
  modulation.times = *times, modulation.targets = *values;
  return true;
}

/// A number, or {times: [...], values: [...]}.
bool read_target(const Located& at, ReadoutModulation& readout, Reading& reading) {
  if (at->is(Node::Kind::map)) return read_targets(at, readout, reading);
  const auto target = read_single(at, "", finite, reading);
  readout.times = {0}, readout.targets = {target.value_or(0)};
  return target.has_value();
}

/// Of formulas: the neuron, and random numbers.
constexpr std::array<std::string_view, 6> weight_variables{"i", "r", "r1", "r2", "r3", "r4"};

void read_readout_source(MapReader& map, const NetworkDraft& draft, ModulatorSpec& modulator, Reading& reading) {
  const auto* population = read_population_of(map.optional("readout"), draft, reading);
  const auto weights_at = map.required("weights", "what a spike adds to the readout, for example 'weights: 0.01'");
  const auto target_at = map.required("target", "what the readout should be, for example 'target: 5'");
  const auto delay_at = map.required("delay", "the time from a spike to its effect, for example 'delay: 1 ms'");
  ValueDemand demand{.unit = "", .variables = weight_variables};
  if (population) demand.count = *population->size;
  const auto weights = weights_at ? read_value(weights_at, demand, reading) : std::nullopt;
  const auto delay = delay_at ? read_single(delay_at, "ms", positive, reading) : std::nullopt;
  ReadoutModulation readout;
  const bool has_target = target_at && read_target(target_at, readout, reading);
  if (!population || !weights || !delay || !has_target) return;
  readout.population = population->name, readout.weights = *weights, readout.delay = *delay;
  modulator.sources.emplace_back(std::move(readout));
}

void read_comparison_source(MapReader& map, const NetworkDraft& draft, ModulatorSpec& modulator, Reading& reading) {
  const auto* population = read_population_of(map.optional("compare"), draft, reading);
  const auto with_at = map.required("with", "the population to compare with, for example 'with: feedback'");
  const auto amount_at = map.required("amount", "what a spike adds to its neuron's trace, for example 'amount: 0.05'");
  const auto delay_at = map.required("delay", "the time from a spike to its effect, for example 'delay: 1 ms'");
  const auto target_at = map.required("target",
                                      "when to compare and what should come out, for example "
                                      "'target: {times: [30 ms, 90 ms], values: [1, 0]}'");
  const auto* with = with_at ? read_population_of(with_at, draft, reading) : nullptr;
  const auto amount = amount_at ? read_single(amount_at, "", finite, reading) : std::nullopt;
  const auto delay = delay_at ? read_single(delay_at, "ms", positive, reading) : std::nullopt;
  ComparisonModulation comparison;
  const bool has_target = target_at && read_targets(target_at, comparison, reading);
  if (!population || !with || !amount || !delay || !has_target) return;
  if (population == with || *population->size != *with->size)
    return report(
        with_at, reading,
        {fmt::format("'{}' cannot be compared with '{}': {}", population->name, with->name,
                     population == with ? "it is the same population"
                                        : fmt::format("they have {} and {} neurons", *population->size, *with->size)),
         "name two populations of the same size"});
  if (std::ranges::any_of(modulator.sources,
                          [](const auto& s) { return std::holds_alternative<ComparisonModulation>(s); }))
    return report(with_at, reading, {"is the second comparison of this modulator", "make it a modulator of its own"});
  comparison.population = population->name, comparison.with = with->name;
  comparison.amount = *amount, comparison.delay = *delay;
  modulator.sources.emplace_back(std::move(comparison));
}

void read_source(const Located& at, const NetworkDraft& draft, ModulatorSpec& modulator, Reading& reading) {
  MapReader map(at, reading);
  if (!map.is_map()) return;
  const std::vector<std::string> kinds{"spikes", "times", "poisson", "coincidence", "readout", "compare"};
  const auto given = std::count_if(kinds.begin(), kinds.end(), [&](const auto& kind) { return at->find(kind); });
  if (given != 1) {
    report(at, reading,
           {given == 0 ? "does not say what drives the modulator" : "names several things that drive the modulator",
            "write one of `spikes`, `times`, `poisson`, `coincidence`, `readout` and `compare` in each entry"});
    return;
  }
  if (at->find("spikes")) read_spikes_source(map, draft, modulator, reading);
  if (at->find("times")) read_times_source(map, modulator, reading);
  if (at->find("poisson")) read_poisson_source(map, modulator, reading);
  if (at->find("coincidence")) read_coincidence_source(map, draft, modulator, reading);
  if (at->find("readout")) read_readout_source(map, draft, modulator, reading);
  if (at->find("compare")) read_comparison_source(map, draft, modulator, reading);
  map.finish();
}

ModulatorSpec read_modulator(std::string name, const Located& at, const NetworkDraft& draft, Reading& reading) {
  ModulatorSpec modulator;
  modulator.name = std::move(name);
  MapReader map(at, reading);
  const auto tau_at = map.required("tau", "the time constant of its decay, for example 'tau: 200 ms'");
  const auto baseline_at = map.optional("baseline");
  const auto from_at = map.optional("from");
  map.finish();
  if (const auto tau = tau_at ? read_single(tau_at, "ms", positive, reading) : std::nullopt) modulator.tau = *tau;
  if (baseline_at)
    if (const auto baseline = read_single(baseline_at, "", finite, reading)) modulator.baseline = *baseline;
  if (!from_at) return modulator;
  if (!from_at->is(Node::Kind::list))
    report(from_at, reading,
           {fmt::format("must be a list, not {}", from_at->description()),
            "begin each entry with '- ', for example '- {times: [1 s], amount: 1}'"});
  else
    for (const auto& one : one_or_many(from_at)) read_source(one, draft, modulator, reading);
  return modulator;
}

}  // namespace

void read_modulators(const Located& at, NetworkDraft& draft, Reading& reading) {
  MapReader map(at, reading);
  if (!map.is_map()) return;
  for (std::size_t k = 0; k < at->keys.size(); ++k) {
    const auto& key = at->keys[k];
    if (auto trouble = check_name(key.text)) report({&key, at.path}, reading, std::move(*trouble));
    draft.network.modulators.push_back(
        read_modulator(key.text, {&at->values[k], fmt::format("{}.{}", at.path, key.text)}, draft, reading));
  }
}

}  // namespace spikeloom::io::yaml
