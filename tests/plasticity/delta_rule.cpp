/// The local delta rule against its closed form, and errors of readouts: a network that learns what is asked of it.
#include <catch2/catch.hpp>

#include <cmath>

#include "io/experiment_file.hpp"
#include "networks/build.hpp"
#include "plasticity/rule.hpp"

using namespace spikeloom;

namespace {

/// The shipped experiment, its spikes recorded.
Stretch error_driven(const std::vector<std::string>& changes, Step steps, int partitions = 1, int threads = 1) {
  std::vector<std::string> all{"record=[{spikes: neurons}, {modulators: error, every: 0.5 ms}]",
                               "run.partitions=" + std::to_string(partitions)};
  all.insert(all.end(), changes.begin(), changes.end());
  const auto experiment = io::read_experiment(SPIKELOOM_SOURCE_DIR "/experiments/readout_error.yaml", all);
  return build(experiment, threads).engine->run_until(steps, false);
}

/// Mean rate of the fifty neurons [Hz] over [from, to) steps of 0.5 ms.
double rate_of(const Stretch& stretch, Step from, Step to) {
  const auto n = std::ranges::count_if(stretch.spikes, [&](const Spike& s) { return s.step >= from && s.step < to; });
  return static_cast<double>(n) / 50 / (0.5e-3 * static_cast<double>(to - from));
}

}  // namespace

TEST_CASE("the delta rule integrates error times recent arrivals", "[plasticity][delta_rule]") {
  constexpr double tau_e = 30, tau_n = 70, eta = 0.002, level = 0.4, raised = 1.5, b = 0.1;
  constexpr int arrival = 10, last = 211;  // at the synapse, which is dendritic by all its delay of one step
  PlasticSynapseBuilder builder(1);
  builder.count(0);
  builder.allocate();
  builder.add(0, {0.0f, 0, 1});
  builder.finish();
  const RuleArguments arguments{.numbers = {{"tau_e", tau_e}, {"eta", eta}, {"b", b}, {"w_min", -1e6}, {"w_max", 1e6}},
                                .texts = {}};
  const auto synapse =
      find_rule("delta_rule")->make({.arguments = arguments, .synapses = builder, .target_count = 1, .resolution = 1});
  std::vector<float> row(1);
  for (int step = 0; step <= last; ++step) {
    if (step > 0) synapse->deliver(step, row.data());
    synapse->modulate(step, {level, raised * std::exp(-step / tau_n), tau_n});
    if (step == arrival) {
      const Spike spike{step, 0, 0};
      synapse->collect({&spike, 1});
    }
  }
  float weight = 0;
  synapse->visit(last, [&](const PlasticRow& r) { weight = r.weights[0]; });
  // eta times the integral of e(t) (n(t) - b), e = exp(-(t - arrival) / tau_e), to what the synapse knows at `last`.
  const double span = last - arrival, tau_s = 1 / (1 / tau_e + 1 / tau_n);
  const double change = eta * ((level - b) * tau_e * (1 - std::exp(-span / tau_e)) +
                               raised * std::exp(-arrival / tau_n) * tau_s * (1 - std::exp(-span / tau_s)));
  CHECK(double{weight} == Approx(change).epsilon(2e-6));
}

TEST_CASE("the error of a readout is its target less the weighted, decaying sum of spikes", "[plasticity][modulator]") {
  const auto stretch =
      error_driven({"modulators.error.from[0].weights={expression: 0.1 * i}", "modulators.error.baseline=3",
                    "modulators.error.from[0].target={times: [100 ms, 300 ms], values: [-2, 7]}"},
                   1000);
  const auto& levels = stretch.modulators.at(0).values;
  REQUIRE(levels.size() == 1001);
  REQUIRE(stretch.spikes.size() > 100);
  double y = 0, largest = 0;
  std::size_t next = 0;
  for (Step step = 0; step <= 1000; ++step) {
    y *= std::exp(-0.5 / 200);
    for (; next < stretch.spikes.size() && stretch.spikes[next].step + 2 == step; ++next)
      y += 0.1 * (stretch.spikes[next].neuron - 100.0);  // ids follow those of the inputs
    const double target = step < 200 ? 0 : step < 600 ? -2 : 7;
    largest = std::max(largest, std::abs(levels[static_cast<std::size_t>(step)] - (3 + target - y)));
  }
  CHECK(largest < 1e-9);
}

TEST_CASE("a network driven by the error of its readout reaches each target, without the error it does not",
          "[plasticity][delta_rule][slow]") {
  const auto learned = error_driven({}, 120'000);
  CHECK(rate_of(learned, 30'000, 40'000) == Approx(10).margin(1));
  CHECK(rate_of(learned, 70'000, 80'000) == Approx(30).margin(1.5));
  CHECK(rate_of(learned, 110'000, 120'000) == Approx(5).margin(1));
  const auto blind = error_driven({"modulators.error.from=[{poisson: 5 Hz, amount: 1}]"}, 120'000);
  CHECK(std::abs(rate_of(blind, 110'000, 120'000) - 5) > 5);
}

TEST_CASE("errors of readouts are the same bits for any partitioning", "[plasticity][modulator]") {
  const auto one = error_driven({}, 2000), many = error_driven({}, 2000, 7, 3);
  REQUIRE(!one.spikes.empty());
  CHECK(one.modulators.at(0).values == many.modulators.at(0).values);
  CHECK(one.spikes == many.spikes);
}
