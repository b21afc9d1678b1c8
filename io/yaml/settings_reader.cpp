/// Reads what an experiment is called, how long it runs, on what, and which module it uses.
#include "io/yaml/settings_reader.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "io/spelling.hpp"
#include "io/yaml/emit.hpp"
#include "io/yaml/path.hpp"
#include "io/yaml/value_reader.hpp"
#include "networks/protocol.hpp"

namespace spikeloom::io::yaml {
namespace {

/// A duration above zero.
std::optional<double> read_time(const Located& at, Reading& reading) {
  const auto time = read_quantity(at, "ms", reading);
  if (!time || *time > 0) return time;
  report(at, reading, {fmt::format("{} ms is not a time above 0", *time), "write for example 1 s"});
  return std::nullopt;
}

std::vector<std::string> module_names() {
  std::vector<std::string> names;
  for (const auto& module : module_catalogue()) names.push_back(module.name);
  return names;
}

/// A number of something, or `auto` (0).
void read_count_or_auto(const Located& at, int most, int& count, Reading& reading) {
  if (!at) return;
  if (at->is(Node::Kind::scalar) && at->text == "auto")
    count = 0;
  else if (const auto n = read_whole(at, 1, static_cast<std::uint64_t>(most), reading))
    count = static_cast<int>(*n);
}

std::vector<std::string> protocol_names() {
  std::vector<std::string> names;
  for (const auto& protocol : protocol_catalogue()) names.push_back(protocol.name);
  return names;
}

ModelArguments module_arguments(const Located& at, const std::vector<ParamInfo>& params, const std::string& owner,
                                Reading& reading) {
  auto read = read_params(at, params, owner, {.single = true}, reading);
  ModelArguments arguments;
  for (const auto& [name, value] : read.numbers) arguments.numbers[name] = {std::get<Constant>(value).value};
  for (auto& [name, list] : read.lists) arguments.lists[name] = std::move(list);
  for (auto& [name, text] : read.texts) arguments.texts[name] = std::move(text);
  for (auto& [name, words] : read.words) arguments.words[name] = std::move(words);
  return arguments;
}

/// {name: ..., params: ...}: the named entry of a catalogue and its arguments.
template <class Info>
struct Named {
  const Info* info = nullptr;
  ModelArguments arguments = {};
  bool is_good = false;
};

template <class Info>
Named<Info> read_named(const Located& at, std::string_view kind, const Info* (*find)(std::string_view),
                       const std::vector<std::string>& names, Reading& reading) {
  Named<Info> named;
  MapReader map(at, reading);
  const auto name_at = map.required("name", fmt::format("the name of a {}; `describe` lists all", kind));
  const auto name = name_at ? read_text(name_at, fmt::format("the name of a {}", kind), reading) : std::nullopt;
  named.info = name ? find(*name) : nullptr;
  if (name && !named.info)
    report(name_at, reading, {fmt::format("unknown {} {}", kind, name_at->description()), suggestion(*name, names)});
  const auto params = map.optional("params");
  map.finish();
  if (!named.info) return named;
  const auto before = reading.problems.size();
  static const Node no_params = make_map();
  auto here = no_params;
  here.file = at->file, here.line = at->line, here.column = at->column;
  named.arguments = module_arguments(params ? params : Located{&here, map.path_of("params")}, named.info->params,
                                     named.info->name, reading);
  named.is_good = reading.problems.size() == before;
  return named;
}

/// A problem that the module found with its parameters, placed at the parameter.
void place_module_problem(const Located& at, const Problem& problem, Reading& reading) {
  const auto path = problem.path.empty() ? at.path : fmt::format("{}.params.{}", at.path, problem.path);
  const auto* params = at->find("params");
  const auto* value = params && params->is(Node::Kind::map) ? params->find(problem.path) : nullptr;
  report({value ? value : at.node, path}, reading, {problem.what, problem.remedy});
}

}  // namespace

void read_settings(const Located& at, ExperimentSpec& experiment, bool by_protocol, Reading& reading) {
  MapReader map(at, reading);
  if (const auto name = map.required("name", "for example 'name: balanced'"))
    experiment.name = read_name(name, "a name", reading).value_or("");
  if (const auto seed = map.optional("seed"))
    experiment.seed = read_whole(seed, 0, std::numeric_limits<std::uint64_t>::max(), reading).value_or(1);
  const auto refused = [&](std::string_view key, std::string_view why) {
    const auto given = map.optional(key);
    if (given) report(given, reading, {std::string(why), fmt::format("leave `{}` out", key)});
  };
  if (by_protocol) {
    refused("duration", "a protocol says itself how long it goes on");
    for (const auto* key : {"resolution", "timing", "precision"})
      refused(key, "the module that the protocol drives has its own");
    map.finish();
    return;
  }
  if (const auto duration = map.required("duration", "the biological time to simulate, for example 'duration: 1 s'"))
    experiment.duration = read_time(duration, reading).value_or(0);
  if (const auto resolution = map.optional("resolution"))
    experiment.resolution = read_time(resolution, reading).value_or(0);
  if (const auto timing = map.optional("timing"))
    experiment.timing = read_choice(timing, {"grid", "exact"}, reading).value_or(0) == 0 ? Timing::grid : Timing::exact;
  if (const auto precision = map.optional("precision"))
    experiment.precision =
        read_choice(precision, {"float", "double"}, reading).value_or(0) == 0 ? Precision::single : Precision::double_;
  map.finish({{"dt", "it is called `resolution`"},
              {"threads", "it stands under `run:`"},
              {"sim_time", "it is called `duration`"}});
}

void read_run(const Located& at, RunSpec& run, Reading& reading) {
  MapReader map(at, reading);
  read_count_or_auto(map.optional("threads"), 1024, run.threads, reading);
  read_count_or_auto(map.optional("partitions"), 65536, run.partitions, reading);
  if (const auto progress = map.optional("progress")) run.progress = read_bool(progress, reading).value_or(true);
  if (const auto checkpoint = map.optional("checkpoint")) {
    MapReader inside(checkpoint, reading);
    if (const auto every = inside.required("every", "the biological time between checkpoints, 'every: 10 s'"))
      run.checkpoint_every = read_time(every, reading);
    inside.finish();
  }
  map.finish();
}

bool read_module(const Located& at, ExperimentSpec& experiment, NetworkDraft& draft, Reading& reading) {
  auto [module, arguments, is_good] = read_named(at, "module", find_module, module_names(), reading);
  if (!is_good) return false;
  experiment.module = ModuleUse{module->name, arguments};
  if (module->is_dense()) {
    std::vector<Problem> found;
    if (module->check) module->check(arguments, found);
    for (const auto& problem : found) place_module_problem(at, problem, reading);
    return found.empty();
  }
  if (experiment.resolution <= 0) return false;
  try {
    draft.network = module->expand(arguments, experiment.resolution);
  } catch (const SpecError& error) {
    for (const auto& problem : error.problems()) place_module_problem(at, problem, reading);
    return false;
  }
  for (std::size_t k = 0; k < draft.network.populations.size(); ++k)
    draft.index.emplace(draft.network.populations[k].name, k);
  for (const auto& projection : draft.network.projections)
    draft.projection_paths.push_back(fmt::format("projections[{}]", projection.name));
  return true;
}

void read_protocol(const Located& at, const Node& root, ExperimentSpec& experiment, bool module_is_good,
                   Reading& reading) {
  const auto [protocol, arguments, is_good] = read_named(at, "protocol", find_protocol, protocol_names(), reading);
  if (!protocol) return;
  experiment.protocol = ModuleUse{protocol->name, arguments};
  if (!experiment.module) {
    if (!root.find("module"))
      report(at, reading,
             {fmt::format("{} needs a module to drive", protocol->name),
              fmt::format("write module: {{name: {}}}", protocol->modules.front())});
    return;
  }
  if (std::find(protocol->modules.begin(), protocol->modules.end(), experiment.module->name) ==
      protocol->modules.end()) {
    report(at, reading,
           {fmt::format("{} cannot drive the module {}", protocol->name, experiment.module->name),
            fmt::format("it drives {}", join_or(protocol->modules))});
    return;
  }
  if (!is_good || !module_is_good || !protocol->check) return;
  std::vector<Problem> found;
  protocol->check(experiment.module->arguments, arguments, found);
  for (auto& problem : found)
    report({&nearest(root, problem.path), problem.path}, reading, {std::move(problem.what), std::move(problem.remedy)});
}

namespace {

constexpr std::uint64_t most_runs = 1'000'000;  // of a sweep

bool check_sweep_path(const Node& key, const std::string& path, const Node& root, Reading& reading) {
  Problems found(reading.sources);
  auto copy = root;
  set(copy, key.text, make_scalar("0"), key, found);
  if (found.empty() && key.text.find_first_of(".[") != std::string::npos) return true;
  report({&key, path}, reading,
         {fmt::format("'{}' is not a path to a value of this experiment", key.text),
          "write for example populations.exc.params.tau_m or experiment.seed"});
  return false;
}

/// "1..10": whole numbers, both ends included.
std::vector<std::string> whole_numbers(const std::string& text) {
  const auto dots = text.find("..");
  if (dots == std::string::npos) return {};
  const auto low = parse_whole(text.substr(0, dots)), high = parse_whole(text.substr(dots + 2));
  if (std::holds_alternative<Trouble>(low) || std::holds_alternative<Trouble>(high)) return {};
  const auto first = std::get<std::uint64_t>(low), last = std::get<std::uint64_t>(high);
  std::vector<std::string> numbers;
  if (last < first || last - first < most_runs)
    for (auto number = first; number <= last; ++number) numbers.push_back(std::to_string(number));
  return numbers;
}

std::vector<std::string> sweep_values(const Located& at, Reading& reading) {
  if (at->is(Node::Kind::scalar))
    if (auto numbers = whole_numbers(at->text); !numbers.empty()) return numbers;
  if (!at->is(Node::Kind::list) || at->values.empty()) {
    report(at, reading,
           {fmt::format("is {} where a list of values is due", at->description()), "write [10 ms, 20 ms] or 1..10"});
    return {};
  }
  std::vector<std::string> values;
  for (const auto& value : at->values) values.push_back(emit_flow(value));
  return values;
}

void read_sweep_list(const Located& list, SweepSpec& sweep, const Node& root, Reading& reading) {
  if (!list->is(Node::Kind::list) || list->values.empty()) {
    report(list, reading,
           {fmt::format("is {} where a list of runs is due", list->description()),
            "write [{experiment.seed: 1}, {experiment.seed: 2}]"});
    return;
  }
  for (const auto& one : one_or_many(list)) {
    MapReader run(one, reading);
    if (!run.is_map()) continue;
    auto& assignments = sweep.runs.emplace_back();
    for (std::size_t k = 0; k < one->keys.size(); ++k)
      if (check_sweep_path(one->keys[k], one.path, root, reading))
        assignments[one->keys[k].text] = emit_flow(one->values[k]);
  }
}

/// The unit of the first quantity below a node; "" if there is none.
std::string unit_below(const Node& node) {
  if (node.is(Node::Kind::scalar))
    if (const auto quantity = split_quantity(node.text); std::holds_alternative<RawQuantity>(quantity))
      return std::get<RawQuantity>(quantity).unit;
  for (const auto& value : node.values)
    if (auto unit = unit_below(value); !unit.empty()) return unit;
  return "";
}

void read_distribution(const std::string& path, const Located& at, SweepSpec& sweep, Reading& reading) {
  auto unit = unit_below(*at.node);
  if (!parse_unit(unit)) unit = "";
  if (auto value = read_value(at, {.unit = unit}, reading)) {
    if (std::holds_alternative<Array>(*value) || std::holds_alternative<Constant>(*value))
      report(at, reading,
             {"gives the same value to every run", "write a distribution such as {uniform: [10 ms, 20 ms]}"});
    sweep.axes.push_back({path, {emit_flow(*at.node)}, std::move(value), unit});
  }
}

void read_axes_of(const Located& at, SweepSpec& sweep, const Node& root, Reading& reading) {
  const bool random = sweep.kind == SweepSpec::Kind::random;
  for (std::size_t k = 0; k < at->keys.size(); ++k) {
    const auto& key = at->keys[k];
    const Located value{&at->values[k], fmt::format("{}.{}", at.path, key.text)};
    if (random && key.text == "samples") continue;
    if (!check_sweep_path(key, at.path, root, reading)) continue;
    if (!random)
      sweep.axes.push_back({key.text, sweep_values(value, reading)});
    else if (value->is(Node::Kind::map))
      read_distribution(key.text, value, sweep, reading);
    else
      report(
          value, reading,
          {fmt::format("is {} where a distribution is due", value->description()), "write {uniform: [10 ms, 20 ms]}"});
  }
}

}  // namespace

std::optional<SweepSpec> read_sweep(const Located& at, const Node& root, Reading& reading) {
  MapReader map(at, reading);
  if (!map.is_map()) return std::nullopt;
  const auto grid = map.optional("grid"), list = map.optional("list"), random = map.optional("random"),
             seeds = map.optional("seeds");
  map.finish();
  if (int{bool(grid)} + int{bool(list)} + int{bool(random)} != 1) {
    report(at, reading,
           {"needs exactly one of `grid`, `list` and `random`",
            "write grid: {populations.exc.params.tau_m: [10 ms, 20 ms]}"});
    return std::nullopt;
  }
  SweepSpec sweep;
  sweep.kind = grid ? SweepSpec::Kind::grid : list ? SweepSpec::Kind::list : SweepSpec::Kind::random;
  if (seeds) sweep.seeds = static_cast<std::uint32_t>(read_whole(seeds, 1, most_runs, reading).value_or(1));
  if (list) {
    read_sweep_list(list, sweep, root, reading);
    return sweep;
  }
  MapReader inside(grid ? grid : random, reading);
  if (!inside.is_map()) return std::nullopt;
  if (random)
    if (const auto samples = inside.required("samples", "how many runs to draw, 'samples: 20'"))
      sweep.samples = static_cast<std::uint32_t>(read_whole(samples, 1, most_runs, reading).value_or(1));
  read_axes_of(inside.located(), sweep, root, reading);
  return sweep;
}

}  // namespace spikeloom::io::yaml
