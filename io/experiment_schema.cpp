/// The language as JSON Schema (2020-12), so that editors complete keys and mark mistakes while one types.
///
/// Quantities are strings with a pattern per dimension; per-model parameters hang on `model` by if/then. Keys that
/// `include` or `defaults` may provide are not required here; the program itself checks that they come from somewhere.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <set>

#include "io/experiment_file.hpp"
#include "io/units.hpp"
#include "io/yaml/connect_reader.hpp"
#include "io/yaml/plasticity_reader.hpp"
#include "networks/protocol.hpp"

namespace spikeloom::io {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* number_pattern = R"([-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?)";

Json refer_to(std::string_view name) { return {{"$ref", fmt::format("#/$defs/{}", name)}}; }

Json described(Json schema, std::string_view doc) {
  if (!doc.empty()) schema["description"] = doc;
  return schema;
}

Json any_of(std::initializer_list<Json> schemas) { return {{"anyOf", Json(schemas)}}; }
Json list_of(Json items) { return {{"type", "array"}, {"items", std::move(items)}, {"minItems", 1}}; }
Json one_or_many(const Json& item) { return any_of({item, list_of(item)}); }
Json choice(const std::vector<std::string>& words) { return {{"enum", words}}; }

Json object(Json properties, std::vector<std::string> required = {}) {
  Json schema{{"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
  if (!required.empty()) schema["required"] = std::move(required);
  return schema;
}

Json plain_number() {
  return any_of({{{"type", "number"}}, {{"type", "string"}, {"pattern", fmt::format("^{}$", number_pattern)}}});
}

/// "20 ms" in any unit of the same dimension.
Json quantity(std::string_view unit) {
  if (unit.empty()) return refer_to("number");
  std::string units;
  for (const auto& name : units_like(unit)) {
    std::string quoted;
    for (const char c : name)
      quoted +=
          std::string_view("^*/+.").find(c) == std::string_view::npos ? std::string(1, c) : fmt::format("\\{}", c);
    units += (units.empty() ? "" : "|") + quoted;
  }
  const bool simple = units_like(unit).size() > 1;
  return {{"type", "string"},
          {"pattern", simple ? fmt::format("^ *{} *({}|[A-Za-z1/].*[*/^].*) *$", number_pattern, units)
                             : fmt::format("^ *{} *[A-Za-z/1].*$", number_pattern)},
          {"description", fmt::format("{}: a number and its unit, for example 1 {}", dimension_of(unit), unit)},
          {"examples", {fmt::format("1 {}", unit)}}};
}

/// $defs are named by unit: "quantity_mV", "value_mV"; characters that a reference cannot hold become '_'.
std::string named(std::string_view kind, std::string_view unit) {
  auto name = fmt::format("{}_{}", kind, unit.empty() ? "number" : unit);
  for (auto& c : name)
    if (c == '/' || c == '^' || c == '*') c = '_';
  return name;
}

Json pair_of(const Json& a, const Json& b) {
  return {{"type", "array"}, {"prefixItems", {a, b}}, {"items", false}, {"minItems", 2}};
}

Json value_schema(std::string_view unit) {
  const auto q = unit.empty() ? refer_to("number") : refer_to(named("quantity", unit));
  const auto n = refer_to("number");
  const Json unit_key = described({{"type", "string"}}, "unit of the numbers");
  const auto with_unit = [&](Json properties, std::vector<std::string> required) {
    properties["unit"] = unit_key;
    if (!unit.empty()) required.emplace_back("unit");
    return object(std::move(properties), std::move(required));
  };
  return any_of({q, described(list_of(q), "one number each"),
                 described(object({{"uniform", pair_of(q, q)}}, {"uniform"}), "uniform in [low, high)"),
                 described(object({{"normal", pair_of(q, q)}, {"min", q}, {"max", q}}, {"normal"}),
                           "normal with [mean, sd]; numbers beyond min and max are drawn again"),
                 described(object({{"lognormal", pair_of(q, n)}, {"mu", n}}, {"lognormal"}),
                           "log-normal with [median, sd of the logarithm]"),
                 described(object({{"exponential", q}, {"offset", q}}, {"exponential"}),
                           "offset + an exponential number of this mean"),
                 described(object({{"uniform_integer", pair_of(any_of({n, q}), any_of({n, q}))}, {"scale", q}},
                                  {"uniform_integer"}),
                           "whole numbers from low to high, both included, times scale"),
                 described(with_unit({{"expression", {{"type", {"string", "number"}}}}}, {"expression"}),
                           "a formula of position and random numbers"),
                 described(with_unit({{"values", list_of(n)}}, {"values"}), "numbers in one unit"),
                 described(with_unit({{"file", {{"type", "string"}}}, {"dataset", {{"type", "string"}}}}, {"file"}),
                           "numbers from a .npy, .csv or .h5 file")});
}

/// Collects $defs as they are used.
class Schema {
 public:
  Json value(std::string_view unit) {
    define(unit);
    return refer_to(named("value", unit));
  }
  Json quantity_of(std::string_view unit) {
    define(unit);
    return unit.empty() ? refer_to("number") : refer_to(named("quantity", unit));
  }
  Json definitions() && { return std::move(definitions_); }

 private:
  void define(std::string_view unit) {
    if (definitions_.empty()) definitions_["number"] = plain_number();
    if (!unit.empty()) definitions_[named("quantity", unit)] = quantity(unit);
    if (!definitions_.contains(named("value", unit))) definitions_[named("value", unit)] = value_schema(unit);
  }
  Json definitions_ = Json::object();
};

std::string doc_of(const ParamInfo& info) {
  if (info.required) return fmt::format("{}; required", info.doc);
  if (info.kind == ParamKind::number)
    return fmt::format("{}; default {}{}{}", info.doc, info.default_number, info.unit.empty() ? "" : " ", info.unit);
  return info.default_text.empty() ? info.doc : fmt::format("{}; default {}", info.doc, info.default_text);
}

Json param(const ParamInfo& info, Schema& schema) {
  switch (info.kind) {
    case ParamKind::number: return described(schema.value(info.unit), doc_of(info));
    case ParamKind::list: {
      Json values{{"values", list_of(refer_to("number"))}, {"unit", {{"type", "string"}}}};
      Json file{{"file", {{"type", "string"}}}, {"dataset", {{"type", "string"}}}, {"unit", {{"type", "string"}}}};
      const auto q = schema.quantity_of(info.unit);
      return described(
          any_of({q, {{"type", "array"}, {"items", q}}, object(values, {"values"}), object(file, {"file"})}),
          doc_of(info));
    }
    case ParamKind::choice:
      // YAML readers of editors take true and false for booleans.
      return described(
          info.choices == std::vector<std::string>{"false", "true"} ? Json{{"type", "boolean"}} : choice(info.choices),
          doc_of(info));
    case ParamKind::words: {
      const auto one = choice(info.choices);
      return described(any_of({one, {{"type", "array"}, {"items", one}, {"uniqueItems", true}}}), doc_of(info));
    }
    case ParamKind::text: break;
  }
  return described({{"type", "string"}}, doc_of(info));
}

Json params(const std::vector<ParamInfo>& infos, Schema& schema) {
  Json properties = Json::object();
  for (const auto& info : infos) properties[info.name] = param(info, schema);
  return object(std::move(properties));
}

/// {if: {key: name}, then: consequence}.
Json when(std::string_view key, std::string_view name, Json consequence) {
  return {{"if", {{"properties", {{key, {{"const", name}}}}}, {"required", {key}}}}, {"then", std::move(consequence)}};
}

Json population(Schema& schema) {
  const auto times = any_of({list_of(schema.quantity_of("ms")), schema.value("ms")});
  const Json spikes = any_of({list_of({{"type", "array"}, {"items", schema.quantity_of("ms")}}),
                              object({{"file", {{"type", "string"}}}, {"population", {{"type", "string"}}}}, {"file"}),
                              object({{"times", times}, {"neurons", schema.value("")}}, {"times", "neurons"})});
  const auto um = schema.quantity_of("um");
  const auto axes = [](Json item) {
    return Json{{"type", "array"}, {"items", std::move(item)}, {"minItems", 2}, {"maxItems", 3}};
  };
  const Json layout = any_of(
      {described(object({{"grid", axes(refer_to("whole"))}, {"spacing", um}}, {"grid", "spacing"}),
                 "a regular grid, x first"),
       described(object({{"random", axes(um)}}, {"random"}), "uniform in a box"),
       described(object({{"x", schema.value("um")}, {"y", schema.value("um")}, {"z", schema.value("um")}}, {"x", "y"}),
                 "listed positions")});
  std::vector<std::string> names;
  Json rules = Json::array();
  for (const auto& model : model_catalogue()) {
    names.push_back(model.name);
    Json initial = Json::object();
    for (const auto& variable : model.variables)
      if (variable.settable) initial[variable.name] = described(schema.value(variable.unit), variable.doc);
    rules.push_back(when("model", model.name,
                         {{"description", model.summary},
                          {"properties", {{"params", params(model.params, schema)}, {"initial", object(initial)}}}}));
  }
  auto result =
      object({{"model", described(choice(names), "neuron model or source; `spikeloom describe` lists them")},
              {"size", described(refer_to("whole"),
                                 "number of neurons; a source without one gives every target neuron its own input")},
              {"params", described({{"type", "object"}}, "parameters of the model")},
              {"initial", described({{"type", "object"}}, "initial values of state variables")},
              {"layout", described(layout, "positions of the neurons")},
              {"spikes", described(spikes, "spikes to be emitted (spike_list)")},
              {"precision", described(choice({"float", "double"}), "of the state; default: the experiment's")}});
  result["allOf"] = std::move(rules);
  return result;
}

Json connect_key(std::string_view rule, std::string_view key, Schema& schema) {
  if (key == "kernel") return choice({"gaussian", "exponential", "box"});
  if (key == "scale" || key == "cutoff") return schema.quantity_of("um");
  if (key == "file" || key == "population") return {{"type", "string"}};
  if (key == "delays") return schema.value("ms");
  if (rule == "table") return {{"type", {"array", "object", "string", "number"}}};
  if (key == "p" || key == "p_max") return refer_to("number");
  return refer_to("whole");
}

Json connect(Schema& schema) {
  Json rules = Json::array();
  for (const auto& info : yaml::rule_infos()) {
    Json properties{{"rule", true}};
    for (const auto& [key, doc] : info.keys)
      properties[std::string(key)] = described(connect_key(info.name, key, schema), doc);
    rules.push_back(when("rule", info.name, described(object(properties), info.doc)));
  }
  return {{"type", "object"},
          {"properties", {{"rule", described(choice(yaml::rule_names()), "which neurons are connected")}}},
          {"required", {"rule"}},
          {"allOf", std::move(rules)}};
}

/// Units of the weights of all models, "" among them.
std::set<std::string> weight_units() {
  std::set<std::string> units{""};
  for (const auto& model : model_catalogue())
    for (const auto& receptor : model.receptors) units.insert(receptor.weight_unit);
  return units;
}

Json plasticity(Schema& schema) {
  Json rules = Json::array();
  for (const auto& rule : rule_catalogue()) {
    Json properties = Json::object();
    for (const auto& info : rule.params) {
      if (info.unit != unit_of_weight) {
        properties[info.name] = param(info, schema);
        continue;
      }
      Json anything = Json::array();
      for (const auto& unit : weight_units()) anything.push_back(schema.quantity_of(unit));
      properties[info.name] = described({{"anyOf", std::move(anything)}}, info.doc);
    }
    rules.push_back(when("rule", rule.name,
                         {{"description", rule.summary}, {"properties", {{"params", object(std::move(properties))}}}}));
  }
  auto result = object({{"rule", described(choice(yaml::plasticity_rule_names()), "learning rule; see `describe`")},
                        {"params", described({{"type", "object"}}, "parameters of the rule")},
                        {"modulator", described({{"type", "string"}}, "modulator that the rule listens to")}},
                       {"rule"});
  result["allOf"] = std::move(rules);
  return result;
}

Json projection(Schema& schema) {
  Json weights = Json::array();
  for (const auto& unit : weight_units()) weights.push_back(schema.value(unit));
  const Json name{{"type", "string"}}, flag{{"type", "boolean"}};
  return object(
      {{"name", described(name, "default: exc_to_inh")},
       {"from", described(one_or_many(name), "source population or populations")},
       {"to", described(one_or_many(name), "target population or populations")},
       {"connect", connect(schema)},
       {"receptor", described(name, "default: follows from the sign of the weight")},
       {"weight", described({{"anyOf", std::move(weights)}}, "in the unit of the target's receptor")},
       {"delay", described(schema.value("ms"), "dendritic delay, at least one step together with the axonal one")},
       {"axonal_delay", described(any_of({schema.quantity_of("ms"), choice({"all"})}),
                                  "part of the delay before the synapse, or `all` of it; default 0 ms")},
       {"plasticity", plasticity(schema)},
       {"autapses", described(flag, "a neuron may connect to itself; default true")},
       {"multapses", described(flag, "a pair may have several synapses; default true")},
       {"periodic", described(flag, "distances wrap at the edges of the target's layout; default false")}});
}

Json modulator(Schema& schema) {
  const Json name{{"type", "string"}};
  const auto number = schema.quantity_of("");
  const auto ms = schema.quantity_of("ms");
  const auto times = any_of({list_of(ms), schema.value("ms")});
  const Json source = any_of(
      {described(object({{"spikes", name}, {"amount", number}, {"delay", ms}}, {"spikes", "amount", "delay"}),
                 "every spike of a population"),
       described(object({{"times", times}, {"amount", number}}, {"times", "amount"}), "given times"),
       described(object({{"poisson", schema.quantity_of("Hz")}, {"amount", number}}, {"poisson", "amount"}),
                 "random times"),
       described(object({{"coincidence", name},
                         {"neurons", list_of(number)},
                         {"within", ms},
                         {"delay", list_of(ms)},
                         {"amount", number}},
                        {"coincidence", "neurons", "within", "delay", "amount"}),
                 "one neuron soon after another"),
       described(object({{"readout", name},
                         {"weights", schema.value("")},
                         {"delay", ms},
                         {"target", any_of({number, object({{"times", times}, {"values", list_of(number)}},
                                                           {"times", "values"})})}},
                        {"readout", "weights", "delay", "target"}),
                 "target less a linear readout of a population"),
       described(object({{"compare", name},
                         {"with", name},
                         {"amount", number},
                         {"delay", ms},
                         {"target", object({{"times", times}, {"values", list_of(number)}}, {"times", "values"})}},
                        {"compare", "with", "amount", "delay", "target"}),
                 "target less the product of two populations' traces, at given times")});
  return object({{"tau", described(ms, "time constant of its decay")},
                 {"baseline", described(number, "what it decays to; default 0")},
                 {"from", described({{"type", "array"}, {"items", source}}, "what drives it")}},
                {"tau"});
}

Json record(Schema& schema) {
  const Json name{{"type", "string"}};
  const auto id =
      any_of({{{"type", "integer"}, {"minimum", 0}}, {{"type", "string"}, {"pattern", "^[0-9]+\\.\\.[0-9]+$"}}});
  const auto ms = schema.quantity_of("ms");
  return {
      {"type", "array"},
      {"items", any_of({described(object({{"spikes", one_or_many(name)}}, {"spikes"}), "spikes of populations"),
                        described(object({{"state", one_or_many(name)},
                                          {"of", one_or_many(name)},
                                          {"neurons", any_of({id, list_of(id), choice({"all"})})},
                                          {"every", ms},
                                          {"name", name}},
                                         {"state", "of", "neurons", "every"}),
                                  "traces of state variables"),
                        described(object({{"rates", one_or_many(name)}, {"bin", ms}}, {"rates", "bin"}),
                                  "population rates in bins"),
                        described(object({{"weights", one_or_many(name)}, {"every", ms}}, {"weights"}),
                                  "weights of projections at the end, and at intervals"),
                        described(object({{"delays", one_or_many(name)}, {"every", ms}}, {"delays"}),
                                  "delays of projections whose rule changes them, in the same way"),
                        described(object({{"modulators", one_or_many(name)}, {"every", ms}}, {"modulators", "every"}),
                                  "level of modulators, and how often they have been raised")})}};
}

Json settings(Schema& schema) {
  const auto ms = schema.quantity_of("ms");
  return object(
      {{"name", described({{"type", "string"}, {"pattern", "^[A-Za-z][A-Za-z0-9_]*$"}}, "names the results")},
       {"seed", described(any_of({{{"type", "integer"}, {"minimum", 0}}, {{"type", "string"}}}),
                          "of all random numbers; default 1")},
       {"duration", described(ms, "biological time to simulate")},
       {"resolution", described(ms, "step of the time grid; default 0.1 ms")},
       {"timing", described(choice({"grid", "exact"}), "spikes on the grid, or at real-valued times; default grid")},
       {"precision", described(choice({"float", "double"}), "of the state; default float")}});
}

Json run(Schema& schema) {
  const auto count = any_of({{{"const", "auto"}}, {{"type", "integer"}, {"minimum", 1}}});
  return object({{"threads", described(count, "default auto: all of them")},
                 {"partitions", described(count, "default auto; results do not depend on it")},
                 {"checkpoint", object({{"every", schema.quantity_of("ms")}}, {"every"})},
                 {"progress", described({{"type", "boolean"}}, "show progress; default true")}});
}

/// {name: ..., params: ...} of a module or a protocol.
template <class Catalogue>
Json named_with_params(const Catalogue& catalogue, Schema& schema) {
  std::vector<std::string> names;
  Json rules = Json::array();
  for (const auto& info : catalogue) {
    names.push_back(info.name);
    rules.push_back(when("name", info.name,
                         {{"description", info.summary}, {"properties", {{"params", params(info.params, schema)}}}}));
  }
  auto result =
      object({{"name", names.empty() ? Json{{"type", "string"}} : choice(names)}, {"params", {{"type", "object"}}}});
  if (!rules.empty()) result["allOf"] = std::move(rules);
  return result;
}

Json sweep() {
  const Json assignments{{"type", "object"}};
  const Json values{
      {"anyOf", {{{"type", "array"}, {"minItems", 1}}, {{"type", "string"}, {"pattern", "^[0-9]+\\.\\.[0-9]+$"}}}}};
  return object({{"grid", {{"type", "object"}, {"additionalProperties", values}}},
                 {"list", list_of(assignments)},
                 {"random", {{"type", "object"}, {"required", {"samples"}}}},
                 {"seeds", {{"type", "integer"}, {"minimum", 1}}}});
}

/// Defaults may hold any part of what they are defaults for.
Json defaults() {
  const auto any_number = [](const char* of) { return one_or_many(refer_to(of)); };
  return object({{"population", any_number("population")}, {"projection", any_number("projection")}});
}

}  // namespace

std::string experiment_schema() {
  Schema schema;
  Json root{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
            {"title", "spikeloom experiment"},
            {"type", "object"}};
  const auto names = [](Json item) {
    return Json{{"type", "object"},
                {"propertyNames", {{"pattern", "^[A-Za-z][A-Za-z0-9_]*$"}}},
                {"additionalProperties", std::move(item)}};
  };
  schema.quantity_of("");
  root["properties"] = {
      {"experiment", described(settings(schema), "what is simulated, and for how long")},
      {"include", described(one_or_many({{"type", "string"}}), "files to start from; what stands here wins")},
      {"defaults", described(defaults(), "keys for all populations or projections that lack them")},
      {"populations", described(names(refer_to("population")), "neurons and sources, by name")},
      {"projections", described(list_of(refer_to("projection")), "synapses between populations")},
      {"modulators", described(names(modulator(schema)), "signals that learning rules listen to, by name")},
      {"module", described(named_with_params(module_catalogue(), schema),
                           "a ready-made network in place of populations and projections")},
      {"protocol",
       described(named_with_params(protocol_catalogue(), schema), "drives a dense module through its task")},
      {"record", described(record(schema), "what is written to the results")},
      {"run", described(run(schema), "how it is computed; results do not depend on it")},
      {"sweep", described(sweep(), "several runs with other values")}};
  root["additionalProperties"] = false;
  root["anyOf"] = {{{"required", {"experiment"}}}, {{"required", {"include"}}}};
  auto population_schema = population(schema);
  auto projection_schema = projection(schema);
  auto definitions = std::move(schema).definitions();
  definitions["whole"] =
      any_of({{{"type", "integer"}, {"minimum", 1}}, {{"type", "string"}, {"pattern", "^[0-9.]+[eE]\\+?[0-9]+$"}}});
  definitions["population"] = std::move(population_schema);
  definitions["projection"] = std::move(projection_schema);
  root["$defs"] = std::move(definitions);
  return root.dump(2) + "\n";
}

}  // namespace spikeloom::io
