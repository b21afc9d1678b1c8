/// Plastic networks as a whole: the same bits for any partitioning, reading that changes nothing, modulators.
#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <cmath>
#include <tuple>

#include "io/experiment_file.hpp"
#include "networks/build.hpp"
#include "networks/synapse_columns.hpp"

using namespace spikeloom;

namespace {

/// Every rule at once, delays of all kinds, a modulator from spikes, random times and coincidences.
const std::string network = R"(
experiment: {name: plastic, duration: 600 ms, resolution: 0.5 ms}
populations:
  exc: {model: lif_psc_exp, size: 240, initial: {v_m: {uniform: [-70 mV, -55 mV]}}}
  inh: {model: lif_psc_exp, size: 60, initial: {v_m: {uniform: [-70 mV, -55 mV]}}}
  drive: {model: poisson, params: {rate: 12 kHz}}
modulators:
  dopamine:
    tau: 100 ms
    from:
      - {spikes: inh, amount: 0.0005, delay: 2 ms}
      - {poisson: 20 Hz, amount: 0.001}
      - {coincidence: exc, neurons: [3, 5], within: 30 ms, delay: [10 ms, 50 ms], amount: 0.01}
projections:
  - {from: drive, to: [exc, inh], weight: 35 pA, delay: 1 ms}
  - name: pairs
    from: exc
    to: exc
    connect: {rule: fixed_indegree, indegree: 40}
    weight: {normal: [15 pA, 3 pA]}
    delay: {uniform: [1 ms, 8 ms]}
    plasticity: {rule: stdp_pair, params: {dependence: multiplicative, w_max: 40 pA, scaling_rate: 20 Hz}}
  - name: triplets
    from: exc
    to: inh
    connect: {rule: fixed_indegree, indegree: 30}
    weight: 20 pA
    delay: 2 ms
    axonal_delay: 1 ms
    plasticity: {rule: stdp_triplet, params: {w_scale: 10 pA, w_max: 40 pA}}
  - name: rewarded
    from: exc
    to: exc
    connect: {rule: fixed_outdegree, outdegree: 20}
    weight: 10 pA
    delay: {uniform: [1 ms, 4 ms]}
    axonal_delay: all
    plasticity: {rule: stdp_dopamine, modulator: dopamine, params: {a_plus: 5 pA, a_minus: 6 pA, w_max: 60 pA}}
  - name: balancing
    from: inh
    to: exc
    connect: {rule: fixed_indegree, indegree: 15}
    weight: -60 pA
    delay: 1 ms
    plasticity: {rule: stdp_inhibitory, params: {eta: 2 pA, rho_0: 8 Hz, w_max: -300 pA}}
  - name: tiring
    from: inh
    to: inh
    connect: {rule: fixed_indegree, indegree: 15}
    weight: -60 pA
    delay: 1 ms
    plasticity: {rule: short_term}
record:
  - {spikes: [exc]}
)";

BuiltNetwork built(int partitions, int threads, const std::string& more = "") {
  const auto experiment =
      io::parse_experiment(network + more, "plastic.yaml", ".", {fmt::format("run.partitions={}", partitions)});
  return build(experiment, threads);
}

constexpr const char* and_modulators = "  - {modulators: dopamine, every: 1.5 ms}\n";

std::map<std::string, std::uint64_t> hashes_of(const Engine& engine) {
  std::map<std::string, std::uint64_t> named;
  for (const auto& hash : engine.hashes()) named[fmt::format("{} {}", hash.population, hash.variable)] = hash.hash;
  return named;
}

}  // namespace

TEST_CASE("plastic networks give the same bits for 1, 2, 3 and 8 threads and partitions", "[plasticity][network]") {
  auto one = built(1, 1);
  one.engine->run_until(1200, false);
  const auto expected = hashes_of(*one.engine);
  CHECK(one.engine->spikes() > 1000);
  for (const auto& [partitions, threads] : {std::pair{2, 2}, {3, 3}, {8, 8}, {7, 2}}) {
    auto other = built(partitions, threads);
    other.engine->run_until(1200, false);
    CHECK(hashes_of(*other.engine) == expected);
  }
}

TEST_CASE("reading weights does not change a run", "[plasticity][network]") {
  auto unread = built(2, 1), read = built(2, 1);
  unread.engine->run_until(1200, false);
  for (Step step = 100; step <= 1200; step += 100) {
    read.engine->run_until(step, false);
    for (const auto& partition : read.engine->partitions())
      for (const auto& plastic : partition->plastic()) plastic.synapses->visit(step, [](const PlasticRow&) {});
  }
  CHECK(hashes_of(*read.engine) == hashes_of(*unread.engine));
}

TEST_CASE("a recorded modulator is the same for any partitioning, and recording it changes nothing",
          "[plasticity][network][modulator]") {
  auto unrecorded = built(1, 1), one = built(1, 1, and_modulators);
  CHECK(unrecorded.engine->run_until(1200, false).modulators.empty());
  const auto expected = one.engine->run_until(1200, false).modulators.at(0);
  CHECK(hashes_of(*one.engine) == hashes_of(*unrecorded.engine));
  REQUIRE(expected.values.size() == 401);
  CHECK(expected.values.back() > 0);
  CHECK(expected.raises.back() > 20);
  for (const int partitions : {3, 8}) {
    auto other = built(partitions, partitions, and_modulators);
    ModulatorFrames joined;
    for (const Step end : {1, 3, 500, 1199, 1200}) {
      const auto part = other.engine->run_until(end, false).modulators.at(0);
      joined.values.insert(joined.values.end(), part.values.begin(), part.values.end());
      joined.raises.insert(joined.raises.end(), part.raises.begin(), part.raises.end());
    }
    CHECK(joined.values == expected.values);
    CHECK(joined.raises == expected.raises);
  }
}

TEST_CASE("a modulator decays to its baseline, and is raised at the end of the step that its times name",
          "[plasticity][network][modulator]") {
  const auto experiment = io::parse_experiment(
      "experiment: {name: signal, duration: 200 ms, resolution: 0.5 ms}\n"
      "populations:\n  cell: {model: lif_psc_exp, size: 2}\n"
      "modulators:\n"
      "  other: {tau: 5 ms, from: [{times: [1 ms], amount: 7}]}\n"
      "  signal: {tau: 30 ms, baseline: 0.25, from: [{times: [0 ms, 10 ms, 60 ms], amount: 2}, {times: [60 ms], "
      "amount: "
      "-3}]}\n"
      "record: [{modulators: signal, every: 2.5 ms}]\n",
      "signal.yaml", ".", {});
  const auto modulators = build(experiment, 1).engine->run_until(400, false).modulators;
  REQUIRE(modulators.size() == 1);
  CHECK(modulators[0].modulator == 1);
  REQUIRE(modulators[0].values.size() == 81);
  for (std::size_t k = 0; k < 81; ++k) {
    const double time = 2.5 * static_cast<double>(k);
    double expected = 0.25;
    std::uint64_t raises = 0;
    for (const auto& [at, amount, count] : {std::tuple{0.0, 2.0, 1u}, {10.0, 2.0, 1u}, {60.0, -1.0, 2u}})
      if (time >= at) expected += amount * std::exp(-(time - at) / 30), raises += count;
    INFO(time);
    CHECK(modulators[0].values[k] == Approx(expected).epsilon(1e-12));
    CHECK(modulators[0].raises[k] == raises);
  }
}

TEST_CASE("weights keep their sign and their bounds, and learn", "[plasticity][network]") {
  const auto experiment = io::parse_experiment(network, "plastic.yaml", ".", {});
  auto run = built(2, 1);
  run.engine->run_until(1200, false);
  const std::map<std::string, std::pair<float, float>> bounds{{"pairs", {0, 40}},
                                                              {"triplets", {0, 40}},
                                                              {"rewarded", {0, 60}},
                                                              {"balancing", {-300, 0}},
                                                              {"tiring", {-60, -60}}};
  for (std::size_t k = 0; k < experiment.network.projections.size(); ++k) {
    const auto found = bounds.find(experiment.network.projections[k].name);
    if (found == bounds.end()) continue;
    const auto columns = synapses_of(experiment, *run.engine, k);
    INFO(found->first);
    REQUIRE(columns.weights.size() > 100);
    const auto [low, high] = std::minmax_element(columns.weights.begin(), columns.weights.end());
    CHECK(*low >= found->second.first);
    CHECK(*high <= found->second.second);
    CHECK((*low < *high) == (found->first != "tiring"));
  }
}
