/// One function per connection rule.
#include "io/yaml/connect_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "io/edge_file.hpp"
#include "io/spelling.hpp"
#include "io/yaml/value_reader.hpp"

namespace spikeloom::io::yaml {
namespace {

constexpr std::uint64_t most_partners = 4'000'000'000;
constexpr std::uint64_t most_synapses = 1'000'000'000'000;

std::optional<std::uint64_t> required_count(MapReader& map, std::string_view key, std::uint64_t most,
                                            Reading& reading) {
  const auto at = map.required(key, fmt::format("for example '{}: 100'", key));
  return at ? read_whole(at, 1, most, reading) : std::nullopt;
}

/// A probability in (0, 1].
std::optional<double> required_probability(MapReader& map, std::string_view key, Reading& reading) {
  const auto at = map.required(key, fmt::format("for example '{}: 0.1'", key));
  const auto p = at ? read_quantity(at, "", reading) : std::nullopt;
  if (!p) return std::nullopt;
  if (*p > 0 && *p <= 1) return p;
  report(at, reading,
         {fmt::format("{} is not a probability", *p),
          *p == 0 ? "leave the projection out, or write a number above 0" : "write a number above 0 and at most 1"});
  return std::nullopt;
}

std::optional<double> length(const Located& at, Reading& reading) {
  const auto um = read_quantity(at, "um", reading);
  if (!um || *um > 0) return um;
  report(at, reading, {fmt::format("{} um is not positive", *um), "write a length such as 100 um"});
  return std::nullopt;
}

std::optional<ConnectRule> read_distance(MapReader& map, Reading& reading) {
  const auto kernel_at = map.required("kernel", "'kernel: gaussian', exponential or box");
  const auto kernel = kernel_at ? read_choice(kernel_at, {"gaussian", "exponential", "box"}, reading) : std::nullopt;
  const auto p_max = required_probability(map, "p_max", reading);
  const auto scale_at = map.required("scale", "the length of the kernel, for example 'scale: 100 um'");
  const auto scale = scale_at ? length(scale_at, reading) : std::nullopt;
  const auto cutoff_at = map.optional("cutoff");
  const auto cutoff = cutoff_at ? length(cutoff_at, reading) : std::optional(std::numeric_limits<double>::infinity());
  if (!kernel || !p_max || !scale || !cutoff) return std::nullopt;
  return DistanceDependent{static_cast<DistanceDependent::Kernel>(*kernel), *p_max, *scale, *cutoff};
}

std::optional<std::vector<std::uint32_t>> read_ids(const Located& at, std::optional<std::uint32_t> bound,
                                                   std::string_view of, Reading& reading) {
  const auto numbers = read_numbers(at, "", non_negative, reading);
  if (!numbers) return std::nullopt;
  std::vector<std::uint32_t> ids;
  for (std::size_t k = 0; k < numbers->size(); ++k) {
    const double id = (*numbers)[k];
    if (id != std::floor(id) || id >= bound.value_or(most_partners)) {
      report(at, reading,
             {fmt::format("entry {} is {}, which is not a neuron of the {} population", k, id, of),
              bound ? fmt::format("neurons count from 0 to {}", *bound - 1) : "neurons count from 0"});
      return std::nullopt;
    }
    ids.push_back(static_cast<std::uint32_t>(id));
  }
  return ids;
}

std::optional<ConnectRule> read_table_file(MapReader& map, const ConnectDemand& demand, Reading& reading) {
  const auto at = map.optional("file");
  const auto which = map.optional("population");
  const auto population =
      which ? read_text(which, "the name of a population in the file", reading) : std::optional(std::string());
  const auto file = read_file_name(at, reading);
  if (!file || !population) return std::nullopt;
  try {
    EdgeBounds bounds;
    if (demand.sources) bounds.sources = *demand.sources;
    if (demand.targets) bounds.targets = *demand.targets;
    auto table = read_edges(*file, *population, bounds);
    for (const auto& warning : table.warnings) reading.warnings.push_back(fmt::format("{}: {}", at.path, warning));
    if (table.synapses.sources.empty()) report(at, reading, {"the table holds no synapse", "leave the projection out"});
    return std::move(table.synapses);
  } catch (const FileError& error) {
    report(at, reading, {error.what(), ""});
    return std::nullopt;
  }
}

std::optional<ConnectRule> read_table_inline(MapReader& map, const ConnectDemand& demand, Reading& reading) {
  SynapseList list;
  const auto sources_at = map.optional("sources");
  const auto targets_at = map.required("targets", "the target of every synapse, 'targets: [0, 1]'");
  const auto weights_at = map.optional("weights"), delays_at = map.optional("delays");
  const auto sources = read_ids(sources_at, demand.sources, "source", reading);
  const auto targets = targets_at ? read_ids(targets_at, demand.targets, "target", reading) : std::nullopt;
  const auto weights =
      weights_at ? read_numbers(weights_at, demand.weight_unit, finite, reading) : std::optional(std::vector<double>{});
  const auto delays =
      delays_at ? read_numbers(delays_at, "ms", non_negative, reading) : std::optional(std::vector<double>{});
  if (!sources || !targets || !weights || !delays) return std::nullopt;
  if (sources->empty()) report(sources_at, reading, {"the table holds no synapse", "leave the projection out"});
  const auto fits = [&](const Located& at, std::size_t count) {
    if (!at || count == sources->size()) return true;
    report(
        at, reading,
        {fmt::format("has {} numbers for {} synapses", count, sources->size()), "give one number for every synapse"});
    return false;
  };
  const bool all_fit = static_cast<int>(fits(targets_at, targets->size())) &
                       static_cast<int>(fits(weights_at, weights->size())) &
                       static_cast<int>(fits(delays_at, delays->size()));
  if (!all_fit) return std::nullopt;
  return SynapseList{*sources, *targets, *weights, *delays};
}

std::optional<ConnectRule> read_table(MapReader& map, const ConnectDemand& demand, Reading& reading) {
  map.accept("file"), map.accept("sources");
  if (map.located()->find("file")) return read_table_file(map, demand, reading);
  if (map.located()->find("sources")) return read_table_inline(map, demand, reading);
  report(map.located(), reading,
         {"names neither a file nor sources",
          "write {rule: table, file: edges.csv} or {rule: table, sources: [0], targets: [1]}"});
  return std::nullopt;
}

std::optional<ConnectRule> read_rule(std::string_view rule, MapReader& map, const ConnectDemand& demand,
                                     Reading& reading) {
  if (rule == "one_to_one") return OneToOne{};
  if (rule == "all_to_all") return AllToAll{};
  if (rule == "fixed_probability") {
    const auto p = required_probability(map, "p", reading);
    return p ? std::optional<ConnectRule>(FixedProbability{*p}) : std::nullopt;
  }
  if (rule == "fixed_indegree") {
    const auto n = required_count(map, "indegree", most_partners, reading);
    return n ? std::optional<ConnectRule>(FixedIndegree{static_cast<std::uint32_t>(*n)}) : std::nullopt;
  }
  if (rule == "fixed_outdegree") {
    const auto n = required_count(map, "outdegree", most_partners, reading);
    return n ? std::optional<ConnectRule>(FixedOutdegree{static_cast<std::uint32_t>(*n)}) : std::nullopt;
  }
  if (rule == "fixed_total_number") {
    const auto n = required_count(map, "number", most_synapses, reading);
    return n ? std::optional<ConnectRule>(FixedTotalNumber{*n}) : std::nullopt;
  }
  return rule == "distance_dependent" ? read_distance(map, reading) : read_table(map, demand, reading);
}

}  // namespace

const std::vector<ConnectRuleInfo>& rule_infos() {
  static const std::vector<ConnectRuleInfo> infos = {
      {"one_to_one", "neuron k of the source population to neuron k of the target population", {}},
      {"all_to_all", "every source to every target", {}},
      {"fixed_probability",
       "every pair with the same probability, independently",
       {{"p", "probability, above 0 and at most 1"}}},
      {"fixed_indegree",
       "every target gets the same number of randomly drawn sources",
       {{"indegree", "synapses per target neuron"}}},
      {"fixed_outdegree",
       "every source gets the same number of randomly drawn targets",
       {{"outdegree", "synapses per source neuron"}}},
      {"fixed_total_number",
       "a given number of synapses between randomly drawn pairs",
       {{"number", "synapses in all"}}},
      {"distance_dependent",
       "every pair with a probability that falls with distance; both populations need a layout",
       {{"kernel", "gaussian exp(-d^2/(2 scale^2)), exponential exp(-d/scale), or box (1 up to d = scale)"},
        {"p_max", "probability at distance 0"},
        {"scale", "length of the kernel"},
        {"cutoff", "no synapses beyond this distance (default: none)"}}},
      {"table",
       "the synapses listed in a file (.csv, .h5, SONATA edges), or inline",
       {{"file", "columns source, target and optionally weight, delay [ms]; or HDF5 datasets; or SONATA edges"},
        {"population", "which edge population of the file, if it holds several"},
        {"sources", "inline: source neuron of every synapse, from 0"},
        {"targets", "inline: target neuron of every synapse, from 0"},
        {"weights", "inline: weight of every synapse; without it `weight:` holds"},
        {"delays", "inline: delay of every synapse; without it `delay:` holds"}}}};
  return infos;
}

std::vector<std::string> rule_names() {
  std::vector<std::string> names;
  for (const auto& info : rule_infos()) names.emplace_back(info.name);
  return names;
}

std::optional<ConnectRule> read_connect(const Located& at, const ConnectDemand& demand, Reading& reading) {
  MapReader map(at, reading);
  if (!map.is_map()) return std::nullopt;
  const auto rule_at = map.required("rule", fmt::format("'rule: ...', one of {}", join_or(rule_names())));
  const auto rule = rule_at ? read_choice(rule_at, rule_names(), reading) : std::nullopt;
  if (!rule) return std::nullopt;
  auto connect = read_rule(rule_infos()[*rule].name, map, demand, reading);
  const std::string beside = "it belongs to the projection: write it beside `connect`, not inside";
  map.finish({{"autapses", beside},
              {"multapses", beside},
              {"periodic", beside},
              {"weight", beside},
              {"delay", beside},
              {"receptor", beside}});
  return connect;
}

}  // namespace spikeloom::io::yaml
