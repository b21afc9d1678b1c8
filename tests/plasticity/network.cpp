/// Plastic networks as a whole: the same bits for any partitioning, reading that changes nothing, modulators.
#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "io/experiment_file.hpp"
#include "networks/build.hpp"

using namespace spikeloom;

namespace {

/// Every rule at once, delays of all kinds, a modulator from spikes, random times and coincidences.
constexpr const char* network = R"(
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
record: [{spikes: [exc]}]
)";

BuiltNetwork built(int partitions, int threads) {
  const auto experiment =
      io::parse_experiment(network, "plastic.yaml", ".", {fmt::format("run.partitions={}", partitions)});
  return build(experiment, threads);
}

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
