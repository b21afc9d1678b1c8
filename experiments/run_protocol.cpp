/// Between a protocol and the rest of the house: passes on what it says, hashes its states, counts its time.
#include "experiments/run_protocol.hpp"

#include <fmt/format.h>
#include <xxhash.h>

#include <chrono>

#include "experiments/simulate.hpp"

namespace spikeloom::experiments {
namespace {

/// Passes everything on and keeps the hashes.
class Hashing final : public ProtocolOutput {
 public:
  explicit Hashing(ProtocolOutput* next) : next_(next) {}
  void add(ProtocolItem&& item) override {
    if (const auto* state = std::get_if<NamedHash>(&item))
      text_ += fmt::format("{} {:016x}\n", state->name, state->hash);
    if (next_) next_->add(std::move(item));
  }
  std::string combined() const { return fmt::format("{:016x}", XXH3_64bits(text_.data(), text_.size())); }

 private:
  ProtocolOutput* next_;
  std::string text_;
};

}  // namespace

io::RunSummary run_protocol(const ExperimentSpec& experiment, int threads, ProtocolOutput* output,
                            const TrialsDone& trials_done, const std::string& data, Checkpoints* checkpoints,
                            Ranks& ranks) {
  const auto start = std::chrono::steady_clock::now();
  Hashing hashing(output);
  const auto progress = [&](std::uint64_t done, std::uint64_t total, const std::string& note) {
    if (!trials_done) return true;
    const double fraction = static_cast<double>(done) / static_cast<double>(std::max<std::uint64_t>(total, 1));
    return trials_done(fraction, fmt::format("trial {} of {}{}{}", done, total, note.empty() ? "" : ", ", note));
  };
  const auto outcome = find_protocol(experiment.protocol->name)
                           ->run({experiment, threads, hashing, progress, data, checkpoints, &ranks});

  io::RunSummary summary;
  summary.state = outcome.stopped ? "stopped" : "done";
  summary.wall_time_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  summary.simulated_ms = outcome.simulated_ms;
  if (outcome.simulated_ms > 0) summary.real_time_factor = 1000 * summary.wall_time_s / outcome.simulated_ms;
  summary.peak_memory_bytes = peak_memory_bytes();
  summary.threads = threads;
  summary.state_hash = hashing.combined();
  summary.metrics = outcome.timings;
  return summary;
}

}  // namespace spikeloom::experiments
