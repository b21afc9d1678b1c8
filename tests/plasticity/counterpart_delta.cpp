/// Comparisons of two populations, and the rule that learns from them: against plain loops, for any partitioning.
#include <catch2/catch.hpp>

#include <cmath>

#include "core/comparison.hpp"
#include "io/experiment_file.hpp"
#include "networks/build.hpp"
#include "networks/synapse_columns.hpp"
#include "plasticity/rule.hpp"

using namespace spikeloom;

namespace {

/// Two sources drive two populations that are compared; one of them learns.
const std::string compared_network = R"(
experiment: {name: compared, duration: 400 ms, resolution: 1 ms, seed: 3}
populations:
  a_in: {model: poisson, size: 30, params: {rate: 60 Hz}}
  c_in: {model: poisson, size: 20, params: {rate: 60 Hz}}
  a: {model: lif_psc_delta, size: 23, params: {tau_m: 20 ms, v_th: 1 mV, e_l: 0 mV, v_reset: 0 mV, t_ref: 0 ms}}
  c: {model: lif_psc_delta, size: 23, params: {tau_m: 20 ms, v_th: 1 mV, e_l: 0 mV, v_reset: 0 mV, t_ref: 0 ms}}
modulators:
  level:
    tau: 30 ms
    from:
      - {compare: a, with: c, amount: 0.1, delay: 2 ms, target: {times: [50 ms, 120 ms, 200 ms, 333 ms], values: [1, 0, 1, 0.5]}}
projections:
  - name: up
    from: a_in
    to: a
    connect: {rule: all_to_all}
    weight: {uniform: [-0.1 mV, 0.4 mV]}
    delay: {uniform: [1 ms, 4 ms]}
    plasticity: {rule: counterpart_delta, modulator: level, params: {tau_x: 25 ms, eta: 0.5 mV}}
  - {name: down, from: c_in, to: c, connect: {rule: all_to_all}, weight: {uniform: [-0.1 mV, 0.4 mV]}, delay: 1 ms}
record:
  - {spikes: [a_in, a, c]}
  - {modulators: level, every: 1 ms}
)";

struct ComparedRun {
  Stretch stretch;
  SynapseColumns before, after;
};

ComparedRun compared_run(int partitions, int threads) {
  const auto experiment =
      io::parse_experiment(compared_network, "compared.yaml", ".", {"run.partitions=" + std::to_string(partitions)});
  const auto engine = build(experiment, threads).engine;
  ComparedRun run;
  run.before = synapses_of(experiment, *engine, 0);
  run.stretch = engine->run_until(400, false);
  run.after = synapses_of(experiment, *engine, 0);
  return run;
}

/// Sum of exp(-(now - arrival) / tau) over the spikes of a neuron that have arrived by `now`.
double trace_of(const Stretch& stretch, NeuronId neuron, Step delay, Step now, double tau) {
  double sum = 0;
  for (const auto& spike : stretch.spikes)
    if (spike.neuron == neuron && spike.step + delay <= now)
      sum += std::exp(-static_cast<double>(now - spike.step - delay) / tau);
  return sum;
}

}  // namespace

TEST_CASE("synapses follow an error of comparison, their counterpart's trace and their arrivals", "[plasticity]") {
  const auto run = compared_run(1, 1);
  const std::vector<Step> steps = {50, 120, 200, 333};
  const std::vector<double> targets = {1, 0, 1, 0.5};
  const NeuronId first_a = 50, first_c = 73;
  std::vector<double> errors;
  for (std::size_t k = 0; k < steps.size(); ++k) {
    double match = 0;
    for (NeuronId i = 0; i < 23; ++i)
      match += 0.01 * trace_of(run.stretch, first_a + i, 2, steps[k], 30) *
               trace_of(run.stretch, first_c + i, 2, steps[k], 30);
    errors.push_back(targets[k] - match);
    CHECK(match > 0.01);
    const auto& levels = run.stretch.modulators.at(0).values;
    CHECK(levels.at(static_cast<std::size_t>(steps[k])) == Approx(errors.back()).margin(1e-5));
    CHECK(levels.at(static_cast<std::size_t>(steps[k]) + 30) == Approx(errors.back()).margin(1e-5));  // it stays
  }
  REQUIRE(run.after.weights.size() == 30 * 23);
  double moved = 0, furthest = 0;
  for (std::size_t s = 0; s < run.after.weights.size(); ++s) {
    double expected = 0;
    for (std::size_t k = 0; k < steps.size(); ++k)
      expected += 0.5 * errors[k] * 0.1 * trace_of(run.stretch, first_c + run.after.targets[s], 2, steps[k], 30) *
                  trace_of(run.stretch, run.after.sources[s], static_cast<Step>(run.after.delays[s]), steps[k], 25) /
                  25;
    const double change = static_cast<double>(run.after.weights[s]) - static_cast<double>(run.before.weights[s]);
    furthest = std::max(furthest, std::abs(change - expected));
    moved = std::max(moved, std::abs(expected));
  }
  CHECK(moved > 1e-3);
  CHECK(furthest < 1e-6);
}

TEST_CASE("comparisons and what is learned from them are the same bits for any partitioning", "[plasticity]") {
  const auto one = compared_run(1, 1);
  for (const auto& [partitions, threads] : {std::pair{2, 2}, std::pair{7, 3}, std::pair{8, 8}}) {
    const auto other = compared_run(partitions, threads);
    CHECK(other.stretch.spikes == one.stretch.spikes);
    CHECK(other.stretch.modulators.at(0).values == one.stretch.modulators.at(0).values);
    CHECK(other.after.weights == one.after.weights);
  }
}
