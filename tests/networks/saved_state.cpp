/// States of networks: saved and restored byte for byte, for every model, source and rule of the catalogues; what goes
/// on from a state ends where the uninterrupted run does, with other partitions too.
#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <map>

#include "core/errors.hpp"
#include "io/experiment_file.hpp"
#include "networks/build.hpp"
#include "plasticity/rule.hpp"
#include "tests/reference/on_ranks.hpp"

using namespace spikeloom;

namespace {

std::unique_ptr<Engine> engine_of(const std::string& yaml, int partitions, Ranks& ranks = Ranks::alone()) {
  const auto experiment = io::parse_experiment(yaml, "state.yaml", ".", {fmt::format("run.partitions={}", partitions)});
  return std::move(build(experiment, 1, {}, ranks).engine);
}

std::vector<std::tuple<PopulationId, std::string, std::uint64_t>> hashes_of(const Engine& engine) {
  std::vector<std::tuple<PopulationId, std::string, std::uint64_t>> hashes;
  for (const auto& hash : engine.hashes()) hashes.emplace_back(hash.population, hash.variable, hash.hash);
  return hashes;
}

/// Names of the columns whose bits differ.
std::vector<std::string> differences(std::vector<SavedColumn> a, std::vector<SavedColumn> b) {
  const auto by_name = [](const auto& x, const auto& y) { return x.name < y.name; };
  std::sort(a.begin(), a.end(), by_name), std::sort(b.begin(), b.end(), by_name);
  std::vector<std::string> names;
  if (a.size() != b.size()) names.push_back("number of columns");
  for (std::size_t k = 0; k < std::min(a.size(), b.size()); ++k)
    if (a[k].name != b[k].name || a[k].values != b[k].values) names.push_back(a[k].name);
  return names;
}

constexpr Step cut_at = 777, run_end = 1600;  // no multiple of a window, a block or a second

/// A run of three partitions is cut at `cut_at`; others go on from there. `alarms`: how far exact neurons have looked
/// ahead depends on where the run was cut, what they do does not.
void check_resumption(const std::string& yaml, bool alarms = false) {
  INFO(yaml);
  auto uninterrupted = engine_of(yaml, 3);
  uninterrupted->run_until(run_end, false);
  auto first = engine_of(yaml, 3);
  first->run_until(cut_at, false);
  REQUIRE(first->spikes() > 0);
  const auto saved = first->saved_state();
  for (const int partitions : {1, 5}) {
    auto second = engine_of(yaml, partitions);
    second->restore_state(saved);
    CHECK(second->now() == cut_at);
    CHECK(differences(second->saved_state(), saved).empty());
    CHECK(hashes_of(*second) == hashes_of(*first));
    second->run_until(run_end, false);
    CHECK(hashes_of(*second) == hashes_of(*uninterrupted));
    CHECK(second->events() == uninterrupted->events());
    CHECK(second->spikes() == uninterrupted->spikes());
    if (!alarms) CHECK(differences(second->saved_state(), uninterrupted->saved_state()) == std::vector<std::string>{});
  }
}

/// What a run ended with.
struct End {
  decltype(hashes_of(std::declval<Engine&>())) hashes;
  std::uint64_t events = 0, spikes = 0;
  bool operator==(const End&) const = default;
};
End end_of(Engine& engine) {
  engine.run_until(run_end, false);
  return {hashes_of(engine), engine.events(), engine.spikes()};
}

/// Ranks of five partitions that begin with `restore(engine, rank)`.
template <class Restore>
End end_on_ranks(int count, const std::string& yaml, const Restore& restore) {
  End end;
  reference::on_ranks(count, 2, [&](Ranks& ranks) {
    auto engine = engine_of(yaml, 5, ranks);
    restore(*engine, static_cast<std::size_t>(ranks.rank()));
    auto own = end_of(*engine);
    if (ranks.is_first()) end = std::move(own);
  });
  return end;
}

/// The same on three ranks: their parts make what one process saves; two go on from all of it, three each from its own.
void check_on_ranks(const std::string& yaml) {
  INFO(yaml);
  auto alone = engine_of(yaml, 3);
  alone->run_until(cut_at, false);
  const auto expected = alone->saved_state();
  const auto end = end_of(*alone);

  std::vector<std::vector<SavedColumn>> parts(3);
  std::vector<std::vector<std::uint64_t>> neurons(3);
  reference::on_ranks(3, 1, [&](Ranks& ranks) {
    auto engine = engine_of(yaml, 5, ranks);
    engine->run_until(cut_at, false);
    parts[static_cast<std::size_t>(ranks.rank())] = engine->saved_state();
    neurons[static_cast<std::size_t>(ranks.rank())] = engine->neurons_here();
  });
  const auto saved = joined_parts(parts);
  CHECK(differences(saved, expected) == std::vector<std::string>{});
  CHECK(end_on_ranks(2, yaml, [&](Engine& engine, std::size_t) { engine.restore_state(saved); }) == end);

  std::vector<SavedColumn> of_the_run;
  for (const auto& column : parts.front())
    if (column.name.starts_with("run.")) of_the_run.push_back(column);
  std::vector<char> as_before(3);
  CHECK(end_on_ranks(3, yaml, [&](Engine& engine, std::size_t rank) {
          as_before[rank] = engine.neurons_here() == neurons[rank];
          auto columns = parts[rank];
          if (rank > 0) columns.insert(columns.end(), of_the_run.begin(), of_the_run.end());
          engine.restore_state(std::move(columns), StateArchive::Columns::own_part);
        }) == end);
  CHECK(as_before == std::vector<char>(3, true));
}

std::string weight_of(const std::string& unit, double share = 1) {
  const std::map<std::string, double> sizes = {{"pA", 60}, {"mV", 2}, {"nS", 5}, {"", 0.3}};
  return fmt::format("{:g}{}{}", share * sizes.at(unit), unit.empty() ? "" : " ", unit);
}

/// Neurons of a model, driven and connected to each other with delays of several blocks.
std::string network_of(const ModelInfo& model, const std::string& timing) {
  const auto& unit = model.receptors.front().weight_unit;
  const std::string extra = timing == "exact" && model.name == "izhikevich" ? "params: {scheme: accurate}, " : "";
  return fmt::format(R"(
experiment: {{name: state, duration: 160 ms, timing: {0}, seed: 5}}
populations:
  drive: {{model: poisson, params: {{rate: 3 kHz}}}}
  source: {{model: poisson, size: 20, params: {{rate: 80 Hz}}}}
  neurons: {{model: {1}, {5}size: 37}}
projections:
  - {{from: drive, to: neurons, weight: {2}, delay: 0.7 ms}}
  - {{from: source, to: neurons, connect: {{rule: fixed_indegree, indegree: 8}}, weight: {3}, delay: {{uniform: [1 ms, 4 ms]}}}}
  - {{from: neurons, to: neurons, connect: {{rule: fixed_indegree, indegree: 9}}, weight: {4}, delay: {{uniform: [0.5 ms, 9 ms]}}}}
)",
                     timing, model.name, weight_of(unit), weight_of(unit, 2), weight_of(unit, 0.3), extra);
}

std::string network_of_source(const ModelInfo& source, const std::string& params, const std::string& timing) {
  const bool is_current = source.kind == ModelKind::current_source;
  return fmt::format(R"(
experiment: {{name: state, duration: 160 ms, timing: {0}, seed: 5}}
populations:
  from: {{model: {1}, {2}{3}}}
  background: {{model: poisson, params: {{rate: 9 kHz}}}}
  neurons: {{model: lif_psc_exp, size: 37}}
projections:
  - {{from: from, to: neurons, {4}delay: 1 ms}}
  - {{from: background, to: neurons, weight: 60 pA, delay: 1 ms}}
  - {{from: neurons, to: neurons, connect: {{rule: fixed_indegree, indegree: 9}}, weight: 40 pA, delay: 2 ms}}
)",
                     timing, source.name, is_current ? "" : "size: 12, ", params,
                     is_current ? "weight: 1, " : "connect: {rule: fixed_indegree, indegree: 6}, weight: 90 pA, ");
}

const std::map<std::string, std::string> source_arguments = {
    {"poisson", "params: {rate: 100 Hz}"},
    {"poisson_inhomogeneous", "params: {times: [0 ms, 70 ms], rates: [50 Hz, 200 Hz]}"},
    {"regular", "params: {interval: 7.3 ms}"},
    {"spike_list",
     "spikes: [[1 ms, 50 ms, 77.5 ms], [77.7 ms, 77.8 ms, 120 ms], [], [], [], [], [], [], [], [], [], []]"},
    {"current_constant", "params: {amplitude: 200 pA}"},
    {"current_steps", "params: {times: [0 ms, 60 ms, 90 ms], amplitudes: [100 pA, 300 pA, 50 pA]}"},
    {"current_ramp", "params: {amplitude: 10 pA, slope: 3 pA/ms}"},
    {"current_sine", "params: {amplitude: 300 pA, frequency: 20 Hz}"},
    {"current_noise", "params: {sd: 400 pA, dt: 0.3 ms}"},
    {"current_file", "params: {values: [100 pA, 200 pA, 400 pA], dt: 50 ms}"}};

/// What each rule needs or can do; bounds keep weights in a range in which neurons fire.
const std::multimap<std::string, std::string> rule_arguments_of = {
    {"stdp_pair", "{rule: stdp_pair, params: {w_max: 90 pA, scaling_rate: 20 Hz, pairs: nearest}}"},
    {"stdp_pair", "{rule: stdp_pair, params: {dependence: multiplicative, w_max: 90 pA}}"},
    {"stdp_derivative", "{rule: stdp_derivative, params: {w_max: 90 pA}}"},
    {"stdp_dopamine",
     "{rule: stdp_dopamine, modulator: dopamine, params: {a_plus: 5 pA, a_minus: 6 pA, w_max: 90 pA}}"},
    {"delta_rule", "{rule: delta_rule, modulator: dopamine, params: {eta: 0.05 pA, w_max: 90 pA}}"},
    {"counterpart_delta", "{rule: counterpart_delta, modulator: level, params: {eta: 20 pA, tau_x: 50 ms}}"},
    {"short_term", "{rule: short_term}"},
    {"stdp_inhibitory", "{rule: stdp_inhibitory, params: {eta: 2 pA, rho_0: 8 Hz, w_max: 90 pA}}"},
    {"stdp_triplet", "{rule: stdp_triplet, params: {w_scale: 10 pA, w_max: 90 pA}}"},
    {"delay_stdp", "{rule: delay_stdp, params: {w_max: 90 pA}}"},
    {"myelin", "{rule: myelin, params: {tau_min: 10 ms, tau_max: 40 ms, tau_nom: 20 ms, segments: 3}}"}};

/// Two learning projections: one delay, and delays of many blocks. A second is 200 steps, so that all that happens once
/// per second happens.
std::string network_of_rule(const std::string& plasticity) {
  return fmt::format(R"(
experiment: {{name: state, duration: 8 s, resolution: 5 ms, seed: 5}}
populations:
  drive: {{model: poisson, params: {{rate: 2 kHz}}}}
  source: {{model: poisson, size: 30, params: {{rate: 25 Hz}}}}
  neurons: {{model: lif_psc_exp, size: 41, params: {{tau_syn_ex: 5 ms}}}}
  others: {{model: poisson, size: 41, params: {{rate: 25 Hz}}}}
modulators:
  level:
    tau: 100 ms
    from:
      - {{compare: others, with: neurons, amount: 0.1, delay: 20 ms, target: {{times: [1 s, 3 s, 3.88 s, 3.9 s, 7 s], values: [10, -5, 20, 8, 1]}}}}
  dopamine:
    tau: 100 ms
    from:
      - {{spikes: neurons, amount: 0.0005, delay: 20 ms}}
      - {{poisson: 20 Hz, amount: 0.001}}
      - {{times: [1 s, 4 s], amount: 0.002}}
      - {{coincidence: neurons, neurons: [3, 5], within: 100 ms, delay: [10 ms, 900 ms], amount: 0.01}}
      - {{readout: neurons, weights: 0.0001, delay: 15 ms, target: {{times: [0 s, 3 s], values: [0.001, 0.0005]}}}}
projections:
  - {{from: drive, to: neurons, weight: 60 pA, delay: 5 ms}}
  - {{from: source, to: neurons, connect: {{rule: fixed_indegree, indegree: 12}}, weight: {{uniform: [20 pA, 80 pA]}}, delay: {{uniform: [10 ms, 120 ms]}}, plasticity: {0}}}
  - {{from: neurons, to: neurons, connect: {{rule: fixed_outdegree, outdegree: 12}}, weight: {{uniform: [10 pA, 40 pA]}}, delay: 15 ms, axonal_delay: 5 ms, plasticity: {0}}}
)",
                     plasticity);
}

}  // namespace

TEST_CASE("a network of any model goes on from its state as if it had never stopped", "[state][checkpoint]") {
  for (const auto& model : model_catalogue())
    if (model.kind == ModelKind::neuron) check_resumption(network_of(model, "grid"));
}

TEST_CASE("exact neurons go on from their state as if they had never stopped", "[state][checkpoint][exact]") {
  for (const auto& model : model_catalogue())
    if (model.kind == ModelKind::neuron && model.make_exact) check_resumption(network_of(model, "exact"), true);
}

TEST_CASE("a network with any source goes on from its state as if it had never stopped", "[state][checkpoint]") {
  for (const auto& model : model_catalogue()) {
    if (model.kind == ModelKind::neuron) continue;
    INFO(model.name << " needs arguments here, as every source of the catalogue does");
    REQUIRE(source_arguments.contains(model.name));
    check_resumption(network_of_source(model, source_arguments.at(model.name), "grid"));
    if (model.make_exact_train)
      check_resumption(network_of_source(model, source_arguments.at(model.name), "exact"), true);
  }
}

TEST_CASE("a network with any rule goes on from its state as if it had never stopped", "[state][checkpoint]") {
  for (const auto& rule : rule_catalogue()) {
    INFO(rule.name << " needs arguments here, as every rule of the catalogue does");
    REQUIRE(rule_arguments_of.contains(rule.name));
    const auto [begin, end] = rule_arguments_of.equal_range(rule.name);
    for (auto arguments = begin; arguments != end; ++arguments) check_resumption(network_of_rule(arguments->second));
  }
}

TEST_CASE("networks of any model and source are the same on several ranks, resumed too", "[state][ranks][numbers]") {
  for (const auto& model : model_catalogue()) {
    if (model.kind != ModelKind::neuron) {
      check_on_ranks(network_of_source(model, source_arguments.at(model.name), "grid"));
      continue;
    }
    check_on_ranks(network_of(model, "grid"));
    if (model.make_exact) check_on_ranks(network_of(model, "exact"));
  }
}

TEST_CASE("networks with any rule are the same on several ranks, resumed too", "[state][ranks]") {
  for (const auto& rule : rule_arguments_of) check_on_ranks(network_of_rule(rule.second));
}

TEST_CASE("a thousand kinds of disorder among ranks give the same bits", "[.][ranks]") {
  std::vector<std::string> networks;
  for (const auto& rule : rule_arguments_of) networks.push_back(network_of_rule(rule.second));
  for (const char* timing : {"grid", "exact"}) networks.push_back(network_of(*find_model("lif_psc_exp"), timing));
  for (std::size_t k = 0; k < networks.size(); ++k) {
    auto alone = engine_of(networks[k], 2);
    alone->run_until(500, false);
    const auto expected = hashes_of(*alone);
    for (std::uint64_t seed = k; seed < 1000; seed += networks.size()) {
      decltype(hashes_of(*alone)) hashes;
      reference::on_ranks(2 + static_cast<int>(seed % 4), seed, [&](Ranks& ranks) {
        auto engine = engine_of(networks[k], 3 + static_cast<int>(seed % 5), ranks);
        engine->run_until(500, false);
        auto own = hashes_of(*engine);
        if (ranks.is_first()) hashes = std::move(own);
      });
      INFO(networks[k] << "seed " << seed);
      REQUIRE(hashes == expected);
    }
  }
}

TEST_CASE("states of another network are refused", "[state][checkpoint]") {
  const auto yaml = network_of(*find_model("lif_psc_exp"), "grid");
  const auto engine = engine_of(yaml, 2);
  engine->run_until(100, false);
  const auto saved = engine->saved_state();
  const auto other = engine_of(network_of(*find_model("adex"), "grid"), 2);
  CHECK_THROWS_AS(other->restore_state(saved), FileError);
  for (std::size_t k = 0; k < saved.size(); ++k) {
    INFO(saved[k].name);
    auto fewer = saved;
    fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(k));
    CHECK_THROWS_WITH(engine_of(yaml, 2)->restore_state(fewer), Catch::Contains("'" + saved[k].name + "' is missing"));
    auto longer = saved;
    std::visit([](auto& values) { values.resize(values.size() + 7); }, longer[k].values);
    if (!saved[k].name.starts_with("run.spike_")) CHECK_THROWS_AS(engine_of(yaml, 2)->restore_state(longer), FileError);
  }
}
