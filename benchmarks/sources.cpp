/// What sources cost: nanoseconds per neuron and step of drives on one tile in the L1 cache, per random word, per
/// source.
///
///     build/release/spikeloom_benchmarks --benchmark_filter=source
#include <benchmark/benchmark.h>

#include <array>

#include "core/model.hpp"
#include "core/sources/poisson_tile.hpp"
#include "core/step_draws.hpp"

namespace {

using namespace spikeloom;

/// Nanoseconds per item, as a counter.
void report(benchmark::State& state, double items_per_iteration) {
  state.counters["ns_per_item"] =
      benchmark::Counter(static_cast<double>(state.iterations()) * items_per_iteration * 1e-9,
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

template <auto fill>
void source_random_words(benchmark::State& state) {
  alignas(64) std::array<std::uint32_t, tile_size / 2> words;
  std::uint32_t step = 0;
  for (auto _ : state) {
    fill(1, Purpose::task, 2, 0, ++step, words);
    benchmark::DoNotOptimize(words.data());
    benchmark::ClobberMemory();
  }
  report(state, words.size());
}
BENCHMARK(source_random_words<step_draws>);
BENCHMARK(source_random_words<detail::step_draws_plain>);

/// Counting alone, the random words given.
template <auto add>
void source_poisson_tile(benchmark::State& state) {
  alignas(64) TileWords words;
  alignas(64) std::array<float, tile_size> row{};
  step_draws(1, Purpose::task, 2, 0, 1, words);
  const PoissonTable table(1.6);
  const auto values = tile_values(87.8f);
  for (auto _ : state) {
    add(words, table, values, nullptr, row.data());
    benchmark::DoNotOptimize(row.data());
    benchmark::ClobberMemory();
  }
  report(state, tile_size);
}
BENCHMARK(source_poisson_tile<add_tile>);
BENCHMARK(source_poisson_tile<detail::add_tile_plain>);

void add_drive(benchmark::State& state, const Drive& drive) {
  alignas(64) std::array<float, tile_size> row{};
  Step step = 1;
  for (auto _ : state) {
    drive.add(++step, 0, row);
    benchmark::DoNotOptimize(row.data());
    benchmark::ClobberMemory();
  }
  report(state, tile_size);
}

/// Argument: mean number per step in thousandths.
void source_poisson_drive(benchmark::State& state) {
  ModelArguments arguments;
  arguments.numbers["rate"] = {static_cast<double>(state.range(0)) * 10};  // per 0.1 ms
  const std::array weights{87.8f};
  add_drive(state, *find_model("poisson")->make_drive({.arguments = arguments, .weights = weights, .seed = 1}));
}
BENCHMARK(source_poisson_drive)->Arg(1)->Arg(160)->Arg(1600)->Arg(9000)->Arg(30000)->Arg(100000);

/// Noise that changes in every step.
void source_noise_drive(benchmark::State& state) {
  ModelArguments arguments;
  arguments.numbers = {{"sd", {5}}, {"dt", {1}}};
  const std::array weights{1.0f};
  add_drive(state, *find_model("current_noise")
                        ->make_drive({.arguments = arguments, .weights = weights, .seed = 1, .resolution = 1}));
}
BENCHMARK(source_noise_drive);

/// A population of 10,000 sources; argument: rate in Hz.
void source_poisson_population(benchmark::State& state) {
  constexpr std::uint32_t size = 10000;
  ModelArguments arguments, initial;
  arguments.numbers["rate"] = {static_cast<double>(state.range(0))};
  const auto slice = find_model("poisson")->make_slice(
      {.arguments = arguments, .initial = initial, .population_size = size, .count = size, .seed = 1});
  std::vector<std::uint32_t> spiked;
  Step step = 0;
  for (auto _ : state) {
    spiked.clear();
    slice->advance(++step, nullptr, spiked);
    benchmark::DoNotOptimize(spiked.data());
  }
  report(state, size);
}
BENCHMARK(source_poisson_population)->Arg(1)->Arg(10)->Arg(100)->Arg(10000);

}  // namespace
