/// Expanded experiments read back to the same spec.
#include <catch2/catch.hpp>

#include "io/experiment_file.hpp"

using namespace spikeloom;

namespace {

/// Every form of a value, rule, layout and record once.
constexpr const char* everything = R"yaml(
experiment: {name: everything, seed: 18446744073709551615, duration: 0.25 s, resolution: 50 us, timing: grid, precision: double}
populations:
  a:
    model: lif_psc_exp
    size: 6
    layout: {grid: [3, 2], spacing: 0.1 mm}
    params:
      tau_m: {uniform: [10 ms, 30 ms]}
      c_m: {normal: [250 pF, 25 pF], min: 100 pF}
      e_l: {expression: "-0.070 + 0.001 * r + x * 0", unit: V}
      v_th: {lognormal: [-50 mV, 0.01], mu: 0.001}
      t_ref: {exponential: 1 ms, offset: 0.5 ms}
      tau_syn_ex: {uniform_integer: [1 ms, 5 ms]}
      tau_syn_in: [1 ms, 2 ms, 3 ms, 4 ms, 5 ms, 0.006 s]
      i_e: {values: [0.1, 1e-3, 3, 4, 5, 6], unit: nA}
    initial: {v_m: {uniform: [-65 mV, -50 mV]}}
    precision: float
  b: {model: lif_psc_exp, size: 6, layout: {random: [100 um, 200 um, 50 um]}}
  c: {model: lif_psc_exp, size: 2, layout: {x: [1 um, 2 um], y: {values: [1, 2], unit: mm}}}
  drive: {model: poisson, params: {rate: 8 kHz}}
projections:
  - {from: a, to: [a, b], connect: {rule: fixed_indegree, indegree: 3}, autapses: false, weight: {normal: [45 pA, 4.5 pA]}, delay: {uniform: [0.5 ms, 3 ms]}}
  - {from: a, to: b, connect: {rule: fixed_outdegree, outdegree: 2}, weight: -1 pA, receptor: inh, delay: 1 ms, axonal_delay: 0.5 ms}
  - {from: a, to: b, connect: {rule: fixed_total_number, number: 7}, multapses: false, weight: {expression: "3 * exp(-d / 100)", unit: nA}, delay: 1 ms}
  - {from: a, to: b, connect: {rule: fixed_probability, p: 0.1}, weight: {exponential: -2 pA}, delay: {uniform_integer: [1, 20], scale: 0.5 ms}}
  - {from: a, to: b, connect: {rule: one_to_one}, weight: 1 pA, delay: {expression: "1 + r", unit: ms}, name: pairs}
  - {from: b, to: c, connect: {rule: all_to_all}, weight: 1 pA, delay: 1 ms}
  - {from: b, to: b, connect: {rule: distance_dependent, kernel: exponential, p_max: 0.5, scale: 30 um, cutoff: 80 um}, periodic: true, weight: 1 pA, delay: 1 ms}
  - {from: b, to: a, connect: {rule: distance_dependent, kernel: box, p_max: 1, scale: 30 um}, weight: 1 pA, delay: 1 ms}
  - {from: c, to: a, connect: {rule: table, sources: [0, 1, 1], targets: [5, 0, 0], weights: [1 pA, 2 pA, 3 nA], delays: {values: [1, 2, 3], unit: ms}}}
  - {from: c, to: b, connect: {rule: table, sources: [0], targets: [5]}, weight: [2 pA], delay: 2 ms}
  - {from: drive, to: [a, b], weight: {uniform: [1 pA, 2 pA]}, delay: 1 ms}
record:
  - {spikes: [a, b]}
  - {state: [v_m, i_syn_ex], of: [a, b], neurons: [5, 0..2], every: 0.1 ms}
  - {state: v_m, of: c, neurons: all, every: 1 ms, name: slow}
  - {rates: all, bin: 10 ms}
  - {weights: [pairs, a_to_b]}
  - {modulators: [reward, stress], every: 0.5 ms}
modulators: {reward: {tau: 100 ms}, stress: {tau: 1 s, baseline: 1, from: [{poisson: 1 Hz, amount: 2}]}}
run: {threads: 2, partitions: 64, progress: false, checkpoint: {every: 100 ms}}
sweep: {grid: {populations.a.params.tau_m: [10 ms, {uniform: [1 ms, 2 ms]}], experiment.seed: [1, 2, 3]}}
)yaml";

}  // namespace

TEST_CASE("an expanded experiment reads back to the same experiment", "[io][experiment]") {
  const auto spec = io::parse_experiment(everything, "everything.yaml");
  const auto text = io::expand_experiment(spec);
  INFO(text);
  const auto again = io::parse_experiment(text, "expanded.yaml");
  CHECK(io::expand_experiment(again) == text);

  CHECK(again.seed == spec.seed);
  CHECK(again.duration == spec.duration);
  CHECK(again.resolution == spec.resolution);
  CHECK(again.precision == spec.precision);
  REQUIRE(again.network.projections.size() == spec.network.projections.size());
  for (std::size_t k = 0; k < spec.network.projections.size(); ++k) {
    const auto &one = spec.network.projections[k], &two = again.network.projections[k];
    CAPTURE(one.name);
    CHECK(one.name == two.name);
    CHECK(one.from == two.from);
    CHECK(one.to == two.to);
    CHECK(one.connect.index() == two.connect.index());
    CHECK(one.weight.index() == two.weight.index());
    CHECK(one.delay.index() == two.delay.index());
    CHECK(one.axonal_delay == two.axonal_delay);
    CHECK(one.autapses == two.autapses);
    CHECK(one.multapses == two.multapses);
    CHECK(one.periodic == two.periodic);
    CHECK(one.receptor == two.receptor);
  }
}

TEST_CASE("of two parameters that say the same only the given one is written out", "[io][experiment]") {
  const std::string head = "experiment: {name: clock, duration: 1 s}\npopulations:\n  clock: {model: regular, size: 2";
  const auto expanded = [&](const std::string& params) {
    return io::expand_experiment(io::parse_experiment(head + params + "}\n", "clock.yaml"));
  };
  using Catch::Contains;
  CHECK_THAT(expanded(", params: {rate: 20 Hz}"), Contains("rate: 20 Hz") && !Contains("interval:"));
  CHECK_THAT(expanded(", params: {interval: 50 ms}"), Contains("interval: 50 ms") && !Contains("rate:"));
  CHECK_THAT(expanded(""), Contains("interval: 100 ms") && !Contains("rate:"));
}

TEST_CASE("values come out of the text as they are meant", "[io][experiment]") {
  const auto spec = io::parse_experiment(everything, "everything.yaml");
  const auto& params = spec.network.populations[0].params;
  CHECK(std::get<Normal>(params.at("c_m")).low == 100);
  CHECK(std::get<Expression>(params.at("e_l")).unit == 1000);
  CHECK(std::get<LogNormal>(params.at("v_th")).scale == -50);
  CHECK(std::get<Exponential>(params.at("t_ref")).offset == 0.5);
  CHECK(std::get<UniformInteger>(params.at("tau_syn_ex")).high == 5);
  CHECK(std::get<Array>(params.at("tau_syn_in")).values.back() == 6);
  CHECK(std::get<Array>(params.at("i_e")).values == std::vector<double>{100, 1, 3000, 4000, 5000, 6000});
  CHECK(std::get<GridLayout>(*spec.network.populations[0].layout).spacing == 100);
  CHECK(std::get<RandomLayout>(*spec.network.populations[1].layout).extent_z == 50);
  CHECK(std::get<ArrayLayout>(*spec.network.populations[2].layout).y[1] == 2000);
  const auto& projections = spec.network.projections;
  CHECK(projections[2].name == "a_to_b_2");
  CHECK(std::get<UniformInteger>(projections[4].delay).scale == 0.5);
  CHECK(std::get<SynapseList>(projections[9].connect).weights == std::vector<double>{1, 2, 3000});
  CHECK(std::get<SynapseList>(projections[9].connect).delays == std::vector<double>{1, 2, 3});
  CHECK(spec.record.states.size() == 5);
  CHECK(spec.record.states[0].neurons == std::vector<std::uint32_t>{0, 1, 2, 5});
  CHECK(spec.record.states[4].name == "slow");
  CHECK(spec.record.rates.size() == 3);
  REQUIRE(spec.record.modulators.size() == 2);
  CHECK(spec.record.modulators[1].modulator == "stress");
  CHECK(spec.record.modulators[1].every == 0.5);
  REQUIRE(spec.sweep);
  CHECK(spec.sweep->axes[0].values == std::vector<std::string>{"10 ms", "{uniform: [1 ms, 2 ms]}"});
}
