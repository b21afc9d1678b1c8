/// Reads `projections:`; an entry with lists of populations stands for one projection per pair.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "io/spelling.hpp"
#include "io/yaml/connect_reader.hpp"
#include "io/yaml/network_reader.hpp"
#include "io/yaml/plasticity_reader.hpp"
#include "io/yaml/value_reader.hpp"
#include "networks/expression.hpp"

namespace spikeloom::io::yaml {
namespace {

/// One entry of the file, while its pairs are read.
struct Entry {
  MapReader& map;
  NetworkDraft& draft;
  Reading& reading;
  std::optional<std::string> receptor = {};
  bool connect_is_broken = false;  // a table that could not be read may have held weights and delays
};

bool is_drive(const PopulationSpec& source) {
  const auto* model = find_model(source.model);
  return model && model->make_drive && !source.size;
}

bool is_current(const PopulationSpec& source) {
  const auto* model = find_model(source.model);
  return model && model->kind == ModelKind::current_source;
}

/// The receptors that a projection without `receptor:` chooses from, or the one it names; reports an unknown one.
std::optional<std::string> weight_unit(Entry& entry, const PopulationSpec& source, const PopulationSpec& target) {
  const auto* model = find_model(target.model);
  if (!model || !find_model(source.model)) return std::nullopt;
  if (is_current(source)) return "";
  if (model->receptors.empty()) return std::nullopt;  // a source as target: reported by the check of the network
  if (entry.receptor) {
    const int known = model->receptor(*entry.receptor);
    if (known >= 0) return model->receptors[static_cast<std::size_t>(known)].weight_unit;
    std::vector<std::string> names;
    for (const auto& receptor : model->receptors) names.push_back(receptor.name);
    report(entry.map.optional("receptor"), entry.reading,
           {fmt::format("{} has no receptor '{}'", model->name, *entry.receptor), suggestion(*entry.receptor, names)});
    return std::nullopt;
  }
  for (const auto& receptor : model->receptors)
    if (receptor.weight_unit != model->receptors.front().weight_unit) {
      report(entry.map.located(), entry.reading,
             {fmt::format("the receptors of {} take weights in different units", model->name),
              "say which one: receptor: " + model->receptors.front().name});
      return std::nullopt;
    }
  return model->receptors.front().weight_unit;
}

void read_connect_of(Entry& entry, const PopulationSpec& source, const PopulationSpec& target, const std::string& unit,
                     ProjectionSpec& projection) {
  auto& map = entry.map;
  if (is_drive(source) || is_current(source)) {
    if (const auto at = map.optional("connect")) {
      const auto rule = read_connect(at, {}, entry.reading);
      if (rule && !std::holds_alternative<AllToAll>(*rule))
        report(at, entry.reading,
               {fmt::format("{} has no neurons to choose from: it reaches every target neuron", source.name),
                "leave `connect` out, or give the source a `size`"});
    }
    return;
  }
  const auto at = map.required("connect", "a rule, for example 'connect: {rule: fixed_probability, p: 0.1}'");
  if (!at) return;
  if (auto rule = read_connect(at, {unit, source.size, target.size}, entry.reading))
    projection.connect = std::move(*rule);
  else
    entry.connect_is_broken = true;
}

/// Weight or delay of a projection whose synapses come from a table that may hold them already.
std::optional<Value> read_synapse_value(Entry& entry, std::string_view key, const std::vector<double>* column,
                                        const SynapseList* table, ValueDemand demand, std::string_view example,
                                        std::optional<Value> otherwise) {
  const auto at = entry.map.optional(key);
  if (column && !column->empty()) {
    if (at && !at->is(Node::Kind::null))  // `~` takes back what defaults or an included file say
      report(at, entry.reading,
             {fmt::format("the table already holds a {} for every synapse", key),
              fmt::format("leave `{0}` out (`{0}: ~` over a default), or take the column out of the table", key)});
    return std::nullopt;
  }
  if (!at) {
    if (!otherwise && !entry.connect_is_broken) entry.map.required(key, example);
    return otherwise;
  }
  if (table) demand.count = table->sources.size();
  auto value = read_value(at, demand, entry.reading);
  if (value && std::holds_alternative<Array>(*value) && !demand.count) {
    report(at, entry.reading,
           {"an array needs synapses in a known order",
            "use it with `rule: table`, or write a distribution or an expression of i, j and d"});
    return std::nullopt;
  }
  return value;
}

void read_values_of(Entry& entry, const PopulationSpec& source, const PopulationSpec& target, const std::string& unit,
                    ProjectionSpec& projection) {
  const bool drive = is_drive(source) || is_current(source);
  const auto* table = std::get_if<SynapseList>(&projection.connect);
  ValueDemand demand{.unit = unit, .variables = synapse_variables, .each = "synapse"};
  if (drive) demand.variables = neuron_variables, demand.count = target.size, demand.each = "target neuron";
  const auto sample = unit.empty() ? std::string("1") : "1 " + unit;
  const auto weight_default = is_current(source) ? std::optional<Value>(Constant{1}) : std::nullopt;
  if (auto weight = read_synapse_value(entry, "weight", table ? &table->weights : nullptr, table, demand,
                                       fmt::format("for example 'weight: {}'", sample), weight_default))
    projection.weight = std::move(*weight);
  demand.unit = "ms";
  demand.check = non_negative;
  demand.single = drive;
  if (auto delay = read_synapse_value(entry, "delay", table ? &table->delays : nullptr, table, demand,
                                      "for example 'delay: 1 ms'", std::nullopt))
    projection.delay = std::move(*delay);
}

void read_flags(Entry& entry, ProjectionSpec& projection) {
  auto& map = entry.map;
  for (const auto& [key, flag] : {std::pair{"autapses", &projection.autapses},
                                  {"multapses", &projection.multapses},
                                  {"periodic", &projection.periodic}})
    if (const auto at = map.optional(key))
      if (const auto on = read_bool(at, entry.reading)) *flag = *on;
  if (const auto at = map.optional("axonal_delay")) {
    projection.all_axonal = at->is(Node::Kind::scalar) && at->text == "all";
    if (projection.all_axonal) return;
    if (const auto delay = read_value(at, {.unit = "ms", .check = non_negative, .single = true}, entry.reading))
      projection.axonal_delay = std::get<Constant>(*delay).value;
  }
}

/// What can be checked of a projection whose populations are not known, so that all problems are named at once.
void read_without_populations(Entry& entry) {
  if (const auto at = entry.map.optional("connect")) read_connect(at, {}, entry.reading);
  if (const auto at = entry.map.optional("delay"))
    read_value(at, {.unit = "ms", .check = non_negative, .variables = synapse_variables, .each = "synapse"},
               entry.reading);
}

void read_pair_of(Entry& entry, const std::string& from, const std::string& to, ProjectionSpec projection) {
  const auto& source = *entry.draft.population(from);
  const auto& target = *entry.draft.population(to);
  projection.from = from, projection.to = to;
  const auto unit = weight_unit(entry, source, target);
  if (unit) {
    projection.receptor = entry.receptor;
    read_connect_of(entry, source, target, *unit, projection);
    read_values_of(entry, source, target, *unit, projection);
    if (const auto at = entry.map.optional("plasticity"))
      projection.plasticity = read_plasticity(at, *unit, entry.reading);
  } else {
    read_without_populations(entry);
  }
  entry.draft.network.projections.push_back(std::move(projection));
  entry.draft.projection_paths.push_back(entry.map.located().path);
}

void read_entry(const Located& at, NetworkDraft& draft, Reading& reading) {
  MapReader map(at, reading);
  if (!map.is_map()) return;
  Entry entry{map, draft, reading};
  for (const auto* key : {"connect", "weight", "delay", "plasticity"}) map.accept(key);
  const auto from_at = map.required("from", "the source population, for example 'from: exc'");
  const auto to_at = map.required("to", "the target population or populations, for example 'to: [exc, inh]'");
  ProjectionSpec common;
  if (const auto name = map.optional("name")) common.name = read_name(name, "a name", reading).value_or("");
  if (const auto receptor = map.optional("receptor"))
    entry.receptor = read_text(receptor, "the name of a receptor", reading);
  read_flags(entry, common);
  const auto from = from_at ? read_population_names(from_at, draft, reading) : std::vector<std::string>{};
  const auto to = to_at ? read_population_names(to_at, draft, reading) : std::vector<std::string>{};
  for (const auto& source : from)
    for (const auto& target : to) {
      auto one = common;
      if (!one.name.empty() && from.size() * to.size() > 1) one.name += fmt::format("_{}_to_{}", source, target);
      read_pair_of(entry, source, target, std::move(one));
    }
  if (from.empty() || to.empty()) read_without_populations(entry);
  map.finish();
}

/// "exc_to_inh" for projections without a name, "exc_to_inh_2" if it is taken; duplicates given by the user are wrong.
void name_projections(NetworkDraft& draft, const Node& list, Reading& reading) {
  std::set<std::string, std::less<>> taken;
  auto& projections = draft.network.projections;
  for (std::size_t k = 0; k < projections.size(); ++k) {
    if (projections[k].name.empty() || taken.insert(projections[k].name).second) continue;
    const auto& path = draft.projection_paths[k];
    const auto& item = list.values.at(std::stoul(path.substr(path.find('[') + 1)));
    const auto* name = item.find("name");
    report({name ? name : &item, path + ".name"}, reading,
           {fmt::format("the name '{}' is already taken", projections[k].name),
            "give every projection a name of its own, or none"});
  }
  for (auto& projection : projections) {
    if (!projection.name.empty()) continue;
    const auto base = fmt::format("{}_to_{}", projection.from, projection.to);
    projection.name = base;
    for (int k = 2; !taken.insert(projection.name).second; ++k) projection.name = fmt::format("{}_{}", base, k);
  }
}

}  // namespace

std::vector<std::string> read_population_names(const Located& at, const NetworkDraft& draft, Reading& reading) {
  if (at->is(Node::Kind::scalar) && at->text == "all") {
    std::vector<std::string> neurons;
    for (const auto& population : draft.network.populations)
      if (population.size) neurons.push_back(population.name);
    return neurons;
  }
  std::vector<std::string> names;
  if (at->is(Node::Kind::list) && at->values.empty()) report(at, reading, {"is an empty list", "name a population"});
  for (const auto& one : one_or_many(at)) {
    const auto name = read_text(one, "the name of a population", reading);
    if (!name) continue;
    if (!draft.population(*name))
      report(
          one, reading,
          {fmt::format("there is no population {}", one->description()), suggestion(*name, population_names(draft))});
    else if (std::find(names.begin(), names.end(), *name) != names.end())
      report(one, reading, {fmt::format("'{}' is named twice", *name), "name each population once"});
    else
      names.push_back(*name);
  }
  return names;
}

void read_projections(const Located& at, NetworkDraft& draft, Reading& reading) {
  if (!at->is(Node::Kind::list)) {
    report(at, reading,
           {fmt::format("must be a list of projections, not {}", at->description()), "begin each with '- from: ...'"});
    return;
  }
  for (const auto& one : one_or_many(at)) read_entry(one, draft, reading);
  name_projections(draft, *at.node, reading);
}

}  // namespace spikeloom::io::yaml
