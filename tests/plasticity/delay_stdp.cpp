/// Synapses that learn their delays: signs and sizes, a plain oracle, spikes in flight, the same bits for any threads.
#include "plasticity/rules/delay_stdp.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "io/experiment_file.hpp"
#include "networks/build.hpp"
#include "networks/synapse_columns.hpp"
#include "tests/plasticity/against_oracle.hpp"
#include "tests/reference/delay_oracle.hpp"

using namespace spikeloom;
using reference::DelayOracle;
using reference::DelayRuleNumbers;

namespace {

RuleArguments arguments_of(const DelayRuleNumbers& n) {
  RuleArguments arguments;
  arguments.numbers = {{"tau_plus", n.tau_plus}, {"tau_minus", n.tau_minus},   {"a_plus", n.a_plus},
                       {"a_minus", n.a_minus},   {"sigma_plus", n.sigma_plus}, {"sigma_minus", n.sigma_minus},
                       {"b_plus", n.b_plus},     {"b_minus", n.b_minus},       {"c", n.c},
                       {"w_max", n.w_max},       {"d_min", n.d_min},           {"d_max", n.d_max}};
  arguments.texts = {{"sign", n.s > 0 ? "published" : "aligning"}, {"window", n.flat ? "flat" : "exponential"}};
  return arguments;
}

/// A projection onto all targets of a toy population, driven step by step.
struct Bundle {
  static constexpr std::uint32_t sources = 12, targets = 9;
  double resolution = 0.5;
  std::vector<float> weights = std::vector<float>(sources * targets);
  std::vector<int> delays = std::vector<int>(sources * targets);  // steps
  std::vector<std::set<int>> source_spikes, target_spikes;
  std::vector<std::vector<float>> input;  // [step][target]
  std::unique_ptr<PlasticProjection> projection;

  Bundle(const DelayRuleNumbers& numbers, int steps, std::uint64_t seed, int first_delay, int last_delay) {
    PlasticSynapseBuilder builder(sources);
    for (std::uint32_t k = 0; k < sources * targets; ++k) {
      const auto bits = draw(seed, Purpose::delay, 0, k);
      weights[k] = static_cast<float>(0.3 + 0.4 * uniform(bits[0]));
      delays[k] = first_delay +
                  static_cast<int>(below(static_cast<std::uint64_t>(last_delay - first_delay + 1), bits[1], bits[2]));
      builder.count(k / targets);
    }
    builder.allocate();
    for (std::uint32_t k = 0; k < sources * targets; ++k)
      builder.add(k / targets, {weights[k], static_cast<Slot>(k % targets), static_cast<std::uint16_t>(delays[k])});
    builder.finish();
    for (std::uint32_t j = 0; j < sources; ++j) source_spikes.push_back(test::random_steps(seed, 10, j, steps));
    for (std::uint32_t i = 0; i < targets; ++i) target_spikes.push_back(test::random_steps(seed, 20, i, steps));
    const auto arguments = arguments_of(numbers);
    projection = find_rule("delay_stdp")
                     ->make({.arguments = arguments,
                             .synapses = builder,
                             .target_count = targets,
                             .window = std::lround(numbers.d_min / resolution),
                             .resolution = resolution});
  }

  /// Windows as long as the shortest delay, collected as late as the engine may.
  void run(int steps) {
    input.assign(static_cast<std::size_t>(steps) + 1, std::vector<float>(targets));
    std::vector<Spike> window;
    for (int step = 1; step <= steps; ++step) {
      projection->deliver(step, input[static_cast<std::size_t>(step)].data());
      std::vector<std::uint32_t> fired;
      for (std::uint32_t i = 0; i < targets; ++i)
        if (target_spikes[i].contains(step)) fired.push_back(i);
      if (!fired.empty()) projection->target_spikes(step, fired);
      for (std::uint32_t j = 0; j < sources; ++j)
        if (source_spikes[j].contains(step)) window.push_back({step, j, 0});
      if (step % projection->shortest_delay() == 0) projection->collect(std::exchange(window, {}));
    }
    projection->collect(window);
  }
};

}  // namespace

TEST_CASE("a spike 4 ms after the arrival shortens the delay and strengthens the synapse; 4 ms before, the opposite",
          "[plasticity][delay_stdp]") {
  const double s = GENERATE(1.0, -1.0);
  DelayRuleNumbers n;
  n.s = s, n.b_plus = 0.03, n.b_minus = 0.04, n.sigma_plus = 11, n.sigma_minus = 9;
  DelayBounds bounds;
  bounds.w_max = 1, bounds.d_min = 0.1, bounds.d_max = 25;
  const auto kernel = DelayStdp::prepare(arguments_of(n), bounds);
  DelaySynapse after{0.5, 6}, before{0.5, 6};
  DelayStdp::on_pair(kernel, after, 4), DelayStdp::on_pair(kernel, before, -4);
  CHECK(std::abs(after.weight - (0.5 + 0.004 * std::exp(-4 / 15.0))) < 1e-12);
  CHECK(std::abs(after.delay - (6 - s * 0.04 * std::exp(-4 / 9.0))) < 1e-12);
  CHECK(std::abs(before.weight - (0.5 - 0.003 * std::exp(-4 / 15.0))) < 1e-12);
  CHECK(std::abs(before.delay - (6 + s * 0.03 * std::exp(-4 / 11.0))) < 1e-12);
}

TEST_CASE("a delay below c stays with the published sign only", "[plasticity][delay_stdp]") {
  DelayRuleNumbers n;
  n.c = 0.5;
  DelayBounds bounds;
  bounds.w_max = 1, bounds.d_max = 25;
  for (const double s : {1.0, -1.0}) {
    n.s = s;
    DelaySynapse low{0.5, 0.49}, high{0.5, 0.5};
    const auto kernel = DelayStdp::prepare(arguments_of(n), bounds);
    DelayStdp::on_pair(kernel, low, 1), DelayStdp::on_pair(kernel, high, 1);
    CHECK((low.delay == 0.49) == (s > 0));
    CHECK(high.delay != 0.5);
  }
}

TEST_CASE("synapses that learn delays agree with a plain oracle, with spikes in flight while delays change",
          "[plasticity][delay_stdp]") {
  const double s = GENERATE(1.0, -1.0);
  const bool flat = GENERATE(false, true);
  const double d_min = GENERATE(0.5, 3.0);
  DelayRuleNumbers n;
  // Steps of up to a millisecond: delays move by several grid points while spikes are on their way.
  n.s = s, n.flat = flat, n.d_min = d_min, n.d_max = 20, n.b_plus = 1.1, n.b_minus = 0.9, n.c = s > 0 ? 1.2 : 0;
  n.a_plus = 0.04, n.a_minus = 0.05;
  constexpr int steps = 1500;
  Bundle bundle(n, steps, 23, static_cast<int>(d_min / 0.5), 40);
  bundle.run(steps);

  std::vector<std::vector<double>> expected(bundle.input.size(), std::vector<double>(Bundle::targets));
  std::vector<double> weights(Bundle::sources * Bundle::targets), delays(weights.size());
  for (std::uint32_t k = 0; k < weights.size(); ++k) {
    DelayOracle oracle{n, bundle.resolution, static_cast<double>(bundle.weights[k]),
                       bundle.delays[k] * bundle.resolution};
    oracle.run(bundle.source_spikes[k / Bundle::targets], bundle.target_spikes[k % Bundle::targets], steps,
               [&](int step, double w) { expected[static_cast<std::size_t>(step)][k % Bundle::targets] += w; });
    weights[k] = oracle.weight, delays[k] = oracle.delay;
  }
  double worst_weight = 0, worst_delay = 0, worst_input = 0;
  std::size_t checked = 0;
  bundle.projection->visit(steps, [&](const PlasticRow& row) {
    for (std::size_t i = 0; i < row.targets.size(); ++i, ++checked) {
      const auto k = row.source * Bundle::targets + row.targets[i];
      worst_weight = std::max(worst_weight, std::abs(static_cast<double>(row.weights[i]) - weights[k]));
      worst_delay = std::max(worst_delay, std::abs(static_cast<double>(row.delays[i]) * bundle.resolution - delays[k]));
    }
  });
  for (std::size_t step = 1; step < expected.size(); ++step)
    for (std::uint32_t i = 0; i < Bundle::targets; ++i)
      worst_input = std::max(worst_input, std::abs(static_cast<double>(bundle.input[step][i]) - expected[step][i]));
  CHECK(checked == Bundle::sources * Bundle::targets);
  CHECK(worst_weight < 1e-6);
  CHECK(worst_delay < 1e-5);
  CHECK(worst_input < 1e-5);
}

TEST_CASE("no spike is lost or doubled while delays change", "[plasticity][delay_stdp]") {
  DelayRuleNumbers n;
  n.a_plus = n.a_minus = 0, n.b_plus = 3, n.b_minus = 2, n.s = GENERATE(1.0, -1.0), n.d_max = 30;
  constexpr int last_spike = 2000, steps = 2100;
  Bundle bundle(n, last_spike, 5, 2, 60);
  std::ranges::fill(bundle.weights, 0.0f);
  bundle.run(steps);
  // Frozen weights: what has arrived at a target in all is, source by source, spikes times weight.
  std::vector<double> arrived(Bundle::targets), sent(Bundle::targets);
  for (const auto& row : bundle.input)
    for (std::uint32_t i = 0; i < Bundle::targets; ++i) arrived[i] += static_cast<double>(row[i]);
  std::uint64_t events = 0;
  bundle.projection->visit(steps, [&](const PlasticRow& row) {
    for (std::size_t k = 0; k < row.targets.size(); ++k) {
      sent[row.targets[k]] +=
          static_cast<double>(row.weights[k]) * static_cast<double>(bundle.source_spikes[row.source].size());
      events += bundle.source_spikes[row.source].size();
    }
  });
  CHECK(events > 5000);
  CHECK(bundle.projection->events() == events);
  for (std::uint32_t i = 0; i < Bundle::targets; ++i) CHECK(arrived[i] == Approx(sent[i]).epsilon(1e-5));
}

namespace {

constexpr const char* network = R"(
experiment: {name: delays, duration: 500 ms, resolution: 0.5 ms}
populations:
  exc: {model: lif_psc_exp, size: 200, initial: {v_m: {uniform: [-70 mV, -55 mV]}}}
  inh: {model: lif_psc_exp, size: 50, initial: {v_m: {uniform: [-70 mV, -55 mV]}}}
  drive: {model: poisson, params: {rate: 12 kHz}}
projections:
  - {from: drive, to: [exc, inh], weight: 35 pA, delay: 1 ms}
  - {from: inh, to: exc, connect: {rule: fixed_indegree, indegree: 10}, weight: -60 pA, delay: 1.5 ms}
  - name: aligned
    from: exc
    to: exc
    connect: {rule: fixed_indegree, indegree: 30}
    weight: 15 pA
    delay: {uniform: [1 ms, 12 ms]}
    plasticity: {rule: delay_stdp, params: {sign: aligning, w_max: 30 pA, d_min: 1 ms, d_max: 15 ms, b_plus: 0.3 ms, b_minus: 0.3 ms, c: 0.5 ms}}
  - name: pushed
    from: inh
    to: exc
    connect: {rule: fixed_indegree, indegree: 12}
    weight: -40 pA
    delay: {uniform: [3 ms, 6 ms]}
    plasticity: {rule: delay_stdp, params: {w_max: -80 pA, d_min: 2 ms, d_max: 10 ms}}
  - name: wrapped
    from: exc
    to: inh
    connect: {rule: fixed_indegree, indegree: 20}
    weight: 20 pA
    delay: {uniform: [0.5 ms, 2 ms]}
    plasticity: {rule: myelin, params: {tau_min: 2 ms, tau_max: 20 ms, tau_nom: 8 ms, segments: 3, tau_s: 50 ms, lambda_m: 0.5 1/ms}}
record: [{spikes: exc}]
)";

BuiltNetwork built(int partitions, int threads) {
  return build(io::parse_experiment(network, "delays.yaml", ".", {fmt::format("run.partitions={}", partitions)}),
               threads);
}

std::vector<std::string> hashes_of(const Engine& engine) {
  std::vector<std::string> named;
  for (const auto& hash : engine.hashes())
    named.push_back(fmt::format("{} {} {}", hash.population, hash.variable, hash.hash));
  return named;
}

}  // namespace

TEST_CASE("networks that learn delays give the same bits for 1, 2, 3 and 8 threads, in one stretch or in many",
          "[plasticity][delay_stdp][myelin]") {
  auto one = built(1, 1);
  one.engine->run_until(1000, false);
  const auto expected = hashes_of(*one.engine);
  CHECK(one.engine->spikes() > 500);
  CHECK(one.engine->window() == 2);  // the shortest delay that can ever be: d_min of `aligned`
  for (const auto& [partitions, threads] : {std::pair{2, 2}, {3, 3}, {8, 8}}) {
    auto other = built(partitions, threads);
    for (const Step step : {3, 104, 411, 1000}) other.engine->run_until(step, false);
    CHECK(hashes_of(*other.engine) == expected);
  }
}

TEST_CASE("learned delays keep their bounds and can be read", "[plasticity][delay_stdp][myelin]") {
  const auto experiment = io::parse_experiment(network, "delays.yaml", ".", {});
  auto run = built(2, 1);
  const auto before = synapses_of(experiment, *run.engine, 3);
  run.engine->run_until(1000, false);
  const auto after = synapses_of(experiment, *run.engine, 3), pushed = synapses_of(experiment, *run.engine, 4),
             wrapped = synapses_of(experiment, *run.engine, 5);
  CHECK(before.sources == after.sources);
  CHECK(before.targets == after.targets);
  CHECK(before.delays != after.delays);
  CHECK(std::ranges::min(after.delays) >= 2.0f);
  CHECK(std::ranges::max(after.delays) <= 30.0f);
  CHECK(std::ranges::min(pushed.delays) >= 4.0f);
  CHECK(std::ranges::max(pushed.weights) <= 0.0f);
  CHECK(std::ranges::min(wrapped.delays) >= 5.0f);
  CHECK(std::ranges::max(wrapped.delays) <= 44.0f);
}
