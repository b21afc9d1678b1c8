/// From YAML text to a checked experiment: the stages in order.
///
///   1. parse: text -> tree with places              (io/yaml/parse)
///   2. resolve: include, then --set, then defaults   (io/yaml/resolve); a fault in 1 or 2 ends the reading
///   3. read: tree -> spec; kinds, units, ranges      (io/yaml/*_reader)
///   4. check: what ties several parts together       (io/check_experiment), silent about what 3 has reported
#include "io/experiment_file.hpp"

#include <fmt/format.h>

#include "io/check_experiment.hpp"
#include "io/yaml/emit.hpp"
#include "io/yaml/modulator_reader.hpp"
#include "io/yaml/parse.hpp"
#include "io/yaml/path.hpp"
#include "io/yaml/resolve.hpp"
#include "io/yaml/settings_reader.hpp"

namespace spikeloom::io {
namespace {

using namespace yaml;

void read_network(MapReader& map, ExperimentSpec& experiment, NetworkDraft& draft, Reading& reading) {
  const auto populations = map.optional("populations"), projections = map.optional("projections"),
             module = map.optional("module"), modulators = map.optional("modulators");
  if (module && (populations || projections || modulators)) {
    report(module, reading,
           {"a module stands in place of populations, projections and modulators",
            "keep either `module` or `populations`"});
  } else if (module) {
    draft.is_readable = read_module(module, experiment, draft, reading);
  } else if (!populations) {
    map.required("populations", "'populations: {exc: {model: lif_psc_exp, size: 800}}', or 'module: {name: ...}'");
  } else {
    read_populations(populations, draft, reading);
    draft.is_readable = populations->is(Node::Kind::map);
    if (projections && draft.is_readable) read_projections(projections, draft, reading);
    if (modulators && draft.is_readable) read_modulators(modulators, draft, reading);
  }
}

/// The protocol, and whether the module needs one.
void read_task(MapReader& map, const Node& root, ExperimentSpec& experiment, bool module_is_good, Reading& reading) {
  if (const auto protocol = map.optional("protocol"))
    return read_protocol(protocol, root, experiment, module_is_good, reading);
  if (experiment.module && find_module(experiment.module->name)->is_dense())
    report(map.optional("module"), reading,
           {fmt::format("{} is a dense module: it does nothing by itself", experiment.module->name),
            fmt::format("add a protocol that drives it; `spikeloom describe {}` names them", experiment.module->name)});
}

ExperimentSpec read_tree(const Node& root, Reading& reading) {
  ExperimentSpec experiment;
  NetworkDraft draft;
  MapReader map({&root, ""}, reading);
  if (const auto settings = map.required("experiment", "'experiment: {name: my_network, duration: 1 s}'"))
    read_settings(settings, experiment, root.find("protocol") != nullptr, reading);
  read_network(map, experiment, draft, reading);
  read_task(map, root, experiment, draft.is_readable, reading);
  if (const auto record = map.optional("record"); record && root.find("protocol"))
    report(record, reading, {"a protocol records by itself", "leave `record` out"});
  else if (record && draft.is_readable)
    read_record(record, draft, experiment.resolution, experiment.record, reading);
  if (const auto run = map.optional("run")) read_run(run, experiment.run, reading);
  if (const auto sweep = map.optional("sweep")) experiment.sweep = read_sweep(sweep, root, reading);
  map.finish();

  const auto place_of = [&](const std::string& path) -> const Node& {
    const bool expanded = experiment.module && (path.starts_with("populations") || path.starts_with("projections"));
    return nearest(root, expanded ? "module" : path);
  };
  experiment.network = std::move(draft.network);
  CheckContext context;
  context.projection_paths = std::move(draft.projection_paths);
  context.is_broken = [&](const std::string& path) { return reading.problems.touches(path); };
  context.report = [&](std::string path, std::string what, std::string remedy) {
    reading.problems.add(place_of(path), path, std::move(what), std::move(remedy));
  };
  check_experiment(experiment, context);
  return experiment;
}

/// `--set sweep=~` makes one run of a sweep.
void remove_key_without_value(Node& map, std::string_view key) {
  for (std::size_t k = map.keys.size(); k-- > 0;)
    if (map.keys[k].text == key && map.values[k].is(Node::Kind::null)) {
      map.keys.erase(map.keys.begin() + static_cast<std::ptrdiff_t>(k));
      map.values.erase(map.values.begin() + static_cast<std::ptrdiff_t>(k));
    }
}

/// Reads file 0 of `sources`.
ExperimentSpec read_sources(Sources& sources, const std::vector<std::string>& overrides) {
  Problems problems(sources);
  std::vector<std::string> warnings;
  auto root = parse(sources, 0, problems);
  problems.throw_if_any();
  if (!root.is(Node::Kind::map)) {
    problems.add(root, "", fmt::format("an experiment must be a map, not {}", root.description()),
                 "begin with 'experiment: {name: ..., duration: 1 s}'");
    problems.throw_if_any();
  }
  include_files(root, sources, problems);
  apply_overrides(root, overrides, sources, problems);
  problems.throw_if_any();
  remove_key_without_value(root, "sweep");
  auto text = emit(root);
  apply_defaults(root, problems);
  Reading reading{sources, problems, warnings};
  auto experiment = read_tree(root, reading);
  problems.throw_if_any();
  experiment.source_text = std::move(text);
  experiment.warnings = std::move(warnings);
  return experiment;
}

}  // namespace

ExperimentSpec read_experiment(const std::filesystem::path& file, const std::vector<std::string>& overrides) {
  Sources sources;
  sources.add(file.string(), read_text_file(file), file.parent_path());
  return read_sources(sources, overrides);
}

ExperimentSpec parse_experiment(const std::string& text, const std::string& name, const std::filesystem::path& folder,
                                const std::vector<std::string>& overrides) {
  Sources sources;
  sources.add(name, text, folder);
  return read_sources(sources, overrides);
}

}  // namespace spikeloom::io
