/// Reads `record:`: spikes, state traces, rates, weights, delays and modulators to be written.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>
#include <set>

#include "io/check_experiment.hpp"
#include "io/spelling.hpp"
#include "io/yaml/settings_reader.hpp"
#include "plasticity/rule.hpp"

namespace spikeloom::io::yaml {
namespace {

constexpr std::uint64_t most_traces = 100'000'000;

/// "a..b", both included.
std::optional<std::pair<std::uint64_t, std::uint64_t>> parse_range(std::string_view text) {
  const auto dots = text.find("..");
  if (dots == std::string_view::npos) return std::nullopt;
  std::pair<std::uint64_t, std::uint64_t> range;
  const auto whole = [](std::string_view part, std::uint64_t& number) {
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), number);
    return error == std::errc{} && end == part.data() + part.size();
  };
  if (!whole(text.substr(0, dots), range.first) || !whole(text.substr(dots + 2), range.second)) return std::nullopt;
  return range;
}

/// One entry of `neurons`: a number or a range; appends the ids.
void read_neuron_entry(const Located& at, std::optional<std::uint32_t> size, std::vector<std::uint32_t>& neurons,
                       Reading& reading) {
  std::pair<std::uint64_t, std::uint64_t> range;
  if (const auto parsed = at->is(Node::Kind::scalar) ? parse_range(at->text) : std::nullopt) {
    range = *parsed;
  } else if (at->is(Node::Kind::scalar) && at->text.find("..") != std::string::npos) {
    report(at, reading,
           {fmt::format("{} is not a range of neurons", at->description()), "write first..last, for example 0..9"});
    return;
  } else {
    const auto one = read_whole(at, 0, std::numeric_limits<std::uint32_t>::max(), reading);
    if (!one) return;
    range = {*one, *one};
  }
  if (range.first > range.second) {
    report(at, reading,
           {fmt::format("the range {} runs backwards", at->description()),
            fmt::format("write {}..{}", range.second, range.first)});
  } else if (size && range.second >= *size) {
    report(at, reading,
           {fmt::format("there is no neuron {}", range.second), fmt::format("neurons count from 0 to {}", *size - 1)});
  } else if (range.second - range.first >= most_traces || neurons.size() >= most_traces) {
    report(at, reading, {"too many neurons", "record fewer of them"});
  } else {
    for (auto id = range.first; id <= range.second; ++id) neurons.push_back(static_cast<std::uint32_t>(id));
  }
}

std::vector<std::uint32_t> read_neurons(const Located& at, std::optional<std::uint32_t> size, Reading& reading) {
  std::vector<std::uint32_t> neurons;
  if (at->is(Node::Kind::scalar) && at->text == "all") {
    neurons.resize(size.value_or(0));
    std::iota(neurons.begin(), neurons.end(), 0u);
    return neurons;
  }
  if (at->is(Node::Kind::list) && at->values.empty())
    report(at, reading, {"is an empty list", "name neurons: 0..9, [0, 5, 10..20] or all"});
  for (const auto& one : one_or_many(at)) read_neuron_entry(one, size, neurons, reading);
  std::sort(neurons.begin(), neurons.end());
  neurons.erase(std::unique(neurons.begin(), neurons.end()), neurons.end());
  return neurons;
}

class RecordReader {
 public:
  RecordReader(const NetworkDraft& draft, double resolution, RecordSpec& record, Reading& reading)
      : draft_(draft), resolution_(resolution), record_(record), reading_(reading) {}

  void read(const Located& at) {
    MapReader map(at, reading_);
    if (!map.is_map()) return;
    const std::vector<std::string> kinds{"spikes", "state", "rates", "weights", "delays", "modulators"};
    std::vector<std::string> given;
    for (const auto& kind : kinds)
      if (at->find(kind)) given.push_back(kind);
    if (given.size() != 1) {
      const auto first = at->keys.empty() ? std::string() : at->keys.front().text;
      report(given.size() > 1 || at->keys.empty() ? at : Located{&at->keys.front(), at.path}, reading_,
             {given.size() > 1 ? fmt::format("records both '{}' and '{}'", given[0], given[1])
                               : fmt::format("does not say what to record; '{}' is no kind of record", first),
              given.size() > 1 ? "make two entries of it" : suggestion(first, kinds)});
      return;
    }
    if (given[0] == "spikes")
      read_spikes(map);
    else if (given[0] == "state")
      read_states(map);
    else if (given[0] == "rates")
      read_rates(map);
    else if (given[0] == "modulators")
      read_modulators(map);
    else
      read_weights(map, given[0]);
    map.finish();
  }

 private:
  /// Populations with neurons; a source without a size has nothing to record.
  std::vector<std::string> recordable(const Located& at) {
    auto names = read_population_names(at, draft_, reading_);
    std::erase_if(names, [&](const std::string& name) {
      const auto* population = draft_.population(name);
      const auto* model = find_model(population->model);
      if (!model || population->size || !model->make_drive) return false;
      report(at, reading_,
             {fmt::format("'{}' is a source without a size: it has no spikes of its own", name),
              "give it a `size`, or record its targets"});
      return true;
    });
    return names;
  }

  void read_spikes(MapReader& map) {
    const auto at = map.optional("spikes");
    for (const auto& name : recordable(at)) {
      if (spikes_.insert(name).second)
        record_.spikes.push_back({name});
      else
        report(at, reading_,
               {fmt::format("the spikes of '{}' are already recorded", name), "name each population once"});
    }
  }

  void read_rates(MapReader& map) {
    const auto at = map.optional("rates");
    const auto bin_at = map.required("bin", "the width of a bin, for example 'bin: 10 ms'");
    const auto bin = bin_at ? interval(bin_at) : std::nullopt;
    for (const auto& name : recordable(at)) {
      if (rates_.insert(name).second)
        record_.rates.push_back({name, bin.value_or(0)});
      else
        report(at, reading_, {fmt::format("the rate of '{}' is already recorded", name), "name each population once"});
    }
  }

  /// A time above zero that is a whole number of steps.
  std::optional<double> interval(const Located& at) {
    const auto time = read_quantity(at, "ms", reading_);
    if (!time) return time;
    if (*time <= 0) {
      report(at, reading_, {fmt::format("{} ms is not a time above 0", *time), "write for example 1 ms"});
      return std::nullopt;
    }
    if (resolution_ > 0 && !is_multiple(*time, resolution_)) {
      report(at, reading_,
             {fmt::format("{} ms is not a whole number of steps of {} ms", *time, resolution_),
              fmt::format("write {:.6g} ms", std::max(1.0, std::round(*time / resolution_)) * resolution_)});
      return std::nullopt;
    }
    return time;
  }

  /// `kind`: weights, or delays of a projection whose rule changes them. Both are one table, written once.
  void read_weights(MapReader& map, const std::string& kind) {
    const auto every_at = map.optional("every");
    const auto every = every_at ? interval(every_at) : std::nullopt;
    std::vector<std::string> names;
    for (const auto& projection : draft_.network.projections) names.push_back(projection.name);
    for (const auto& one : one_or_many(map.optional(kind))) {
      const auto name = read_text(one, "the name of a projection", reading_);
      if (!name) continue;
      const auto found = std::find(names.begin(), names.end(), *name);
      if (found == names.end()) {
        report(one, reading_, {fmt::format("there is no projection {}", one->description()), suggestion(*name, names)});
        continue;
      }
      const auto& projection = draft_.network.projections[static_cast<std::size_t>(found - names.begin())];
      const auto* source = draft_.population(projection.from);
      const auto* model = source ? find_model(source->model) : nullptr;
      const auto* rule = projection.plasticity ? find_rule(projection.plasticity->rule) : nullptr;
      if (kind == "delays" && !(rule && rule->changes_delays))
        report(one, reading_,
               {fmt::format("the delays of '{}' never change", *name),
                "record its weights, whose table holds the delays too, or give it a rule that changes delays"});
      else if (model && model->make_drive && !source->size)
        report(one, reading_,
               {fmt::format("'{}' comes from a source without a size and has no synapses of its own", *name),
                "record another projection, or give the source a `size`"});
      else if (weights_.insert(*name).second)
        record_.weights.push_back({*name, every, kind == "delays"});
      else
        report(one, reading_,
               {fmt::format("weights and delays of '{}' are already recorded", *name),
                "name each projection once: its table holds both"});
    }
  }

  void read_modulators(MapReader& map) {
    const auto at = map.optional("modulators");
    const auto every_at = map.required("every", "the interval of the samples, for example 'every: 10 ms'");
    const auto every = every_at ? interval(every_at) : std::nullopt;
    std::vector<std::string> names;
    for (const auto& modulator : draft_.network.modulators) names.push_back(modulator.name);
    if (one_or_many(at).empty()) report(at, reading_, {"is an empty list", "name a modulator, for example dopamine"});
    for (const auto& one : one_or_many(at)) {
      const auto name = read_text(one, "the name of a modulator", reading_);
      if (!name) continue;
      if (std::find(names.begin(), names.end(), *name) == names.end())
        report(one, reading_,
               {fmt::format("there is no modulator {}", one->description()),
                names.empty() ? "declare it under `modulators:`" : suggestion(*name, names)});
      else if (modulators_.insert(*name).second)
        record_.modulators.push_back({*name, every.value_or(0)});
      else
        report(one, reading_,
               {fmt::format("the modulator '{}' is already recorded", *name), "name each modulator once"});
    }
  }

  void read_states(MapReader& map) {
    const auto variables_at = map.optional("state");
    const auto of = map.required("of", "the population, for example 'of: exc'");
    const auto neurons_at = map.required("neurons", "which neurons, for example 'neurons: 0..9', [0, 5, 7] or all");
    const auto every_at = map.required("every", "the interval of the trace, for example 'every: 1 ms'");
    const auto name_at = map.optional("name");
    const auto name = name_at ? read_name(name_at, "a name", reading_) : std::nullopt;
    const auto every = every_at ? interval(every_at) : std::nullopt;
    const auto populations = of ? recordable(of) : std::vector<std::string>{};
    const auto variables = one_or_many(variables_at);
    if (variables.empty()) report(variables_at, reading_, {"is an empty list", "name a variable, for example v_m"});
    for (const auto& population : populations) {
      const auto* spec = draft_.population(population);
      const auto neurons = neurons_at ? read_neurons(neurons_at, spec->size, reading_) : std::vector<std::uint32_t>{};
      for (const auto& variable_at : variables) {
        const auto variable = read_variable(variable_at, *spec);
        if (!variable) continue;
        auto record_name = name.value_or(fmt::format("{}_{}", population, *variable));
        if (name && populations.size() * variables.size() > 1)
          record_name += fmt::format("_{}_{}", population, *variable);
        if (!states_.insert(record_name).second)
          report(name_at ? name_at : variables_at, reading_,
                 {fmt::format("there already is a record '{}'", record_name), "give this one another `name`"});
        record_.states.push_back({record_name, *variable, population, neurons, every.value_or(0)});
      }
    }
  }

  std::optional<std::string> read_variable(const Located& at, const PopulationSpec& population) {
    const auto text = read_text(at, "the name of a state variable", reading_);
    const auto* model = find_model(population.model);
    if (!text || !model) return std::nullopt;
    if (model->variable(*text) >= 0) return text;
    std::vector<std::string> names;
    for (const auto& variable : model->variables) names.push_back(variable.name);
    report(at, reading_,
           {fmt::format("{} ({}) has no variable {}", population.name, model->name, at->description()),
            suggestion(*text, names)});
    return std::nullopt;
  }

  const NetworkDraft& draft_;
  double resolution_;
  RecordSpec& record_;
  Reading& reading_;
  std::set<std::string> spikes_, rates_, weights_, modulators_, states_;
};

}  // namespace

void read_record(const Located& at, const NetworkDraft& draft, double resolution, RecordSpec& record,
                 Reading& reading) {
  if (!at->is(Node::Kind::list)) {
    report(at, reading,
           {fmt::format("must be a list of records, not {}", at->description()),
            "begin each with '- ', for example '- {spikes: exc}'"});
    return;
  }
  RecordReader reader(draft, resolution, record, reading);
  for (const auto& one : one_or_many(at)) reader.read(one);
}

}  // namespace spikeloom::io::yaml
