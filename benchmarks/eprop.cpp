/// Dense e-prop: time per synapse and step on one thread. Hypothesis: the traces of eight sources stay in the L1 cache,
/// so that a synapse-step costs a few vector operations (bar: 2 ns). The float gradient is checked against double.
#include <benchmark/benchmark.h>

#include <cmath>

#include "core/random.hpp"
#include "plasticity/gradient/eprop_learner.hpp"
#include "plasticity/gradient/loss.hpp"

namespace spikeloom {
namespace {

constexpr std::uint32_t inputs = 100;
constexpr std::size_t steps = 1000;

SpikeRaster poisson_input() {
  SpikeRaster raster;
  for (std::size_t t = 0; t < steps; ++t) {
    for (std::uint32_t i = 0; i < inputs; ++i)
      if (uniform(draw(1, Purpose::task, 1, t * inputs + i)[0]) < 0.01) raster.add(i);
    raster.end_step();
  }
  return raster;
}

template <class Real>
EpropLearner<Real> learner(std::uint32_t neurons, std::uint32_t adaptive) {
  EpropNetwork<Real> network({inputs, neurons, 3, adaptive}, {}, Surrogate::piecewise_linear, 1.0);
  network.randomise(1);
  return {std::move(network), {}, *find_optimiser("adam"), {}};
}

template <class Real>
double trial_loss(std::size_t, EpropHistory<Real>& history) {
  static const std::vector<Real> target(steps * 3, Real{1});
  return squared_loss<Real>(target, history);
}

/// Gradients in float and double of the trial that is timed. Spikes of both are the same for a while only, so the
/// check is on one step of the eligibilities: the same history, rounded.
template <class Real>
std::vector<double> gradient_of(const EpropHistory<float>& history, const SpikeRaster& input, std::uint32_t neurons,
                                std::uint32_t adaptive) {
  EpropNetwork<Real> network({inputs, neurons, 3, adaptive}, {}, Surrogate::piecewise_linear, 1.0);
  EpropHistory<Real> copy;
  copy.steps = history.steps;
  copy.stride = history.stride;
  copy.psi.assign(history.psi.begin(), history.psi.end());
  copy.signal.assign(history.signal.begin(), history.signal.end());
  std::vector<Real> gradient(network.weights.size());
  const SpikeTrains trains(input, inputs), spikes(history.spikes, neurons);
  for (std::size_t block = 0; block < source_blocks(network); ++block)
    add_synapse_gradient<Real>(network, trains, spikes, copy, {}, block, gradient);
  return {gradient.begin(), gradient.end()};
}

void eprop_gradient(benchmark::State& state) {
  const auto neurons = static_cast<std::uint32_t>(state.range(0));
  const auto adaptive = state.range(1) != 0 ? neurons / 2 : 0;
  const auto input = poisson_input();
  auto net = learner<float>(neurons, adaptive);
  net.gradient({&input, 1}, trial_loss<float>, 1);
  const auto& history = net.history(0);
  const auto single = gradient_of<float>(history, input, neurons, adaptive);
  const auto exact = gradient_of<double>(history, input, neurons, adaptive);
  double difference = 0, size = 0;
  for (std::size_t k = 0; k < exact.size(); ++k) {
    difference += (single[k] - exact[k]) * (single[k] - exact[k]);
    size += exact[k] * exact[k];
  }
  if (!(size > 0) || !(difference < 1e-8 * size)) return state.SkipWithError("the float gradient is wrong");

  const SpikeTrains trains(input, inputs), spikes(history.spikes, neurons);
  std::vector<float> gradient(net.network().weights.size());
  for (auto _ : state) {
    for (std::size_t block = 0; block < source_blocks(net.network()); ++block)
      add_synapse_gradient<float>(net.network(), trains, spikes, history, {}, block, gradient);
    benchmark::DoNotOptimize(gradient.data());
  }
  const double synapse_steps = static_cast<double>(net.network().synapses().size()) * steps;
  state.counters["per_synapse_step"] =
      benchmark::Counter(synapse_steps, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}
BENCHMARK(eprop_gradient)->ArgNames({"neurons", "adaptive"})->Args({100, 0})->Args({100, 1})->Args({1000, 1});

void eprop_update(benchmark::State& state) {
  const auto neurons = static_cast<std::uint32_t>(state.range(0));
  const auto input = poisson_input();
  auto net = learner<float>(neurons, neurons / 2);
  for (auto _ : state) benchmark::DoNotOptimize(net.train({&input, 1}, trial_loss<float>, 1));
  const double synapse_steps = static_cast<double>(net.network().synapses().size()) * steps;
  state.counters["per_synapse_step"] =
      benchmark::Counter(synapse_steps, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}
BENCHMARK(eprop_update)->ArgName("neurons")->Arg(100)->Arg(1000);

}  // namespace
}  // namespace spikeloom
