/// The checkpoints of a run: DIR/checkpoints/state-<number>-<hash>.h5, of which the newest two are kept.
///
///     /                    attributes version (of this layout), spikeloom (of the program)
///     /experiment          text: the experiment as YAML, with all defaults
///     /state/<name>        f64, f32 or u64 of any shape, attribute order
#pragma once

#include <atomic>
#include <chrono>
#include <filesystem>

#include "networks/checkpoint.hpp"

namespace spikeloom::io {

/// A checkpoint as read: the experiment that it belongs to, and its state; without arrays at the begin of a run.
struct Checkpoint {
  std::string experiment;
  SavedState state;
};

/// The newest whole checkpoint of a results directory; one that is damaged is passed over. FileError if there is none,
/// or another version wrote it.
Checkpoint read_checkpoint(const std::filesystem::path& directory);

/// Removes those of a run that is done.
void remove_checkpoints(const std::filesystem::path& directory);

/// Writes those of a run. Results::Results must have made room in the directory before.
class CheckpointFiles final : public Checkpoints {
 public:
  /// `experiment` is its expanded text; `from` what the run goes on from, if it does. A state is written if the last
  /// one was longer ago than `every`, and than twenty times what writing it took; with 0 always.
  CheckpointFiles(const std::filesystem::path& directory, std::string experiment, Checkpoint from = {},
                  std::chrono::milliseconds every = std::chrono::seconds(1));

  const SavedState& resumed() const noexcept override { return resumed_; }
  bool is_due() const override { return asked_ || Clock::now() >= due_; }
  /// The user wants one now. Any thread.
  void ask() noexcept { asked_ = true; }
  void write(const std::function<void(StateList&)>& list) override;
  /// After the end of the run: nothing is left to go on from.
  void remove();

 private:
  using Clock = std::chrono::steady_clock;

  std::filesystem::path directory_;
  std::string experiment_;
  SavedState resumed_;
  std::size_t next_ = 0;
  Clock::duration every_;
  Clock::time_point due_ = Clock::time_point::min();
  std::atomic<bool> asked_ = false;
};

}  // namespace spikeloom::io
