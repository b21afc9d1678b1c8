/// Products of matrices against what the processor can do. Hypothesis: chains of multiply-adds kept in registers reach
/// 60 % of the rate of a loop that does nothing else, on one thread and on two. Elements are checked against the plain
/// chain. The counter `flops` is multiplications and additions per second, by the clock.
#include <benchmark/benchmark.h>

#include <array>
#include <cmath>
#include <thread>

#include "core/random.hpp"
#include "plasticity/layers/lanes.hpp"
#include "plasticity/layers/product.hpp"

namespace spikeloom {
namespace {

Matrix<float> random_factor(std::size_t rows, std::size_t columns, std::uint32_t stream) {
  Matrix<float> matrix(rows, columns);
  for (std::size_t k = 0; k < matrix.size(); ++k)
    matrix.values()[k] = static_cast<float>(uniform(draw(1, Purpose::task, stream, k)[0]) - 0.5);
  return matrix;
}

void count_flops(benchmark::State& state, double per_iteration) {
  state.counters["flops"] = benchmark::Counter(per_iteration, benchmark::Counter::kIsIterationInvariantRate);
}

/// So many chains that the latency of a multiply-add does not show; returns something that depends on all of them.
constexpr std::size_t peak_chains = 16, peak_rounds = 1 << 22;
float multiply_add_only() {
  std::array<FloatLanes, peak_chains> sums = {};
  FloatLanes lanes = {};
  float factor = 0.5f;
  benchmark::DoNotOptimize(factor);
  for (std::size_t k = 0; k < lane_count<float>; ++k) lanes[k] = static_cast<float>(k);
  for (std::size_t round = 0; round < peak_rounds; ++round)
#pragma GCC unroll 16
    for (std::size_t chain = 0; chain < peak_chains; ++chain) sums[chain] = fused(factor, sums[chain], lanes);
  float sum = 0;
  for (const auto& chain : sums) sum += chain[0] + chain[1];
  return sum;
}

void peak(benchmark::State& state) {
  const auto threads = static_cast<std::size_t>(state.range(0));
  for (auto _ : state) {
    std::vector<std::thread> others;
    for (std::size_t k = 1; k < threads; ++k)
      others.emplace_back([] { benchmark::DoNotOptimize(multiply_add_only()); });
    benchmark::DoNotOptimize(multiply_add_only());
    for (auto& other : others) other.join();
  }
  count_flops(state, 2.0 * lane_count<float> * peak_chains * peak_rounds * static_cast<double>(threads));
}
BENCHMARK(peak)->ArgName("threads")->Arg(1)->Arg(2)->UseRealTime();

void product(benchmark::State& state) {
  const auto m = static_cast<std::size_t>(state.range(0)), k = static_cast<std::size_t>(state.range(1)),
             n = static_cast<std::size_t>(state.range(2));
  const auto a = random_factor(m, k, 1), b = random_factor(k, n, 2);
  Matrix<float> c(m, n);
  const auto threads = static_cast<int>(state.range(3));
  for (auto _ : state) {
    multiply(a.view(), b.view(), c.view(), Onto::zero, threads);
    benchmark::DoNotOptimize(c.values().data());
  }
  for (std::size_t place = 0; place < m * n; place += m * n / 97) {
    float sum = 0;
    for (std::size_t s = 0; s < k; ++s) sum = std::fma(a(place / n, s), b(s, place % n), sum);
    if (c(place / n, place % n) != sum) return state.SkipWithError("an element is not the plain chain");
  }
  count_flops(state, 2.0 * static_cast<double>(m) * static_cast<double>(k) * static_cast<double>(n));
}
BENCHMARK(product)
    ->ArgNames({"m", "k", "n", "threads"})
    ->ArgsProduct({{256}, {256, 784}, {256}, {1, 2}})
    ->ArgsProduct({{2048}, {2048}, {2048}, {1, 2}})
    ->UseRealTime();

}  // namespace
}  // namespace spikeloom
