/// Five experiments on ranks whose messages come late, in parts and in any order, a thousand kinds of disorder each.
///
/// By hand, `spikeloom_tests "[disorder]"`: ten minutes.
#include <catch2/catch.hpp>

#include "core/engine.hpp"
#include "networks/build.hpp"
#include "tests/experiments/collected.hpp"
#include "tests/reference/on_ranks.hpp"

namespace spikeloom {
namespace {

constexpr std::uint64_t kinds_of_disorder = 1000;

const std::string microcircuit =
    "experiment: {name: microcircuit, duration: 20 ms}\n"
    "module: {name: cortical_microcircuit, params: {scale: 0.2, input: poisson}}\n";
const std::string balanced =
    "experiment: {name: balanced, duration: 60 ms}\n"
    "populations:\n"
    "  exc: {model: lif_psc_alpha, size: 900, initial: {v_m: {uniform: [-70 mV, -55 mV]}}}\n"
    "  inh: {model: lif_psc_alpha, size: 225, initial: {v_m: {uniform: [-70 mV, -55 mV]}}}\n"
    "  drive: {model: poisson, params: {rate: 20 kHz}}\n"
    "projections:\n"
    "  - {from: drive, to: [exc, inh], weight: 45 pA, delay: 1.5 ms}\n"
    "  - {from: inh, to: [exc, inh], connect: {rule: fixed_indegree, indegree: 22}, weight: -200 pA, delay: 1.5 ms}\n"
    "  - {from: exc, to: exc, connect: {rule: fixed_indegree, indegree: 90}, weight: 45 pA, delay: 1.5 ms,\n"
    "     plasticity: {rule: stdp_pair, params: {dependence: power_law, mu: 0.4, w_0: 1 pA}}}\n";
const std::string delays =
    "experiment: {name: delays, duration: 100 ms, resolution: 0.5 ms}\n"
    "populations:\n"
    "  exc: {model: lif_psc_exp, size: 300, initial: {v_m: {uniform: [-70 mV, -55 mV]}}}\n"
    "  drive: {model: poisson, params: {rate: 9 kHz}}\n"
    "projections:\n"
    "  - {from: drive, to: exc, weight: 45 pA, delay: 1 ms}\n"
    "  - {from: exc, to: exc, connect: {rule: fixed_indegree, indegree: 30}, weight: {uniform: [10 pA, 30 pA]},\n"
    "     delay: {uniform: [1 ms, 12 ms]}, plasticity: {rule: delay_stdp, params: {w_max: 60 pA}}}\n";
const std::string training =
    "experiment: {name: training}\n"
    "module: {name: eventprop_network, params: {hidden: [20], tau_m: 10 ms, readout: spiking, loss: ttfs, "
    "delays: synaptic, w_input: [3, 2], eta: 0.03}}\n"
    "protocol: {name: yin_yang, params: {epochs: 2, batch: 32, train_samples: 96, validation_samples: 40, "
    "test_samples: 40, duration: 60 ms}}\n";
const std::string what_when =
    "experiment: {name: what_when}\n"
    "module: {name: what_when_reservoir, params: {neurons: 40, settling: 20 ms}}\n"
    "protocol: {name: meet, params: {experiments: [controls], control_seeds: 1, block: 4, controls: [random_reward, "
    "shuffled_error, quiet]}}\n";

using Hashes = std::vector<std::tuple<PopulationId, std::string, std::uint64_t>>;

Hashes run_network(const std::string& yaml, int partitions, Ranks& ranks) {
  const auto experiment = io::parse_experiment(yaml, "net.yaml", ".", {"run.partitions=" + std::to_string(partitions)});
  const auto network = build(experiment, 1, {}, ranks);
  network.engine->run_until(static_cast<Step>(experiment.duration / experiment.resolution + 0.5), false);
  Hashes hashes;
  for (const auto& hash : network.engine->hashes()) hashes.emplace_back(hash.population, hash.variable, hash.hash);
  return hashes;
}

tests::Collected run_protocol(const std::string& yaml, int, Ranks& ranks) {
  const auto experiment = io::parse_experiment(yaml, "net.yaml");
  tests::Collected said;
  const auto progress = [](std::uint64_t, std::uint64_t, const std::string&) { return true; };
  find_protocol(experiment.protocol->name)->run({experiment, 1, said, progress, {}, nullptr, &ranks});
  return said;
}

/// 2 to 5 ranks of 3 to 7 partitions say what one process of two says.
template <class Run>
void check_in_disorder(const Run& run, const std::string& yaml) {
  const auto alone = run(yaml, 2, Ranks::alone());
  for (std::uint64_t seed = 0; seed < kinds_of_disorder; ++seed) {
    decltype(run(yaml, 2, Ranks::alone())) first;
    reference::on_ranks(2 + static_cast<int>(seed % 4), seed, [&](Ranks& ranks) {
      auto said = run(yaml, 3 + static_cast<int>(seed % 5), ranks);
      if (ranks.is_first()) first = std::move(said);
    });
    INFO(yaml << "seed " << seed);
    REQUIRE(first == alone);
  }
}

}  // namespace

TEST_CASE("networks give the same bits in a thousand kinds of disorder", "[.][disorder]") {
  for (const auto& yaml : {microcircuit, balanced, delays}) check_in_disorder(run_network, yaml);
}

TEST_CASE("protocols give the same results in a thousand kinds of disorder", "[.][disorder]") {
  for (const auto& yaml : {training, what_when}) check_in_disorder(run_protocol, yaml);
}

}  // namespace spikeloom
