/// What making synapses costs: nanoseconds per synapse of the builder's two passes, for the rules and values of the
/// cortical microcircuit and of the Brunel network. Every pass is checked against what the rule promises.
///
///     build/release/spikeloom_benchmarks --benchmark_filter=wiring
#include "networks/wiring.hpp"

#include <benchmark/benchmark.h>

#include <cmath>

namespace {

using namespace spikeloom;

constexpr std::uint32_t neurons = 10000, indegree = 1000;

ProjectionSpec projection_of(ConnectRule rule) {
  ProjectionSpec projection;
  projection.from = "a";
  projection.to = "b";
  projection.connect = std::move(rule);
  return projection;
}

/// Hundreds of targets per iteration; reports the time per synapse and fails if counts or mean weight are off.
void read_synapses(benchmark::State& state, const ProjectionSpec& projection, bool with_weights, double mean_weight) {
  const Positions nowhere;
  const Wiring wiring({projection, neurons, neurons, nowhere, nowhere, 1, 0}, 0.1);
  SynapseBlock block;
  double synapses = 0, weights = 0;
  std::uint32_t target = 0;
  for (auto _ : state) {
    wiring.synapses_of(target, block, with_weights);
    benchmark::DoNotOptimize(block.partners.data());
    benchmark::DoNotOptimize(block.delays.data());
    synapses += static_cast<double>(block.partners.size());
    weights += with_weights ? static_cast<double>(block.weights.front()) : mean_weight;
    target = (target + 1) % neurons;
  }
  const auto targets = static_cast<double>(state.iterations());
  if (std::abs(synapses / targets - indegree) > 6 * std::sqrt(indegree / targets))
    state.SkipWithError("wrong number of synapses");
  if (std::abs(weights / targets - mean_weight) > 6 * std::abs(mean_weight) / std::sqrt(targets))
    state.SkipWithError("wrong mean weight");
  state.counters["ns_per_synapse"] =
      benchmark::Counter(synapses * 1e-9, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void wiring_microcircuit(benchmark::State& state, bool with_weights) {
  auto projection = projection_of(FixedTotalNumber{std::uint64_t{neurons} * indegree});
  projection.weight = Normal{87.8, 8.78, 0};
  projection.delay = Normal{1.5, 0.75, 0.05};
  read_synapses(state, projection, with_weights, 87.8);
}
BENCHMARK_CAPTURE(wiring_microcircuit, count_pass, false);
BENCHMARK_CAPTURE(wiring_microcircuit, fill_pass, true);

void wiring_constant(benchmark::State& state, const ConnectRule& rule, bool multapses) {
  auto projection = projection_of(rule);
  projection.multapses = multapses;
  read_synapses(state, projection, true, 1);
}
BENCHMARK_CAPTURE(wiring_constant, fixed_indegree, FixedIndegree{indegree}, true);
BENCHMARK_CAPTURE(wiring_constant, fixed_indegree_distinct, FixedIndegree{indegree}, false);
BENCHMARK_CAPTURE(wiring_constant, fixed_probability, FixedProbability{static_cast<double>(indegree) / neurons}, true);

}  // namespace
