/// Reads `populations:`.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "io/spelling.hpp"
#include "io/spike_file.hpp"
#include "io/yaml/network_reader.hpp"
#include "io/yaml/value_reader.hpp"
#include "networks/expression.hpp"

namespace spikeloom::io::yaml {
namespace {

constexpr std::uint64_t most_neurons = 4'000'000'000;

std::string example_value(const ParamInfo& info) {
  const auto number = fmt::format("{}", info.required ? 1 : info.default_number);
  switch (info.kind) {
    case ParamKind::number: return info.unit.empty() ? number : number + " " + info.unit;
    case ParamKind::list: return info.unit.empty() ? "[1, 2]" : fmt::format("[1 {0}, 2 {0}]", info.unit);
    case ParamKind::choice: return info.choices.empty() ? "" : info.choices.front();
    case ParamKind::words: return info.choices.empty() ? "[]" : fmt::format("[{}]", info.choices.front());
    case ParamKind::text: return "a text";
  }
  return number;
}

/// Some of a few words: one, or a list of them, each at most once.
std::optional<std::vector<std::string>> read_words(const Located& at, const std::vector<std::string>& choices,
                                                   Reading& reading) {
  std::vector<std::string> words;
  bool good = true;
  for (const auto& one : one_or_many(at)) {
    const auto choice = read_choice(one, choices, reading);
    good &= choice.has_value();
    if (!choice) continue;
    if (std::find(words.begin(), words.end(), choices[*choice]) != words.end()) {
      report(one, reading, {fmt::format("{} is already in the list", one->description()), "name each once"});
      good = false;
    }
    words.push_back(choices[*choice]);
  }
  return good ? std::optional(words) : std::nullopt;
}

void read_param(const Located& at, const ParamInfo& info, const NeuronCount& neurons, ReadArguments& out,
                Reading& reading) {
  switch (info.kind) {
    case ParamKind::number: {
      const ValueDemand demand{.unit = info.unit,
                               .check = info.check,
                               .variables = neuron_variables,
                               .count = neurons.count,
                               .single = neurons.single || !info.per_neuron};
      if (auto value = read_value(at, demand, reading)) out.numbers[info.name] = std::move(*value);
      break;
    }
    case ParamKind::list:
      if (auto values = read_numbers(at, info.unit, info.check, reading)) out.lists[info.name] = std::move(*values);
      break;
    case ParamKind::choice:
      if (const auto choice = read_choice(at, info.choices, reading)) out.texts[info.name] = info.choices[*choice];
      break;
    case ParamKind::words:
      if (auto words = read_words(at, info.choices, reading)) out.words[info.name] = std::move(*words);
      break;
    case ParamKind::text:
      if (auto text = read_text(at, "a text", reading)) out.texts[info.name] = std::move(*text);
      break;
  }
}

/// [a, b] or [a, b, c] of quantities.
std::vector<double> read_axes(const Located& at, std::string_view unit, Reading& reading) {
  std::vector<double> axes;
  if (!at->is(Node::Kind::list) || at->values.size() < 2 || at->values.size() > 3) {
    report(
        at, reading,
        {fmt::format("is {} instead of two or three numbers", at->description()),
         unit.empty() ? "write [40, 40] or [40, 40, 10]" : "write [1000 um, 1000 um] or [1000 um, 1000 um, 200 um]"});
    return {};
  }
  for (const auto& one : one_or_many(at)) {
    const auto number = unit.empty() ? [&]() -> std::optional<double> {
      const auto whole = read_whole(one, 1, most_neurons, reading);
      return whole ? std::optional(static_cast<double>(*whole)) : std::nullopt;
    }()
        : read_quantity(one, unit, reading);
    if (!number) return {};
    if (*number <= 0) {
      report(one, reading,
             {fmt::format("{} {} is not positive", *number, unit), "write the length of the box along this axis"});
      return {};
    }
    axes.push_back(*number);
  }
  return axes;
}

std::optional<Layout> read_grid(MapReader& map, std::optional<std::uint32_t> size, Reading& reading) {
  const auto at = map.optional("grid");
  const auto axes = read_axes(at, "", reading);
  const auto spacing_at = map.required("spacing", "the distance of neighbours, for example 'spacing: 25 um'");
  const auto spacing = spacing_at ? read_quantity(spacing_at, "um", reading) : std::nullopt;
  if (axes.empty() || !spacing) return std::nullopt;
  if (*spacing <= 0) {
    report(spacing_at, reading,
           {fmt::format("{} um is not positive", *spacing), "write the distance of neighbours, for example 25 um"});
    return std::nullopt;
  }
  const double places = std::accumulate(axes.begin(), axes.end(), 1.0, std::multiplies<>{});
  if (size && places != *size) {
    report(at, reading,
           {fmt::format("has {} places for {} neurons", places, *size),
            fmt::format("make the product of the numbers {}, or `size` {}", *size, places)});
    return std::nullopt;
  }
  const auto whole = [](double x) { return static_cast<std::uint32_t>(x); };
  return GridLayout{whole(axes[0]), whole(axes[1]), axes.size() > 2 ? whole(axes[2]) : 1, *spacing};
}

std::optional<Layout> read_coordinates(MapReader& map, std::optional<std::uint32_t> size, Reading& reading) {
  ArrayLayout layout;
  bool good = true;
  for (const auto& [key, column] : {std::pair{"x", &layout.x}, {"y", &layout.y}, {"z", &layout.z}}) {
    const auto at = key == std::string_view("z")
                        ? map.optional(key)
                        : map.required(key, "the coordinates of all neurons, for example 'y: {file: y.npy, unit: um}'");
    if (!at) continue;
    auto values = read_numbers(at, "um", finite, reading);
    good &= values.has_value();
    if (values && size && values->size() != *size) {
      report(at, reading,
             {fmt::format("has {} numbers for {} neurons", values->size(), *size), "give one number for every neuron"});
      good = false;
    }
    if (values) *column = std::move(*values);
  }
  if (!good || layout.x.empty() || layout.y.empty()) return std::nullopt;
  return layout;
}

std::optional<Layout> read_layout(const Located& at, std::optional<std::uint32_t> size, Reading& reading) {
  MapReader map(at, reading);
  if (!map.is_map()) return std::nullopt;
  std::optional<Layout> layout;
  map.accept("grid"), map.accept("random"), map.accept("x");
  if (at->find("grid")) {
    layout = read_grid(map, size, reading);
  } else if (at->find("random")) {
    const auto axes = read_axes(map.optional("random"), "um", reading);
    if (!axes.empty()) layout = RandomLayout{axes[0], axes[1], axes.size() > 2 ? axes[2] : 0};
  } else if (at->find("x") || at->find("y")) {
    layout = read_coordinates(map, size, reading);
  } else {
    report(at, reading,
           {"names none of `grid`, `random` or `x`",
            "write {grid: [40, 40], spacing: 25 um}, {random: [1000 um, 1000 um]} or {x: [...], y: [...]}"});
    return std::nullopt;
  }
  map.finish();
  return layout;
}

/// Times and neurons, in order of time.
void take_spikes(std::vector<double> times, std::vector<std::uint32_t> neurons, PopulationSpec& population) {
  std::vector<std::size_t> order(times.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::tie(times[a], neurons[a]) < std::tie(times[b], neurons[b]);
  });
  for (const auto k : order) {
    population.spike_times.push_back(times[k]);
    population.spike_neurons.push_back(neurons[k]);
  }
}

void read_spike_file(MapReader& map, PopulationSpec& population, Reading& reading) {
  const auto at = map.optional("file");
  const auto which = map.optional("population");
  const auto name =
      which ? read_text(which, "a name of a population in the file", reading) : std::optional(std::string());
  const auto file = read_file_name(at, reading);
  if (!file || !name) return;
  try {
    auto list = read_spikes(*file, *name);
    for (auto& warning : list.warnings) reading.warnings.push_back(fmt::format("{}: {}", at.path, warning));
    take_spikes(std::move(list.times), std::move(list.neurons), population);
  } catch (const FileError& error) {
    report(at, reading, {error.what(), ""});
  }
}

/// {times: [...], neurons: [...]}.
void read_spike_columns(MapReader& map, PopulationSpec& population, Reading& reading) {
  const auto times_at = map.optional("times");
  const auto neurons_at = map.required("neurons", "the neuron of every spike, 'neurons: [0, 0, 3]'");
  const auto times = read_numbers(times_at, "ms", non_negative, reading);
  const auto ids = neurons_at ? read_numbers(neurons_at, "", non_negative, reading) : std::nullopt;
  if (!times || !ids) return;
  std::vector<std::uint32_t> neurons;
  for (const double id : *ids) {
    if (id != std::floor(id) || id > static_cast<double>(most_neurons)) {
      report(neurons_at, reading, {fmt::format("{} is not the number of a neuron", id), "neurons count from 0"});
      return;
    }
    neurons.push_back(static_cast<std::uint32_t>(id));
  }
  if (neurons.size() != times->size()) {
    report(
        neurons_at, reading,
        {fmt::format("has {} numbers for {} times", neurons.size(), times->size()), "give one neuron for every spike"});
    return;
  }
  take_spikes(*times, std::move(neurons), population);
}

/// A list of times for every neuron: [[1 ms, 2 ms], [], [3 ms]].
void read_spike_lists(const Located& at, PopulationSpec& population, Reading& reading) {
  std::vector<double> times;
  std::vector<std::uint32_t> neurons;
  for (const auto& one : one_or_many(at)) {
    if (!one->is(Node::Kind::list)) {
      report(one, reading,
             {fmt::format("is {} where the list of one neuron's spike times is due", one->description()),
              "write [[1 ms, 2 ms], [3 ms]]: one list per neuron"});
      return;
    }
    const auto mine = read_numbers(one, "ms", non_negative, reading);
    if (!mine) return;
    times.insert(times.end(), mine->begin(), mine->end());
    neurons.resize(times.size(), static_cast<std::uint32_t>(&*one.node - at->values.data()));
  }
  take_spikes(std::move(times), std::move(neurons), population);
}

void read_spikes_of(const Located& at, PopulationSpec& population, Reading& reading) {
  if (at->is(Node::Kind::list)) return read_spike_lists(at, population, reading);
  MapReader map(at, reading);
  if (!map.is_map()) return;
  map.accept("file"), map.accept("times");
  if (at->find("file"))
    read_spike_file(map, population, reading);
  else if (at->find("times"))
    read_spike_columns(map, population, reading);
  else
    report(at, reading,
           {"names neither a file nor times", "write {file: spikes.h5} or {times: [1 ms, 2 ms], neurons: [0, 3]}"});
  map.finish();
}

std::map<std::string, Value> read_initial(const Located& at, const ModelInfo& model, const NeuronCount& neurons,
                                          Reading& reading) {
  MapReader map(at, reading);
  std::map<std::string, Value> initial;
  std::vector<std::pair<std::string, std::string>> aside;
  for (const auto& variable : model.variables) {
    if (!variable.settable) {
      aside.emplace_back(variable.name,
                         fmt::format("{} follows from the other variables and cannot be set", variable.name));
      continue;
    }
    const auto one = map.optional(variable.name);
    const ValueDemand demand{.unit = variable.unit,
                             .check = finite,
                             .variables = neuron_variables,
                             .count = neurons.count,
                             .single = neurons.single};
    if (!one) continue;
    if (auto value = read_value(one, demand, reading)) initial[variable.name] = std::move(*value);
  }
  map.finish(aside);
  return initial;
}

void read_with_model(MapReader& map, const ModelInfo& model, PopulationSpec& population, Reading& reading) {
  const bool has_size = map.located()->find("size") != nullptr;
  const NeuronCount neurons{.count = population.size, .single = model.make_drive && !has_size};
  if (const auto at = map.optional("params")) {
    auto arguments = read_params(at, model.params, model.name, neurons, reading);
    population.params = std::move(arguments.numbers);
    population.lists = std::move(arguments.lists);
    population.texts = std::move(arguments.texts);
  } else {
    for (const auto& info : model.params)
      if (info.required)
        report({map.located().node, map.path_of("params." + info.name)}, reading,
               {"is missing", fmt::format("write params: {{{}: {}}}", info.name, example_value(info))});
  }
  if (const auto at = map.optional("initial")) population.initial = read_initial(at, model, neurons, reading);
  if (model.takes_spikes) {
    if (const auto at = map.required("spikes", "the spikes: {file: spikes.h5}, or a list of times for every neuron"))
      read_spikes_of(at, population, reading);
  }
}

/// What to say about keys that stand in the wrong place.
std::vector<std::pair<std::string, std::string>> asides(const ModelInfo* model) {
  if (!model) return {};
  std::vector<std::pair<std::string, std::string>> aside{
      {"spikes", fmt::format("{} does not emit given spikes; `model: spike_list` does", model->name)}};
  for (const auto& info : model->params)
    aside.emplace_back(info.name,
                       fmt::format("it is a parameter: write params: {{{}: {}}}", info.name, example_value(info)));
  for (const auto& variable : model->variables)
    aside.emplace_back(variable.name, "it is a state variable: write it under `initial:`");
  return aside;
}

PopulationSpec read_population(std::string name, const Located& at, Reading& reading) {
  PopulationSpec population;
  population.name = std::move(name);
  MapReader map(at, reading);
  const auto model_at = map.required("model", "for example 'model: lif_psc_exp'; `describe` lists all models");
  if (const auto size_at = map.optional("size"))
    if (const auto size = read_whole(size_at, 1, most_neurons, reading))
      population.size = static_cast<std::uint32_t>(*size);
  const auto model_name = model_at ? read_text(model_at, "the name of a model", reading) : std::nullopt;
  const auto* model = model_name ? find_model(*model_name) : nullptr;
  if (model)
    population.model = model->name;
  else if (model_name)
    report(model_at, reading,
           {fmt::format("unknown model {}", model_at->description()), suggestion(*model_name, model_names())});
  if (model)
    read_with_model(map, *model, population, reading);
  else
    map.accept("params"), map.accept("initial"), map.accept("spikes");
  if (const auto layout = map.optional("layout")) population.layout = read_layout(layout, population.size, reading);
  if (const auto precision = map.optional("precision"))
    if (const auto choice = read_choice(precision, {"float", "double"}, reading))
      population.precision = *choice == 0 ? Precision::single : Precision::double_;
  map.finish(asides(model));
  return population;
}

}  // namespace

const PopulationSpec* NetworkDraft::population(std::string_view name) const {
  const auto found = index.find(name);
  return found == index.end() ? nullptr : &network.populations[found->second];
}

std::vector<std::string> population_names(const NetworkDraft& draft) {
  std::vector<std::string> names;
  for (const auto& population : draft.network.populations) names.push_back(population.name);
  return names;
}

std::vector<std::string> model_names() {
  std::vector<std::string> names;
  for (const auto& model : model_catalogue()) names.push_back(model.name);
  return names;
}

ReadArguments read_params(const Located& at, const std::vector<ParamInfo>& infos, std::string_view owner,
                          const NeuronCount& neurons, Reading& reading) {
  ReadArguments out;
  MapReader map(at, reading);
  for (const auto& info : infos) {
    const auto one =
        info.required ? map.required(info.name, fmt::format("{}: {}, the {}", info.name, example_value(info), info.doc))
                      : map.optional(info.name);
    if (one) read_param(one, info, neurons, out, reading);
  }
  std::vector<std::string> names;
  for (const auto& info : infos) names.push_back(info.name);
  std::vector<std::pair<std::string, std::string>> aside;
  if (map.is_map() && infos.empty())
    for (const auto& key : at->keys) aside.emplace_back(key.text, fmt::format("{} has no parameters", owner));
  map.finish(aside);
  return out;
}

void read_populations(const Located& at, NetworkDraft& draft, Reading& reading) {
  MapReader map(at, reading);
  if (!map.is_map()) return;
  if (at->keys.empty())
    report(at, reading, {"names no population", "write for example {exc: {model: lif_psc_exp, size: 800}}"});
  for (std::size_t k = 0; k < at->keys.size(); ++k) {
    const auto& key = at->keys[k];
    if (auto trouble = check_name(key.text)) report({&key, at.path}, reading, std::move(*trouble));
    draft.index.emplace(key.text, draft.network.populations.size());
    draft.network.populations.push_back(
        read_population(key.text, {&at->values[k], fmt::format("{}.{}", at.path, key.text)}, reading));
  }
}

}  // namespace spikeloom::io::yaml
