/// Writes a spec as YAML: modules expanded, defaults written out, reads back to the same spec.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "io/experiment_file.hpp"
#include "io/units.hpp"
#include "io/yaml/emit.hpp"
#include "io/yaml/parse.hpp"
#include "networks/protocol.hpp"
#include "plasticity/rule.hpp"

namespace spikeloom::io {
namespace {

using yaml::Node;

Node text(std::string words) { return yaml::make_scalar(std::move(words)); }
Node number(double x) { return text(fmt::format("{}", x)); }
Node quantity(double x, std::string_view unit) {
  return text(unit.empty() ? fmt::format("{}", x) : fmt::format("{} {}", x, unit));
}
Node boolean(bool on) { return text(on ? "true" : "false"); }
Node whole(std::uint64_t n) { return text(std::to_string(n)); }

template <class Numbers>
Node numbers(const Numbers& values) {
  auto list = yaml::make_list();
  for (const auto& value : values) list.values.push_back(text(fmt::format("{}", value)));
  return list;
}

/// [1, 2] or {values: [1, 2], unit: ms}.
Node array(const std::vector<double>& values, std::string_view unit) {
  if (unit.empty()) return numbers(values);
  auto map = yaml::make_map();
  add(map, "values", numbers(values));
  add(map, "unit", text(std::string(unit)));
  return map;
}

Node pair(Node first, Node second) {
  auto list = yaml::make_list();
  list.values = {std::move(first), std::move(second)};
  return list;
}

/// A formula in a unit that is `factor` times the coherent one; a factor without a unit of its own goes into the
/// formula.
Node formula(const Expression& expression, std::string_view unit) {
  auto map = yaml::make_map();
  for (const auto& name : units_like(unit))
    if (!unit.empty() && std::get<double>(parse_quantity("1 " + name, unit)) == expression.unit) {
      add(map, "expression", text(expression.text));
      add(map, "unit", text(name));
      return map;
    }
  add(map, "expression",
      text(expression.unit == 1 ? expression.text : fmt::format("{} * ({})", expression.unit, expression.text)));
  if (!unit.empty()) add(map, "unit", text(std::string(unit)));
  return map;
}

/// One member per kind of value.
struct ValueWriter {
  std::string_view unit;

  Node operator()(const Constant& c) const { return quantity(c.value, unit); }
  Node operator()(const Uniform& u) const {
    return named("uniform", pair(quantity(u.low, unit), quantity(u.high, unit)));
  }
  Node operator()(const Normal& n) const {
    auto map = named("normal", pair(quantity(n.mean, unit), quantity(n.sd, unit)));
    if (std::isfinite(n.low)) add(map, "min", quantity(n.low, unit));
    if (std::isfinite(n.high)) add(map, "max", quantity(n.high, unit));
    return map;
  }
  Node operator()(const LogNormal& l) const {
    auto map = named("lognormal", pair(quantity(l.scale, unit), number(l.sigma)));
    if (l.mu != 0) add(map, "mu", number(l.mu));
    return map;
  }
  Node operator()(const Exponential& e) const {
    auto map = named("exponential", quantity(e.mean, unit));
    if (e.offset != 0) add(map, "offset", quantity(e.offset, unit));
    return map;
  }
  Node operator()(const UniformInteger& u) const {
    auto map = named("uniform_integer", numbers(std::array{u.low, u.high}));
    if (!unit.empty() || u.scale != 1) add(map, "scale", quantity(u.scale, unit));
    return map;
  }
  Node operator()(const Expression& e) const { return formula(e, unit); }
  Node operator()(const Array& a) const { return array(a.values, unit); }

  static Node named(std::string_view key, Node value) {
    auto map = yaml::make_map();
    add(map, key, std::move(value));
    return map;
  }
};

Node value(const Value& v, std::string_view unit) { return std::visit(ValueWriter{unit}, v); }

// ---- populations -------------------------------------------------------------------------------------------------

/// Whether the default of a parameter is in force: not where the user gave another parameter that says the same.
bool default_holds(const ParamInfo& info, const PopulationSpec& population, const std::vector<ParamInfo>& infos) {
  const auto replaces = [&](const ParamInfo& other) {
    return other.instead_of == info.name && population.params.contains(other.name);
  };
  return info.instead_of.empty() && !info.required && std::ranges::none_of(infos, replaces);
}

Node params(const PopulationSpec& population, const std::vector<ParamInfo>& infos) {
  auto map = yaml::make_map();
  for (const auto& info : infos) {
    const auto given = population.params.find(info.name);
    const auto list = population.lists.find(info.name);
    const auto word = population.texts.find(info.name);
    if (given != population.params.end())
      add(map, info.name, value(given->second, info.unit));
    else if (list != population.lists.end())
      add(map, info.name, array(list->second, info.unit));
    else if (word != population.texts.end())
      add(map, info.name, text(word->second));
    else if (!default_holds(info, population, infos))
      continue;
    else if (info.kind == ParamKind::number && std::isfinite(info.default_number))
      add(map, info.name, quantity(info.default_number, info.unit));
    else if (info.kind == ParamKind::list && !info.default_list.empty())
      add(map, info.name, array(info.default_list, info.unit));
    else if (!info.default_text.empty())
      add(map, info.name, text(info.default_text));
  }
  return map;
}

struct LayoutWriter {
  Node operator()(const GridLayout& g) const {
    auto axes = numbers(std::array{g.nx, g.ny});
    if (g.nz != 1) axes.values.push_back(whole(g.nz));
    auto map = ValueWriter::named("grid", std::move(axes));
    add(map, "spacing", quantity(g.spacing, "um"));
    return map;
  }
  Node operator()(const RandomLayout& r) const {
    auto axes = pair(quantity(r.extent_x, "um"), quantity(r.extent_y, "um"));
    if (r.extent_z != 0) axes.values.push_back(quantity(r.extent_z, "um"));
    return ValueWriter::named("random", std::move(axes));
  }
  Node operator()(const ArrayLayout& a) const {
    auto map = yaml::make_map();
    add(map, "x", array(a.x, "um"));
    add(map, "y", array(a.y, "um"));
    if (!a.z.empty()) add(map, "z", array(a.z, "um"));
    return map;
  }
};

Node population_node(const PopulationSpec& population) {
  const auto& model = *find_model(population.model);
  auto map = yaml::make_map();
  add(map, "model", text(model.name));
  if (population.size) add(map, "size", whole(*population.size));
  if (!model.params.empty()) add(map, "params", params(population, model.params));
  if (!population.initial.empty()) {
    auto& initial = add(map, "initial", yaml::make_map());
    for (const auto& [name, v] : population.initial)
      add(initial, name, value(v, model.variables[static_cast<std::size_t>(model.variable(name))].unit));
  }
  if (model.takes_spikes) {
    auto& spikes = add(map, "spikes", yaml::make_map());
    add(spikes, "times", array(population.spike_times, "ms"));
    add(spikes, "neurons", numbers(population.spike_neurons));
  }
  if (population.layout) add(map, "layout", std::visit(LayoutWriter{}, *population.layout));
  if (population.precision)
    add(map, "precision", text(*population.precision == Precision::single ? "float" : "double"));
  return map;
}

// ---- projections -------------------------------------------------------------------------------------------------

struct ConnectWriter {
  std::string weight_unit;

  static Node rule(std::string name) { return ValueWriter::named("rule", text(std::move(name))); }
  Node operator()(const OneToOne&) const { return rule("one_to_one"); }
  Node operator()(const AllToAll&) const { return rule("all_to_all"); }
  Node operator()(const FixedProbability& r) const { return with(rule("fixed_probability"), "p", number(r.p)); }
  Node operator()(const FixedIndegree& r) const { return with(rule("fixed_indegree"), "indegree", whole(r.indegree)); }
  Node operator()(const FixedOutdegree& r) const {
    return with(rule("fixed_outdegree"), "outdegree", whole(r.outdegree));
  }
  Node operator()(const FixedTotalNumber& r) const {
    return with(rule("fixed_total_number"), "number", whole(r.number));
  }
  Node operator()(const DistanceDependent& r) const {
    constexpr std::array kernels{"gaussian", "exponential", "box"};
    auto map = with(rule("distance_dependent"), "kernel", text(kernels[static_cast<std::size_t>(r.kernel)]));
    add(map, "p_max", number(r.p_max));
    add(map, "scale", quantity(r.scale, "um"));
    if (std::isfinite(r.cutoff)) add(map, "cutoff", quantity(r.cutoff, "um"));
    return map;
  }
  Node operator()(const SynapseList& r) const {
    auto map = with(rule("table"), "sources", numbers(r.sources));
    add(map, "targets", numbers(r.targets));
    if (!r.weights.empty()) add(map, "weights", array(r.weights, weight_unit));
    if (!r.delays.empty()) add(map, "delays", array(r.delays, "ms"));
    return map;
  }

  static Node with(Node map, std::string_view key, Node v) {
    add(map, key, std::move(v));
    return map;
  }
};

const PopulationSpec& population_named(const NetworkSpec& network, const std::string& name) {
  for (const auto& population : network.populations)
    if (population.name == name) return population;
  throw SpecError("populations", "there is no population '" + name + "'");
}

std::string weight_unit(const ProjectionSpec& projection, const ModelInfo& source, const ModelInfo& target) {
  if (source.kind == ModelKind::current_source || target.receptors.empty()) return "";
  const int named = projection.receptor ? target.receptor(*projection.receptor) : 0;
  return target.receptors[static_cast<std::size_t>(std::max(named, 0))].weight_unit;
}

Node plasticity_node(const PlasticitySpec& plasticity, const std::string& weight_unit) {
  auto map = ValueWriter::named("rule", text(plasticity.rule));
  auto params = yaml::make_map();
  for (const auto& info : find_rule(plasticity.rule)->params) {
    const auto& unit = info.unit == unit_of_weight ? weight_unit : info.unit;
    const auto number_given = plasticity.params.find(info.name);
    const auto text_given = plasticity.texts.find(info.name);
    if (number_given != plasticity.params.end())
      add(params, info.name, quantity(number_given->second, unit));
    else if (text_given != plasticity.texts.end())
      add(params, info.name, text(text_given->second));
    else if (info.required)
      continue;
    else if (info.kind == ParamKind::number && std::isfinite(info.default_number))
      add(params, info.name, quantity(info.default_number, unit));
    else if (!info.default_text.empty())
      add(params, info.name, text(info.default_text));
  }
  add(map, "params", std::move(params));
  if (plasticity.modulator) add(map, "modulator", text(*plasticity.modulator));
  return map;
}

Node projection_node(const ProjectionSpec& projection, const NetworkSpec& network) {
  const auto& source = population_named(network, projection.from);
  const auto& model = *find_model(source.model);
  const auto unit = weight_unit(projection, model, *find_model(population_named(network, projection.to).model));
  const bool drive = (model.make_drive && !source.size) || model.kind == ModelKind::current_source;
  const auto* table = std::get_if<SynapseList>(&projection.connect);
  auto map = yaml::make_map();
  add(map, "name", text(projection.name));
  add(map, "from", text(projection.from));
  add(map, "to", text(projection.to));
  if (!drive) add(map, "connect", std::visit(ConnectWriter{unit}, projection.connect));
  if (projection.receptor) add(map, "receptor", text(*projection.receptor));
  if (!table || table->weights.empty()) add(map, "weight", value(projection.weight, unit));
  if (!table || table->delays.empty()) add(map, "delay", value(projection.delay, "ms"));
  add(map, "axonal_delay", projection.all_axonal ? text("all") : quantity(projection.axonal_delay, "ms"));
  if (!drive) {
    add(map, "autapses", boolean(projection.autapses));
    add(map, "multapses", boolean(projection.multapses));
    if (projection.periodic) add(map, "periodic", boolean(true));
    if (projection.plasticity) add(map, "plasticity", plasticity_node(*projection.plasticity, unit));
  }
  return map;
}

// ---- modulators --------------------------------------------------------------------------------------------------

struct ModulationWriter {
  Node operator()(const SpikeModulation& s) const {
    auto map = ValueWriter::named("spikes", text(s.population));
    add(map, "amount", number(s.amount));
    add(map, "delay", quantity(s.delay, "ms"));
    return map;
  }
  Node operator()(const TimedModulation& s) const {
    auto map = ValueWriter::named("times", array(s.times, "ms"));
    add(map, "amount", number(s.amount));
    return map;
  }
  Node operator()(const PoissonModulation& s) const {
    auto map = ValueWriter::named("poisson", quantity(s.rate, "Hz"));
    add(map, "amount", number(s.amount));
    return map;
  }
  Node operator()(const CoincidenceModulation& s) const {
    auto map = ValueWriter::named("coincidence", text(s.population));
    add(map, "neurons", numbers(std::array{s.first, s.second}));
    add(map, "within", quantity(s.within, "ms"));
    add(map, "delay", pair(quantity(s.shortest, "ms"), quantity(s.longest, "ms")));
    add(map, "amount", number(s.amount));
    return map;
  }
  Node operator()(const ReadoutModulation& s) const {
    auto map = ValueWriter::named("readout", text(s.population));
    add(map, "weights", value(s.weights, ""));
    add(map, "delay", quantity(s.delay, "ms"));
    auto target = ValueWriter::named("times", array(s.times, "ms"));
    add(target, "values", array(s.targets, ""));
    add(map, "target", std::move(target));
    return map;
  }
  Node operator()(const ComparisonModulation& s) const {
    auto map = ValueWriter::named("compare", text(s.population));
    add(map, "with", text(s.with));
    add(map, "amount", number(s.amount));
    add(map, "delay", quantity(s.delay, "ms"));
    auto target = ValueWriter::named("times", array(s.times, "ms"));
    add(target, "values", array(s.targets, ""));
    add(map, "target", std::move(target));
    return map;
  }
};

Node modulator_node(const ModulatorSpec& modulator) {
  auto map = ValueWriter::named("tau", quantity(modulator.tau, "ms"));
  add(map, "baseline", number(modulator.baseline));
  auto sources = yaml::make_list();
  for (const auto& source : modulator.sources) sources.values.push_back(std::visit(ModulationWriter{}, source));
  if (!sources.values.empty()) add(map, "from", std::move(sources));
  return map;
}

// ---- the rest ----------------------------------------------------------------------------------------------------

/// {name: ..., params: ...} of a dense module or a protocol, with every default.
Node use_node(const ModuleUse& use, const std::vector<ParamInfo>& infos) {
  PopulationSpec values;
  for (const auto& [name, numbers_given] : use.arguments.numbers) values.params[name] = Constant{numbers_given.front()};
  values.lists = {use.arguments.lists.begin(), use.arguments.lists.end()};
  values.texts = {use.arguments.texts.begin(), use.arguments.texts.end()};
  auto map = ValueWriter::named("name", text(use.name));
  auto written = params(values, infos);
  for (const auto& info : infos) {
    if (info.kind != ParamKind::words) continue;
    const auto given = use.arguments.words.find(info.name);
    add(written, info.name, numbers(given == use.arguments.words.end() ? info.default_words : given->second));
  }
  add(map, "params", std::move(written));
  return map;
}

Node settings(const ExperimentSpec& experiment) {
  auto map = yaml::make_map();
  add(map, "name", text(experiment.name));
  add(map, "seed", whole(experiment.seed));
  if (experiment.protocol) return map;
  add(map, "duration", quantity(experiment.duration, "ms"));
  add(map, "resolution", quantity(experiment.resolution, "ms"));
  add(map, "timing", text(experiment.timing == Timing::grid ? "grid" : "exact"));
  add(map, "precision", text(experiment.precision == Precision::single ? "float" : "double"));
  return map;
}

/// Ascending ids as runs: [0..9, 12, 20..29].
Node ranges(const std::vector<std::uint32_t>& ids) {
  auto list = yaml::make_list();
  for (std::size_t k = 0; k < ids.size();) {
    auto end = k + 1;
    while (end < ids.size() && ids[end] == ids[end - 1] + 1) ++end;
    list.values.push_back(end - k == 1 ? whole(ids[k]) : text(fmt::format("{}..{}", ids[k], ids[end - 1])));
    k = end;
  }
  return list.values.size() == 1 ? list.values.front() : list;
}

Node record_node(const RecordSpec& record) {
  auto list = yaml::make_list();
  for (const auto& spikes : record.spikes) list.values.push_back(ValueWriter::named("spikes", text(spikes.population)));
  for (const auto& state : record.states) {
    auto map = ValueWriter::named("state", text(state.variable));
    add(map, "of", text(state.population));
    add(map, "neurons", ranges(state.neurons));
    add(map, "every", quantity(state.every, "ms"));
    add(map, "name", text(state.name));
    list.values.push_back(std::move(map));
  }
  for (const auto& rate : record.rates) {
    auto map = ValueWriter::named("rates", text(rate.population));
    add(map, "bin", quantity(rate.bin, "ms"));
    list.values.push_back(std::move(map));
  }
  for (const auto& weights : record.weights) {
    auto map = ValueWriter::named(weights.delays ? "delays" : "weights", text(weights.projection));
    if (weights.every) add(map, "every", quantity(*weights.every, "ms"));
    list.values.push_back(std::move(map));
  }
  for (const auto& modulator : record.modulators) {
    auto map = ValueWriter::named("modulators", text(modulator.modulator));
    add(map, "every", quantity(modulator.every, "ms"));
    list.values.push_back(std::move(map));
  }
  return list;
}

Node run_node(const RunSpec& run) {
  const auto count_or_auto = [](int n) { return n == 0 ? text("auto") : whole(static_cast<std::uint64_t>(n)); };
  auto map = yaml::make_map();
  add(map, "threads", count_or_auto(run.threads));
  add(map, "partitions", count_or_auto(run.partitions));
  add(map, "progress", boolean(run.progress));
  if (run.checkpoint_every) add(map, "checkpoint", ValueWriter::named("every", quantity(*run.checkpoint_every, "ms")));
  return map;
}

/// A value that is kept as YAML text.
Node parsed(const std::string& words) {
  yaml::Sources sources;
  yaml::Problems problems(sources);
  const int file = sources.add("sweep", words, ".");
  return parse_value(sources, file, problems);
}

Node sweep_node(const SweepSpec& sweep) {
  const auto with_seeds = [&](Node node) {
    add(node, "seeds", whole(sweep.seeds));
    return node;
  };
  if (sweep.kind == SweepSpec::Kind::list) {
    auto list = yaml::make_list();
    for (const auto& run : sweep.runs) {
      auto map = yaml::make_map();
      for (const auto& [path, words] : run) add(map, path, parsed(words));
      list.values.push_back(std::move(map));
    }
    return with_seeds(ValueWriter::named("list", std::move(list)));
  }
  const bool random = sweep.kind == SweepSpec::Kind::random;
  auto map = yaml::make_map();
  if (random) add(map, "samples", whole(sweep.samples));
  for (const auto& axis : sweep.axes) {
    auto values = yaml::make_list();
    for (const auto& words : axis.values) values.values.push_back(parsed(words));
    add(map, axis.path, random ? values.values.front() : values);
  }
  return with_seeds(ValueWriter::named(random ? "random" : "grid", std::move(map)));
}

}  // namespace

std::string expand_experiment(const ExperimentSpec& experiment) {
  auto root = yaml::make_map();
  add(root, "experiment", settings(experiment));
  if (experiment.protocol) {
    add(root, "module", use_node(*experiment.module, find_module(experiment.module->name)->params));
    add(root, "protocol", use_node(*experiment.protocol, find_protocol(experiment.protocol->name)->params));
    add(root, "run", run_node(experiment.run));
    if (experiment.sweep) add(root, "sweep", sweep_node(*experiment.sweep));
    return emit(root);
  }
  auto& populations = add(root, "populations", yaml::make_map());
  for (const auto& population : experiment.network.populations)
    add(populations, population.name, population_node(population));
  if (!experiment.network.projections.empty()) {
    auto& projections = add(root, "projections", yaml::make_list());
    for (const auto& projection : experiment.network.projections)
      projections.values.push_back(projection_node(projection, experiment.network));
  }
  if (!experiment.network.modulators.empty()) {
    auto& modulators = add(root, "modulators", yaml::make_map());
    for (const auto& modulator : experiment.network.modulators)
      add(modulators, modulator.name, modulator_node(modulator));
  }
  auto record = record_node(experiment.record);
  if (!record.values.empty()) add(root, "record", std::move(record));
  add(root, "run", run_node(experiment.run));
  if (experiment.sweep) add(root, "sweep", sweep_node(*experiment.sweep));
  const auto header =
      experiment.module ? fmt::format("# module {} expanded\n", experiment.module->name) : std::string();
  return header + emit(root);
}

}  // namespace spikeloom::io
