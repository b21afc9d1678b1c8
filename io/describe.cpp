/// Descriptions from the catalogues: what is written there once is printed here.
#include "io/describe.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "io/units.hpp"
#include "io/yaml/connect_reader.hpp"
#include "networks/protocol.hpp"
#include "plasticity/rule.hpp"

namespace spikeloom::io {
namespace {

/// Columns as wide as their widest entry; the last one is free.
std::string table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t k = 0; k < row.size(); ++k) widths[k] = std::max(widths[k], row[k].size());
  }
  std::string out;
  for (const auto& row : rows) {
    std::string line = " ";
    for (std::size_t k = 0; k < row.size(); ++k)
      line += k + 1 < row.size() ? fmt::format(" {:<{}} ", row[k], widths[k]) : " " + row[k];
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  return out;
}

std::string indented(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    out += fmt::format("    {}\n", text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::string default_of(const ParamInfo& info) {
  if (info.required) return "required";
  if (info.kind == ParamKind::number) return fmt::format("{}", info.default_number);
  if (info.kind == ParamKind::list)
    return info.default_list.empty() ? "[]" : fmt::format("[{}]", fmt::join(info.default_list, ", "));
  if (info.kind == ParamKind::words) return fmt::format("[{}]", fmt::join(info.default_words, ", "));
  return info.default_text.empty() ? "none" : info.default_text;
}

/// "positive" from "must be positive"; what a choice may be.
std::string range_of(const ParamInfo& info) {
  if (info.kind == ParamKind::choice) return fmt::format("{}", fmt::join(info.choices, " | "));
  if (info.kind == ParamKind::words) return fmt::format("some of {}", fmt::join(info.choices, " | "));
  if (info.kind == ParamKind::text) return "text";
  std::string wording(info.check.wording);
  if (wording == finite.wording) wording = "any number";
  for (const std::string_view start : {"must be ", "must not be ", "must "})
    if (wording.starts_with(start)) {
      wording = (start == "must not be " ? "not " : "") + wording.substr(start.size());
      break;
    }
  return fmt::format("{}{}{}", info.kind == ParamKind::list ? "list, each " : "", wording,
                     info.per_neuron || info.kind != ParamKind::number ? "" : ", one for all");
}

std::string params_table(const std::vector<ParamInfo>& infos) {
  if (infos.empty()) return "no parameters\n";
  std::vector<std::vector<std::string>> rows{{"name", "unit", "default", "range", "meaning"}};
  for (const auto& info : infos)
    rows.push_back({info.name, info.unit.empty() ? "-" : info.unit, default_of(info), range_of(info), info.doc});
  return "parameters (under `params:`)\n" + table(rows);
}

std::string example_params(const std::vector<ParamInfo>& infos) {
  std::string out;
  for (const auto& info : infos) {
    if (info.kind != ParamKind::number || info.required || out.size() > 40) continue;
    out += fmt::format("{}{}: {}{}{}", out.empty() ? "" : ", ", info.name, info.default_number,
                       info.unit.empty() ? "" : " ", info.unit);
  }
  return out;
}

std::string about(const ModelInfo& model) {
  auto out = fmt::format("{}: {}\n\n", model.name, model.summary);
  if (!model.equations.empty()) out += indented(model.equations) + "\n";
  out += params_table(model.params) + "\n";
  if (!model.variables.empty()) {
    std::vector<std::vector<std::string>> rows{{"name", "unit", "initial", "meaning"}};
    for (const auto& v : model.variables)
      rows.push_back({v.name, v.unit.empty() ? "-" : v.unit, v.settable ? "settable" : "-", v.doc});
    out += "state variables (recordable; settable ones under `initial:`)\n" + table(rows) + "\n";
  }
  if (!model.receptors.empty()) {
    std::vector<std::vector<std::string>> rows{{"name", "weight in", "without `receptor:` takes"}};
    for (const auto& r : model.receptors)
      rows.push_back({r.name, r.weight_unit.empty() ? "plain number" : r.weight_unit,
                      r.sign > 0 ? "positive weights" : "negative weights"});
    out += "receptors\n" + table(rows) + "\n";
  }
  out += fmt::format("timing: {}\n", model.exact ? "grid or exact" : "grid");
  if (!model.make_slice)
    out += "size: none; every target neuron gets an input of its own\n";
  else if (model.make_drive)
    out += "size: without one, every target neuron gets an input of its own\n";
  return out + fmt::format("\nexample\n    population: {{model: {}{}, params: {{{}}}}}\n", model.name,
                           model.make_slice && !model.make_drive ? ", size: 100" : "", example_params(model.params));
}

std::string about(const ModuleInfo& module) {
  auto out = fmt::format("{}: {}\n\n", module.name, module.summary);
  if (!module.equations.empty()) out += indented(module.equations) + "\n";
  out += params_table(module.params);
  if (module.is_dense()) {
    std::vector<std::string> protocols;
    for (const auto& protocol : protocol_catalogue())
      if (std::find(protocol.modules.begin(), protocol.modules.end(), module.name) != protocol.modules.end())
        protocols.push_back(protocol.name);
    out += fmt::format("\ndense: it has no populations; a protocol drives it: {}\n", fmt::join(protocols, ", "));
  }
  return out + fmt::format("\nexample\n    module: {{name: {}, params: {{{}}}}}\n", module.name,
                           example_params(module.params));
}

std::string about(const ProtocolInfo& protocol) {
  return fmt::format(
      "{}: {}\n\ndrives: {}\n\n{}\nexample\n    module: {{name: {}}}\n    protocol: {{name: {}, params: {{{}}}}}\n",
      protocol.name, protocol.summary, fmt::join(protocol.modules, ", "), params_table(protocol.params),
      protocol.modules.front(), protocol.name, example_params(protocol.params));
}

std::string about(const RuleInfo& rule) {
  auto out = fmt::format("{}: {}\n\n", rule.name, rule.summary) + indented(rule.equations) + "\n" +
             params_table(rule.params) + "\n";
  std::vector<std::vector<std::string>> rows{{"name", "unit", "meaning"}};
  for (const auto& column : rule.columns)
    rows.push_back({column.name, column.unit.empty() ? "-" : column.unit, column.doc});
  out += fmt::format("stored per synapse ({} bytes with the target)\n", rule.bytes_per_synapse) + table(rows);
  if (rule.needs_comparison)
    out += "\nlistens to a modulator (`modulator:`) that compares its targets with another population (`compare:`)\n";
  else if (rule.modulated)
    out += "\nlistens to a modulator (`modulator:`)\n";
  return out + fmt::format("\nexample\n    plasticity: {{rule: {}{}, params: {{{}}}}}\n", rule.name,
                           rule.modulated ? ", modulator: dopamine" : "", example_params(rule.params));
}

std::string about(const yaml::ConnectRuleInfo& rule) {
  auto out = fmt::format("{}: {}\n", rule.name, rule.doc);
  std::vector<std::vector<std::string>> rows;
  for (const auto& [key, doc] : rule.keys) rows.push_back({std::string(key), std::string(doc)});
  return out + (rows.empty() ? "" : "\nkeys\n" + table(rows));
}

std::string about_units() {
  std::string out =
      "A quantity is a number and its unit: 20 ms, -65 mV, 0.5 mV/ms. Units multiply and divide: pA/mV, 1/ms, "
      "nS*mV.\n\n";
  std::vector<std::vector<std::string>> rows{{"dimension", "units (the first is used in results)"}};
  for (const auto& group : unit_groups())
    rows.push_back({std::string(group.dimension), fmt::format("{}", fmt::join(group.units, ", "))});
  return out + table(rows) +
         "\nNumbers are decimal: no leading zeros, no separators, no .nan or .inf. A plain number takes no unit.\n";
}

std::string about_distributions() {
  return "A parameter, initial value, weight or delay is one of\n"
         "  20 ms                                                one number for all\n"
         "  {uniform: [10 ms, 30 ms]}                            uniform in [low, high)\n"
         "  {normal: [20 ms, 2 ms], min: 1 ms, max: 40 ms}       normal [mean, sd]; numbers beyond min, max are drawn "
         "again\n"
         "  {lognormal: [20 ms, 0.3]}                            log-normal [median, sd of the logarithm]; `mu` shifts "
         "the logarithm\n"
         "  {exponential: 5 ms, offset: 1 ms}                    offset + exponential of this mean\n"
         "  {uniform_integer: [1 ms, 20 ms]}                     whole numbers of the unit, both ends included; or [1, "
         "20] with `scale: 0.5 ms`\n"
         "  {expression: \"-65 + 15*r^2\", unit: mV}               a formula\n"
         "  [10 ms, 20 ms, 30 ms]                                one number per neuron\n"
         "  {values: [10, 20, 30], unit: ms}                     the same\n"
         "  {file: tau.npy, unit: ms}                            the same from .npy, .csv, .txt or .h5 (with `dataset: "
         "/path`)\n"
         "\n"
         "A formula may use x, y, z (position, um), i (number of the neuron), r, r1..r4 (random in (0, 1), the same in "
         "all formulas of\n"
         "one neuron); for weights and delays x, y, z, i are those of the target, j is the number of the source, d the "
         "distance (um).\n"
         "Operators + - * / ^ < > == != && || and c ? a : b; functions sin cos tan asin acos atan atan2 sinh cosh tanh "
         "exp ln log log2\n"
         "log10 sqrt abs sign rint min max sum avg; constants _pi and _e.\n";
}

std::string about_connect() {
  std::string out = "connect: {rule: ...} is one of\n";
  std::vector<std::vector<std::string>> rows;
  for (const auto& rule : yaml::rule_infos()) {
    std::string keys;
    for (const auto& [key, doc] : rule.keys) keys += (keys.empty() ? "" : ", ") + std::string(key);
    rows.push_back({std::string(rule.name), keys.empty() ? "-" : keys, std::string(rule.doc)});
  }
  return out + table(rows) +
         "\nBeside `connect` in a projection: from, to (one or several populations), weight, delay, axonal_delay, "
         "receptor, autapses, multapses, periodic, name.\n"
         "A source without a size needs no `connect`: it gives every target neuron its own input.\n";
}

std::string about_record() {
  return "record: is a list of\n"
         "  - {spikes: [exc, inh]}                                       spikes; `all` stands for all populations with "
         "neurons\n"
         "  - {state: v_m, of: exc, neurons: 0..9, every: 1 ms}          traces; neurons: 3, 0..9, [0, 5, 10..20] or "
         "all\n"
         "  - {rates: all, bin: 10 ms}                                   population rates\n"
         "  - {weights: exc_to_inh, every: 1 s}                          weights of a projection at the end, and at "
         "intervals\n"
         "  - {delays: exc_to_exc, every: 1 s}                           the same, of a projection that learns its "
         "delays\n"
         "  - {modulators: dopamine, every: 10 ms}                       level of modulators, and how often they have "
         "been "
         "raised\n"
         "`describe <model>` lists the variables of a model.\n";
}

constexpr std::array topics{"units", "distributions", "connect", "record"};

}  // namespace

std::optional<std::string> describe(std::string_view name) {
  if (const auto* model = find_model(name)) return about(*model);
  if (const auto* module = find_module(name)) return about(*module);
  if (const auto* protocol = find_protocol(name)) return about(*protocol);
  if (const auto* rule = find_rule(name)) return about(*rule);
  for (const auto& rule : yaml::rule_infos())
    if (rule.name == name) return about(rule);
  if (name == "units") return about_units();
  if (name == "distributions") return about_distributions();
  if (name == "connect") return about_connect();
  if (name == "record") return about_record();
  return std::nullopt;
}

std::vector<std::string> describable() {
  std::vector<std::string> names;
  for (const auto& model : model_catalogue()) names.push_back(model.name);
  for (const auto& module : module_catalogue()) names.push_back(module.name);
  for (const auto& protocol : protocol_catalogue()) names.push_back(protocol.name);
  for (const auto& rule : rule_catalogue()) names.push_back(rule.name);
  for (const auto& rule : yaml::rule_infos()) names.emplace_back(rule.name);
  names.insert(names.end(), topics.begin(), topics.end());
  return names;
}

std::string describe_all() {
  const auto models_of = [](ModelKind kind) {
    std::vector<std::vector<std::string>> rows;
    for (const auto& model : model_catalogue())
      if (model.kind == kind) rows.push_back({model.name, model.summary});
    return table(rows);
  };
  std::vector<std::vector<std::string>> modules, protocols, rules;
  for (const auto& module : module_catalogue()) modules.push_back({module.name, module.summary});
  for (const auto& protocol : protocol_catalogue()) protocols.push_back({protocol.name, protocol.summary});
  for (const auto& rule : yaml::rule_infos()) rules.push_back({std::string(rule.name), std::string(rule.doc)});
  std::string out = "neuron models\n" + models_of(ModelKind::neuron) + "\nspike sources\n" +
                    models_of(ModelKind::spike_source) + "\ncurrents\n" + models_of(ModelKind::current_source);
  if (!modules.empty()) out += "\nmodules\n" + table(modules);
  if (!protocols.empty()) out += "\nprotocols\n" + table(protocols);
  std::vector<std::vector<std::string>> learning;
  for (const auto& rule : rule_catalogue()) learning.push_back({rule.name, rule.summary});
  return out + "\nconnection rules\n" + table(rules) + "\nlearning rules\n" + table(learning) +
         "\n`describe NAME` tells more about each of them, and about units, distributions, connect and record.\n";
}

}  // namespace spikeloom::io
