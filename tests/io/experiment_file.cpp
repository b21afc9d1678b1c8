/// The experiment language: what a right text becomes.
#include "io/experiment_file.hpp"

#include <catch2/catch.hpp>

using namespace spikeloom;

TEST_CASE("an experiment becomes a spec in coherent units", "[io][experiment]") {
  const auto spec = io::parse_experiment(R"(
experiment: {name: balanced, seed: 7, duration: 1 s, resolution: 0.1 ms}
populations:
  exc:
    model: lif_psc_exp
    size: 8000
    params: {tau_m: 20 ms, t_ref: 2 ms}
    initial: {v_m: {uniform: [-65 mV, -50 mV]}}
  inh: {model: lif_psc_exp, size: 2000}
projections:
  - from: exc
    to: [exc, inh]
    connect: {rule: fixed_indegree, indegree: 800}
    weight: {normal: [45 pA, 4.5 pA]}
    delay: {uniform: [0.5 ms, 3 ms]}
  - {from: inh, to: [exc, inh], connect: {rule: fixed_probability, p: 0.1}, weight: -225 pA, delay: 1 ms}
record:
  - {spikes: [exc, inh]}
  - {state: v_m, of: exc, neurons: 0..9, every: 1 ms}
run: {threads: auto, checkpoint: {every: 10 s}}
)",
                                         "balanced.yaml");
  CHECK(spec.name == "balanced");
  CHECK(spec.seed == 7);
  CHECK(spec.duration == 1000);
  CHECK(spec.resolution == 0.1);
  REQUIRE(spec.network.populations.size() == 2);
  const auto& exc = spec.network.populations[0];
  CHECK(exc.name == "exc");
  CHECK(exc.size == 8000u);
  CHECK(std::get<Constant>(exc.params.at("tau_m")).value == 20);
  CHECK(std::get<Uniform>(exc.initial.at("v_m")).low == -65);
  REQUIRE(spec.network.projections.size() == 4);
  const auto& second = spec.network.projections[1];
  CHECK(second.name == "exc_to_inh");
  CHECK(std::get<FixedIndegree>(second.connect).indegree == 800);
  CHECK(std::get<Normal>(second.weight).sd == 4.5);
  CHECK(std::get<Uniform>(second.delay).high == 3);
  CHECK(std::get<Constant>(spec.network.projections[2].weight).value == -225);
  CHECK(spec.record.spikes.size() == 2);
  REQUIRE(spec.record.states.size() == 1);
  CHECK(spec.record.states[0].name == "exc_v_m");
  CHECK(spec.record.states[0].neurons == std::vector<std::uint32_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
  CHECK(spec.run.threads == 0);
  CHECK(spec.run.checkpoint_every == 10000);
  CHECK(spec.warnings.size() == 1);
}
