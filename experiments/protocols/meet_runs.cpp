/// Runs as parallel tasks: each has a place of its own for its results, and shares only the drawn networks.
#include "experiments/protocols/meet_runs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <stdexcept>

#include "core/parallel.hpp"

namespace spikeloom::experiments {
namespace {

/// A network, and what calibration found of it.
struct Drawn {
  std::shared_ptr<const ReservoirNetwork> network;
  std::shared_ptr<const aligned_vector<float>> mean_rates;
};

/// Runs that differ in the rules alone share a network: controls change nothing of it but noise and feedback.
std::string key_of(const MeetRunSpec& spec) {
  return fmt::format("{} {} {}", spec.seed, spec.module.noise, spec.module.feedback);
}

std::map<std::string, Drawn> draw_networks(const std::vector<MeetRunSpec>& specs, std::size_t threads) {
  std::map<std::string, Drawn> drawn;
  std::map<std::string, const MeetRunSpec*> first;
  for (const auto& spec : specs) first.emplace(key_of(spec), &spec), drawn[key_of(spec)];
  std::vector<std::pair<const MeetRunSpec*, Drawn*>> jobs;
  for (auto& [key, place] : drawn) jobs.emplace_back(first.at(key), &place);
  for_each_index(threads, jobs.size(), [&](std::size_t k) {
    const auto& spec = *jobs[k].first;
    auto& place = *jobs[k].second;
    place.network = std::make_shared<const ReservoirNetwork>(spec.module,
                                                             static_cast<std::size_t>(spec.module.channels), spec.seed);
    place.mean_rates = WhatWhenReservoir::calibrate(spec.module, place.network, spec.seed);
  });
  return drawn;
}

class Conductor {
 public:
  Conductor(const MeetRunSpec& spec, const Drawn& drawn)
      : spec_(spec), model_(spec.module, drawn.network, drawn.mean_rates, spec.seed, spec.stream) {}

  /// `trial_over(k, how it goes)` returns false to stop.
  template <class TrialOver>
  MeetRunResult conduct(const TrialOver& trial_over) {
    const int end = spec_.trials_per_block * static_cast<int>(spec_.blocks.size());
    result_.complete = true;
    for (int trial = 0; trial <= end; ++trial) {
      const auto block = static_cast<std::size_t>(std::max(trial - 1, 0) / spec_.trials_per_block);
      if (std::find(spec_.tests.begin(), spec_.tests.end(), trial) != spec_.tests.end()) test(trial, block);
      if (trial < end) train(trial);
      const auto note = result_.tests.empty() ? "" : fmt::format(": NRMSE {:.2f}", result_.tests.back().score.nrmse);
      if (!trial_over(result_.trials, note) && trial < end) {
        result_.complete = false;
        break;
      }
    }
    finish();
    return std::move(result_);
  }

 private:
  void train(int trial) {
    const auto& block = spec_.blocks[static_cast<std::size_t>(trial / spec_.trials_per_block)];
    const auto number = static_cast<std::uint32_t>(trial);
    const auto event = meet_event(spec_.seed, spec_.stream, number, block.p);
    const bool is_open =
        std::find(spec_.open_gates.begin(), spec_.open_gates.end(), static_cast<int>(event)) != spec_.open_gates.end();
    model_.train({number, event, block.due, is_open});
    ++result_.trials;
  }

  /// A test after the last trial of a block is judged by that block's statistics.
  void test(int trial, std::size_t block) {
    MeetTest test{trial, {}, {}};
    std::vector<MeetScore> scores;
    for (int k = 0; k < spec_.test_trials; ++k) {
      const auto seen = model_.test(static_cast<std::uint32_t>(trial * spec_.test_trials + k));
      scores.push_back(meet_score(seen, spec_.blocks[block], spec_.module.sigma_h));
      add_object(seen, test.object);
      ++result_.trials;
    }
    test.score = mean_of(scores);
    result_.tests.push_back(std::move(test));
  }

  void add_object(const WhatWhenReservoir::Test& seen, std::vector<std::vector<double>>& object) const {
    object.resize(seen.when.size());
    for (std::size_t c = 0; c < object.size(); ++c) {
      object[c].resize(seen.when[c].size());
      for (std::size_t t = 0; t < object[c].size(); ++t)
        object[c][t] += seen.what[c] * std::max(static_cast<double>(seen.when[c][t]), 0.0) / spec_.test_trials;
    }
  }

  void finish() {
    const auto neurons = static_cast<std::size_t>(spec_.module.neurons);
    for (std::size_t c = 0; c < static_cast<std::size_t>(spec_.module.channels); ++c) {
      const auto what = model_.what_weights(c).first(neurons), when = model_.when_weights(c).first(neurons);
      result_.what.emplace_back(what.begin(), what.end());
      result_.when.emplace_back(when.begin(), when.end());
    }
    result_.rate = model_.mean_rate();
    result_.hash = state_hash(model_.state());
  }

  const MeetRunSpec& spec_;
  WhatWhenReservoir model_;
  MeetRunResult result_;
};

}  // namespace

const MeetTest& MeetRunResult::after(int trial) const {
  for (const auto& test : tests)
    if (test.trial == trial) return test;
  throw std::logic_error(fmt::format("there was no test after trial {}", trial));
}

std::uint64_t trials_of(const MeetRunSpec& spec) {
  return static_cast<std::uint64_t>(spec.trials_per_block) * spec.blocks.size() +
         spec.tests.size() * static_cast<std::uint64_t>(spec.test_trials);
}

std::vector<MeetRunResult> carry_out(const std::vector<MeetRunSpec>& specs, const ProtocolRun& run) {
  const auto threads = static_cast<std::size_t>(run.threads);
  const auto drawn = draw_networks(specs, threads);
  std::uint64_t total = 0;
  for (const auto& spec : specs) total += trials_of(spec);
  std::vector<MeetRunResult> results(specs.size());
  std::atomic<std::uint64_t> done = 0;
  std::atomic<bool> stopped = false;
  for_each_index(threads, specs.size(), [&](std::size_t k) {
    if (stopped) return;
    Conductor conductor(specs[k], drawn.at(key_of(specs[k])));
    int counted = 0;
    results[k] = conductor.conduct([&](int trials, const std::string& note) {
      const auto now = done += static_cast<std::uint64_t>(trials - counted);
      counted = trials;
      if (!run.progress(now, total, fmt::format("{}, seed {}{}", specs[k].label, specs[k].seed, note))) stopped = true;
      return !stopped;
    });
  });
  return results;
}

}  // namespace spikeloom::experiments
