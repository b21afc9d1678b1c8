/// A run of the task as steps: trial for trial, a test before some of them.
#include "experiments/protocols/meet_runs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <mutex>
#include <stdexcept>

#include "experiments/protocols/stepped_runs.hpp"

namespace spikeloom::experiments {
namespace {

using ScoreNumbers = std::array<double, sizeof(MeetScore) / sizeof(double)>;

/// A network, and what calibration found of it: drawn by the first run that needs it, shared by all that have its key.
struct Drawn {
  std::once_flag once;
  std::shared_ptr<const ReservoirNetwork> network;
  std::shared_ptr<const aligned_vector<float>> mean_rates;

  void draw(const MeetRunSpec& spec) {
    std::call_once(once, [&] {
      network = std::make_shared<const ReservoirNetwork>(spec.module, static_cast<std::size_t>(spec.module.channels),
                                                         spec.seed);
      mean_rates = WhatWhenReservoir::calibrate(spec.module, network, spec.seed);
    });
  }
};

/// Runs that differ in the rules alone share a network: controls change nothing of it but noise and feedback.
std::string key_of(const MeetRunSpec& spec) {
  return fmt::format("{} {} {}", spec.seed, spec.module.noise, spec.module.feedback);
}

class MeetRun final : public SteppedRun {
 public:
  MeetRun(const MeetRunSpec& spec, Drawn& drawn)
      : spec_(spec),
        drawn_(drawn),
        channels_(static_cast<std::size_t>(spec.module.channels)),
        neurons_(static_cast<std::size_t>(spec.module.neurons)),
        bins_(static_cast<std::size_t>(std::lround(spec.module.trial))),
        scores_(spec.tests.size() * ScoreNumbers().size()),
        objects_(spec.tests.size() * channels_ * bins_),
        what_(channels_ * neurons_),
        when_(what_.size()) {}

  std::uint64_t steps() const override {
    return static_cast<std::uint64_t>(spec_.trials_per_block) * spec_.blocks.size() + 1;
  }

  void begin() override {
    drawn_.draw(spec_);
    model_.emplace(spec_.module, drawn_.network, drawn_.mean_rates, spec_.seed, spec_.stream);
  }

  void step(std::uint64_t number) override {
    const auto trial = static_cast<int>(number);
    const auto block = static_cast<std::size_t>(std::max(trial - 1, 0) / spec_.trials_per_block);
    if (std::find(spec_.tests.begin(), spec_.tests.end(), trial) != spec_.tests.end()) test(trial, block);
    if (number + 1 < steps()) train(trial);
  }

  void end() override {
    for (std::size_t c = 0; c < channels_; ++c) {
      const auto at = static_cast<std::ptrdiff_t>(c * neurons_);
      std::copy_n(model_->what_weights(c).begin(), neurons_, what_.begin() + at);
      std::copy_n(model_->when_weights(c).begin(), neurons_, when_.begin() + at);
    }
    rate_ = {model_->mean_rate()};
    counters_[2] = state_hash(model_->state());
    model_.reset();
  }

  void state(StateArchive& archive) override { list(archive, model_->state()); }
  void results(StateArchive& archive) override {
    archive.column("scores", scores_);
    archive.column("objects", objects_);
    archive.column("what", what_);
    archive.column("when", when_);
    archive.column("rate", rate_);
    archive.column("counters", counters_);
  }

  std::string note(std::uint64_t) const override {
    return fmt::format("{}, seed {}{}", spec_.label, spec_.seed,
                       tests() == 0 ? "" : fmt::format(": NRMSE {:.2f}", score(tests() - 1).nrmse));
  }

  MeetRunResult result(bool complete) const {
    MeetRunResult result;
    for (std::size_t k = 0; k < tests(); ++k) {
      auto& test = result.tests.emplace_back(MeetTest{spec_.tests[k], score(k), {}});
      for (std::size_t c = 0; c < channels_; ++c)
        test.object.push_back(part(objects_, (k * channels_ + c) * bins_, bins_));
    }
    for (std::size_t c = 0; c < channels_; ++c) {
      result.what.push_back(part(what_, c * neurons_, neurons_));
      result.when.push_back(part(when_, c * neurons_, neurons_));
    }
    result.rate = rate_[0];
    result.hash = counters_[2];
    result.trials = static_cast<int>(counters_[0]);
    result.complete = complete;
    return result;
  }

 private:
  static std::vector<double> part(const std::vector<double>& of, std::size_t first, std::size_t count) {
    const auto begin = of.begin() + static_cast<std::ptrdiff_t>(first);
    return {begin, begin + static_cast<std::ptrdiff_t>(count)};
  }

  std::size_t tests() const { return counters_[1]; }
  MeetScore score(std::size_t k) const {
    ScoreNumbers numbers;
    std::copy_n(scores_.begin() + static_cast<std::ptrdiff_t>(k * numbers.size()), numbers.size(), numbers.begin());
    return std::bit_cast<MeetScore>(numbers);
  }

  void train(int trial) {
    const auto& block = spec_.blocks[static_cast<std::size_t>(trial / spec_.trials_per_block)];
    const auto number = static_cast<std::uint32_t>(trial);
    const auto event = meet_event(spec_.seed, spec_.stream, number, block.p);
    const bool is_open =
        std::find(spec_.open_gates.begin(), spec_.open_gates.end(), static_cast<int>(event)) != spec_.open_gates.end();
    model_->train({number, event, block.due, is_open});
    ++counters_[0];
  }

  /// A test after the last trial of a block is judged by that block's statistics.
  void test(int trial, std::size_t block) {
    std::vector<MeetScore> scores;
    double* object = objects_.data() + tests() * channels_ * bins_;
    for (int k = 0; k < spec_.test_trials; ++k) {
      const auto seen = model_->test(static_cast<std::uint32_t>(trial * spec_.test_trials + k));
      scores.push_back(meet_score(seen, spec_.blocks[block], spec_.module.sigma_h));
      for (std::size_t c = 0; c < channels_; ++c)
        for (std::size_t t = 0; t < bins_; ++t)
          object[c * bins_ + t] +=
              seen.what[c] * std::max(static_cast<double>(seen.when[c][t]), 0.0) / spec_.test_trials;
      ++counters_[0];
    }
    const auto numbers = std::bit_cast<ScoreNumbers>(mean_of(scores));
    std::copy(numbers.begin(), numbers.end(), scores_.begin() + static_cast<std::ptrdiff_t>(tests() * numbers.size()));
    ++counters_[1];
  }

  const MeetRunSpec& spec_;
  Drawn& drawn_;
  std::size_t channels_, neurons_, bins_;
  std::optional<WhatWhenReservoir> model_;
  std::vector<double> scores_, objects_;             // [test][number], [test][channel][ms]
  std::vector<double> what_, when_, rate_ = {0};     // [channel][neuron], after the last trial
  std::vector<std::uint64_t> counters_ = {0, 0, 0};  // trials, tests, hash after the last trial
};

}  // namespace

const MeetTest& MeetRunResult::after(int trial) const {
  for (const auto& test : tests)
    if (test.trial == trial) return test;
  throw std::logic_error(fmt::format("there was no test after trial {}", trial));
}

std::vector<MeetRunResult> carry_out(const std::vector<MeetRunSpec>& specs, const ProtocolRun& run) {
  std::map<std::string, Drawn> drawn;
  std::vector<std::unique_ptr<SteppedRun>> runs;
  for (const auto& spec : specs) runs.push_back(std::make_unique<MeetRun>(spec, drawn[key_of(spec)]));
  const bool complete = carry_out(runs, run);
  std::vector<MeetRunResult> results;
  for (const auto& one : runs) results.push_back(static_cast<const MeetRun&>(*one).result(complete));
  return results;
}

}  // namespace spikeloom::experiments
