/// One network at several rates, with exact timing and on the grid.
#include "experiments/exact_costs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <vector>

#include "core/errors.hpp"
#include "io/experiment_file.hpp"
#include "networks/build.hpp"

namespace spikeloom::experiments {
namespace {

constexpr double neurons = 2000, indegree = 100;
constexpr int n_stretches = 5;

struct Course {
  double seconds = 0, events = 0;  // per second of biological time
  double spikes = 0;               // of the targets, in all
};

/// `rate`: events per target neuron and second. Median of the wall time of several stretches.
Course run(const char* timing, double rate, double stretch_ms) {
  const auto experiment = io::parse_experiment(fmt::format(R"(
experiment: {{name: bench, seed: 1, duration: 1 s, resolution: 0.1 ms, timing: {}}}
populations:
  source: {{model: poisson, size: 1000, params: {{rate: {} Hz}}}}
  target: {{model: lif_psc_exp, size: {}, params: {{i_e: 370 pA}}}}
projections:
  - from: source
    to: target
    connect: {{rule: fixed_indegree, indegree: {}}}
    weight: {{normal: [0 pA, 30 pA]}}
    delay: {{uniform: [1 ms, 3 ms]}}
)",
                                                           timing, rate / indegree, neurons, indegree),
                                               "bench");
  auto network = build(experiment, 1);
  auto& engine = *network.engine;
  engine.run_until(1000, false);  // settles
  Course course;
  std::vector<double> seconds;
  const auto events = engine.events();
  for (int k = 0; k < n_stretches; ++k) {
    const auto start = std::chrono::steady_clock::now();
    const auto stretch = engine.run_until(engine.now() + std::llround(10 * stretch_ms), false);
    seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    course.spikes += static_cast<double>(stretch.spike_counts[1]);
  }
  std::sort(seconds.begin(), seconds.end());
  course.seconds = seconds[n_stretches / 2] * 1000 / stretch_ms;
  course.events = static_cast<double>(engine.events() - events) * 1000 / (n_stretches * stretch_ms);
  return course;
}

/// Where the lines through two costs of each cross, in events per neuron and second.
double crossing(const Course& exact, const Course& exact_more, const Course& grid, const Course& grid_more) {
  const auto slope = [](const Course& a, const Course& b) { return (b.seconds - a.seconds) / (b.events - a.events); };
  const double exact_slope = slope(exact, exact_more), grid_slope = slope(grid, grid_more);
  const double exact_rest = exact.seconds - exact_slope * exact.events,
               grid_rest = grid.seconds - grid_slope * grid.events;
  return std::max(0.0, (grid_rest - exact_rest) / (exact_slope - grid_slope)) / neurons;
}

}  // namespace

ExactCosts measure_exact_costs() {
  const auto busy = run("exact", 4000, 200), on_grid = run("grid", 4000, 200);
  if (std::abs(busy.spikes - on_grid.spikes) > 0.05 * on_grid.spikes || busy.spikes < 1000)
    throw RunError(
        fmt::format("bench: {} spikes with exact timing, {} on the grid of 0.1 ms", busy.spikes, on_grid.spikes));
  const auto sparse = run("exact", 200, 1000), half = run("exact", 100, 1000);
  return {1e9 * busy.seconds / busy.events, 1e9 * sparse.seconds / sparse.events, half.seconds / sparse.seconds,
          crossing(half, sparse, run("grid", 100, 1000), run("grid", 200, 1000))};
}

}  // namespace spikeloom::experiments
