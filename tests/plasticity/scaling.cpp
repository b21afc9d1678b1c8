/// Synaptic scaling: its factor, second by second, and the rate that it leads to.
#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "io/experiment_file.hpp"
#include "networks/build.hpp"

using namespace spikeloom;

namespace {

std::vector<float> weights_at(const Engine& engine, Step step) {
  std::vector<float> weights;
  for (const auto& partition : engine.partitions())
    for (const auto& plastic : partition->plastic())
      plastic.synapses->visit(
          step, [&](const PlasticRow& row) { weights.insert(weights.end(), row.weights.begin(), row.weights.end()); });
  return weights;
}

/// Poisson input, the only synapses, scaled for 20 Hz with a time constant of 5 s.
std::string scaled(double rate, double weight) {
  return fmt::format(R"(
experiment: {{name: scaled, duration: 60 s, resolution: 1 ms}}
populations:
  in: {{model: poisson, size: 200, params: {{rate: 20 Hz}}}}
  out: {{model: lif_psc_exp, size: 20}}
projections:
  - from: in
    to: out
    connect: {{rule: all_to_all}}
    weight: {} pA
    delay: 1 ms
    plasticity: {{rule: stdp_pair, params: {{lambda: 0, w_max: 1000 pA, scaling_rate: {} Hz, scaling_tau: 5 s}}}}
)",
                     weight, rate);
}

double late_spikes(double rate, double weight) {
  auto run = build(io::parse_experiment(scaled(rate, weight), "scaled.yaml"), 1);
  run.engine->run_until(40000, false);
  const auto before = run.engine->spikes();
  run.engine->run_until(60000, false);
  return static_cast<double>(run.engine->spikes() - before);
}

/// Of one output, in the last 20 s; without weight there are the spikes of the inputs alone.
double late_rate(double target) { return (late_spikes(target, 60) - late_spikes(target, 0)) / 20 / 20; }

}  // namespace

TEST_CASE("a neuron's weights are scaled by its spikes of each second", "[plasticity][scaling]") {
  const auto experiment = io::parse_experiment(R"(
experiment: {name: forced, duration: 10 s, resolution: 1 ms}
populations:
  in: {model: spike_list, size: 1, spikes: [[]]}
  kick: {model: regular, size: 1, params: {rate: 8 Hz}}
  out: {model: lif_psc_delta, size: 2}
projections:
  - {from: kick, to: out, connect: {rule: table, sources: [0], targets: [1]}, weight: 1000 mV, delay: 1 ms}
  - from: in
    to: out
    connect: {rule: all_to_all}
    weight: 2 mV
    delay: 3 ms
    plasticity: {rule: stdp_pair, params: {w_max: 10 mV, scaling_rate: 5 Hz, scaling_tau: 20 s}}
)",
                                               "forced.yaml");
  auto run = build(experiment, 1);
  double silent = 2, kicked = 2;
  for (int second = 1; second <= 9; ++second) {
    run.engine->run_until(1000 * second + 100, false);
    silent *= std::exp(1.0 / 20);
    kicked *= std::exp((1 - (second == 1 ? 7.0 : 8.0) / 5) / 20);  // the eighth spike comes just after the second
    const auto weights = weights_at(*run.engine, 1000 * second + 99);
    REQUIRE(weights.size() == 2);
    CHECK(weights[0] == Approx(silent).epsilon(1e-5));
    CHECK(weights[1] == Approx(kicked).epsilon(1e-5));
  }
}

TEST_CASE("synaptic scaling leads neurons to their rate", "[plasticity][scaling][slow]") {
  CHECK(late_rate(20) == Approx(20).epsilon(0.05));
  CHECK(late_rate(5) == Approx(5).epsilon(0.08));
  CHECK(std::abs(late_rate(0) - 20) > 8);  // ablation: no scaling
}
