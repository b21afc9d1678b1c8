/// Runs a rule's projection on random spikes and compares every weight, and all that reaches the targets, with the
/// dense oracle.
#pragma once

#include <catch2/catch.hpp>

#include <functional>
#include <memory>
#include <set>

#include "core/random.hpp"
#include "plasticity/rule.hpp"
#include "tests/reference/plastic_oracle.hpp"

namespace spikeloom::test {

/// How the delays of a projection lie.
struct Delays {
  int axonal;             // steps; -1: all of the delay
  int shortest, longest;  // of the total
};

struct Comparison {
  std::string rule;
  RuleArguments arguments;
  double resolution = 1;  // ms
  double weight = 0.5;
  int steps = 300;
  float sign = 1;
  int interval = 0;           // steps between ticks of the oracle; 0: none
  bool compare_input = true;  // what reaches the targets, too
  double tolerance = 1e-6;    // relative to the weight, or to `weight` where that is larger
  std::function<std::unique_ptr<reference::DenseSynapse>(double weight)> oracle;
  /// The modulator's constant part, time constant [steps] and what is added at some steps.
  double modulator_constant = 0, modulator_tau = 100;
  std::map<int, double> modulator_events = {};
};

/// Random steps: mostly sparse, with bursts, so that ties are common.
inline std::set<int> random_steps(std::uint64_t seed, std::uint32_t stream, std::uint32_t neuron, int steps) {
  std::set<int> out;
  for (int step = 1; step < steps; ++step) {
    const auto bits = draw(seed, Purpose::task, stream, neuron, static_cast<std::uint32_t>(step));
    const bool burst = draw(seed, Purpose::task, stream + 1, neuron, static_cast<std::uint32_t>(step / 50))[0] % 8 == 0;
    if (uniform(bits[0]) < (neuron % 5 == 0 ? 0.0005 : burst ? 0.3 : 0.01)) out.insert(step);
  }
  return out;
}

/// 25 sources onto 40 targets: a thousand synapses, in segments that fill lanes and that do not.
inline void compare(const Comparison& c, const Delays& delays) {
  constexpr std::uint32_t sources = 25, targets = 40;
  const std::uint64_t seed = 17;
  PlasticSynapseBuilder builder(sources);
  std::vector<reference::DenseEvents> events(sources * targets);
  std::vector<std::unique_ptr<reference::DenseSynapse>> dense;
  const auto total_of = [&](std::uint32_t j, std::uint32_t i) {
    const auto range = static_cast<std::uint32_t>(delays.longest - delays.shortest + 1);
    return delays.shortest +
           static_cast<int>(draw(seed, Purpose::delay, 0, j * (j % 2 == 0 ? 1000 : 1) + (j % 2 == 0 ? i : 0))[0] %
                            range);
  };
  const auto weight_of = [&](std::uint32_t j, std::uint32_t i) {
    return static_cast<float>(c.weight * (0.5 + uniform(draw(seed, Purpose::weight, 0, j * targets + i)[0])));
  };
  std::vector<std::set<int>> source_spikes, target_spikes;
  for (std::uint32_t j = 0; j < sources; ++j) source_spikes.push_back(random_steps(seed, 10, j, c.steps));
  for (std::uint32_t i = 0; i < targets; ++i) target_spikes.push_back(random_steps(seed, 20, i, c.steps));
  for (std::uint32_t j = 0; j < sources; ++j)
    for (std::uint32_t i = 0; i < targets; ++i) builder.count(j);
  builder.allocate();
  for (std::uint32_t j = 0; j < sources; ++j)
    for (std::uint32_t i = 0; i < targets; ++i) {
      const int total = total_of(j, i);
      builder.add(j, {weight_of(j, i), static_cast<Slot>(i), static_cast<std::uint16_t>(total)});
      auto& own = events[j * targets + i];
      own.axonal = delays.axonal < 0 ? total : delays.axonal;
      own.dendritic = total - own.axonal;
      own.source = source_spikes[j], own.target = target_spikes[i];
      own.modulator = c.modulator_events;
      own.interval = c.interval;
      dense.push_back(c.oracle(static_cast<double>(weight_of(j, i))));
    }
  builder.finish();
  const auto* rule = find_rule(c.rule);
  REQUIRE(rule);
  const auto synapses = rule->make({.arguments = c.arguments,
                                    .synapses = builder,
                                    .target_count = targets,
                                    .axonal_delay = std::max(delays.axonal, 0),
                                    .all_axonal = delays.axonal < 0,
                                    .sign = c.sign,
                                    .row_sign = c.sign,
                                    .window = delays.shortest,
                                    .resolution = c.resolution});
  // The projection, step by step; spikes of a window are handed over at its end.
  std::vector<std::vector<float>> input(static_cast<std::size_t>(c.steps) + 1, std::vector<float>(targets));
  std::vector<Spike> window;
  double level = 0;
  const auto modulate = [&](int step) {
    if (const auto found = c.modulator_events.find(step); found != c.modulator_events.end()) level += found->second;
    synapses->modulate(step, {c.modulator_constant, level, c.modulator_tau});
    level *= std::exp(-1 / c.modulator_tau);
  };
  modulate(0);
  for (int step = 1; step <= c.steps; ++step) {
    synapses->deliver(step, input[static_cast<std::size_t>(step)].data());
    std::vector<std::uint32_t> fired;
    for (std::uint32_t i = 0; i < targets; ++i)
      if (target_spikes[i].contains(step)) fired.push_back(i);
    if (!fired.empty()) synapses->target_spikes(step, fired);
    for (std::uint32_t j = 0; j < sources; ++j)
      if (source_spikes[j].contains(step)) window.push_back({step, j, 0});
    modulate(step);
    if (step % delays.shortest == 0) synapses->collect(std::exchange(window, {}));
    if (step == c.steps / 2) synapses->visit(step, [](const PlasticRow&) {});  // reading changes nothing
  }

  std::vector<std::vector<double>> expected_input(input.size(), std::vector<double>(targets));
  for (std::uint32_t j = 0; j < sources; ++j)
    for (std::uint32_t i = 0; i < targets; ++i)
      reference::run(*dense[j * targets + i], events[j * targets + i], c.resolution, c.steps + 1,
                     [&](int step, double w) { expected_input[static_cast<std::size_t>(step)][i] += c.sign * w; });
  std::size_t checked = 0;
  double worst = 0, worst_input = 0;
  synapses->visit(c.steps, [&](const PlasticRow& row) {
    for (std::size_t k = 0; k < row.targets.size(); ++k) {
      const double expected = c.sign * dense[row.source * targets + row.targets[k]]->weight();
      worst = std::max(
          worst, std::abs(static_cast<double>(row.weights[k]) - expected) / std::max(std::abs(expected), c.weight));
      ++checked;
    }
  });
  for (std::size_t step = 0; step < input.size(); ++step)
    for (std::uint32_t i = 0; i < targets; ++i)
      worst_input = std::max(worst_input, std::abs(static_cast<double>(input[step][i]) - expected_input[step][i]) /
                                              std::max(std::abs(expected_input[step][i]), c.weight));
  INFO(c.rule << ", axonal " << delays.axonal << ", delays " << delays.shortest << " to " << delays.longest);
  CHECK(checked == sources * targets);
  CHECK(worst <= c.tolerance);
  if (c.compare_input) CHECK(worst_input < 3 * c.tolerance);
}

/// Zero dendritic delay, the shortest of all, mixed ones, and delays longer than the window.
inline const std::vector<Delays>& every_kind_of_delay() {
  static const std::vector<Delays> kinds{{0, 1, 1}, {0, 1, 20}, {-1, 1, 1}, {-1, 1, 20},
                                         {5, 5, 5}, {5, 6, 30}, {3, 8, 8}};
  return kinds;
}

}  // namespace spikeloom::test
