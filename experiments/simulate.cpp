/// Legs: stretches of biological time between which progress is shown, data handed over and signals obeyed.
#include "experiments/simulate.hpp"

#include <fmt/format.h>
#include <sched.h>
#include <sys/resource.h>
#include <xxhash.h>

#include <algorithm>
#include <chrono>
#include <cmath>

namespace spikeloom::experiments {
namespace {

constexpr double hash_every_ms = 1000;  // biological: fixed, since hashes are part of the results
constexpr double leg_seconds = 0.2;     // wall: often enough for a bar, rarely enough to cost nothing

}  // namespace

int available_threads() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return std::max(1, CPU_COUNT(&set));
}

std::uint64_t peak_memory_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

std::string combined_hash(const std::vector<StateHash>& hashes) {
  std::string text;
  for (const auto& hash : hashes) text += fmt::format("{} {} {:016x}\n", hash.population, hash.variable, hash.hash);
  return fmt::format("{:016x}", XXH3_64bits(text.data(), text.size()));
}

io::RunSummary simulate(const ExperimentSpec& experiment, Engine& engine, int threads, Recorder* recorder,
                        const LegDone& leg_done, const WeightsDue& weights_due, const CutPossible& cut_possible) {
  using Clock = std::chrono::steady_clock;
  const auto steps_of = [&](double ms) { return std::max<Step>(1, std::llround(ms / experiment.resolution)); };
  const Step begin = engine.now(), end = steps_of(experiment.duration), hash_every = steps_of(hash_every_ms);
  const Step cut_every = experiment.run.checkpoint_every ? steps_of(*experiment.run.checkpoint_every) : end;
  auto& ranks = engine.ranks();
  const auto start = Clock::now();
  const auto elapsed = [&] { return std::chrono::duration<double>(Clock::now() - start).count(); };

  // Hands over the weights that are due now; returns when the next ones are.
  const auto hand_over_weights = [&] {
    Step next = end;
    for (std::size_t k = 0; weights_due && k < experiment.record.weights.size(); ++k) {
      const auto& every = experiment.record.weights[k].every;
      if (!every) continue;
      if (engine.now() % steps_of(*every) == 0 && engine.now() < end) weights_due(k);
      next = std::min(next, (engine.now() / steps_of(*every) + 1) * steps_of(*every));
    }
    return next;
  };

  Step leg = std::min(end, steps_of(10));
  bool stopped = false;
  while (engine.now() < end && !stopped) {
    const Step next_hash = (engine.now() / hash_every + 1) * hash_every, next_weights = hand_over_weights(),
               next_cut = (engine.now() / cut_every + 1) * cut_every;
    // How long a leg is depends on the clock: the first rank's.
    const Step target = ranks.as_first(std::min({engine.now() + leg, next_hash, next_weights, next_cut, end}));
    const Step leg_begin = engine.now();
    const double seconds_before = elapsed();
    auto stretch = engine.run_until(target, target == next_hash || target == end);
    if (recorder != nullptr) recorder->commit(std::move(stretch));
    const double seconds = elapsed(), steps = static_cast<double>(engine.now() - begin);
    // As fast as the last ones at their slowest: neither a network that has become busier nor bursts make signals wait.
    const double pace = static_cast<double>(target - leg_begin) / std::max(seconds - seconds_before, 1e-6);
    leg = std::clamp<Step>(static_cast<Step>(pace * leg_seconds), engine.window(),
                           std::max(engine.window(), leg + leg / 4 + 1));
    stopped = leg_done && !leg_done(static_cast<double>(engine.now()) * experiment.resolution,
                                    1000 * seconds / (steps * experiment.resolution));
    stopped = ranks.maximum(stopped) != 0;
    if (cut_possible && engine.now() < end) cut_possible(engine.now() == next_cut, stopped);
  }

  io::RunSummary summary;
  summary.state = stopped && engine.now() < end ? "stopped" : "done";
  summary.wall_time_s = elapsed();
  summary.simulated_ms = static_cast<double>(engine.now()) * experiment.resolution;
  summary.real_time_factor = 1000 * summary.wall_time_s /
                             (static_cast<double>(std::max<Step>(1, engine.now() - begin)) * experiment.resolution);
  summary.spikes = engine.spikes();
  summary.synaptic_events = engine.events();
  summary.synapses = engine.synapses();
  summary.peak_memory_bytes = static_cast<std::uint64_t>(ranks.maximum(static_cast<Step>(peak_memory_bytes())));
  summary.threads = threads;
  summary.ranks = ranks.count();
  summary.state_hash = combined_hash(engine.hashes());
  if (!ranks.is_first()) return summary;
  for (const auto& modulator : engine.partitions().front()->modulators())
    summary.metrics["raises_" + modulator.name()] = static_cast<double>(modulator.raises());
  return summary;
}

}  // namespace spikeloom::experiments
