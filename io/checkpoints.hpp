/// The checkpoints of a run: DIR/checkpoints/state-<number>-<hash>.h5, of which the newest two are kept.
///
///     /                    attributes version (of this layout), spikeloom (of the program)
///     /experiment          text: the experiment as YAML, with all defaults
///     /state/<name>        f64, f32 or u64 of any shape, attribute order
///     /parts               where several ranks wrote it: names of files beside it, one per rank
///
/// What several ranks have, each writes itself, all at the same time: part-<number>-<hash>.h5, /state as above,
/// attribute rank. The file that names the parts comes last; without it they are no checkpoint.
#pragma once

#include <atomic>
#include <chrono>
#include <filesystem>

#include "core/ranks/ranks.hpp"
#include "networks/checkpoint.hpp"

namespace spikeloom::io {

namespace hdf5 {
class Reader;
}

/// A checkpoint as read: the experiment that it belongs to, and its state; without arrays at the begin of a run.
struct Checkpoint {
  std::string experiment;
  SavedState state;
  std::vector<std::filesystem::path> parts = {};  // of the ranks that wrote it; whole when it was read
};

/// The newest whole checkpoint of a results directory; one that is damaged is passed over. All ranks of a run ask
/// together, and get the same. FileError if there is none, or another version wrote it.
Checkpoint read_checkpoint(const std::filesystem::path& directory, Ranks& ranks = Ranks::alone());
/// One rank's part. FileError if it is damaged.
SavedState read_part(const std::filesystem::path& file);
/// Whether a checkpoint's parts, if it has any, are whole. `checkpoint`: the file that names them.
bool has_its_parts(const hdf5::Reader& file, const std::filesystem::path& checkpoint);

/// Removes those of a run that is done.
void remove_checkpoints(const std::filesystem::path& directory);

/// Writes those of a run. Results::Results must have made room in the directory before.
class CheckpointFiles final : public Checkpoints {
 public:
  /// `experiment` is its expanded text; `from` what the run goes on from, if it does. A state is written if the last
  /// one was longer ago than `every`, and than twenty times what writing it took; with 0 always. On several `ranks`
  /// each one makes such an object; the first rank's directory counts.
  CheckpointFiles(const std::filesystem::path& directory, std::string experiment, Checkpoint from = {},
                  std::chrono::milliseconds every = std::chrono::seconds(1), Ranks& ranks = Ranks::alone());

  const SavedState& resumed() const noexcept override { return resumed_; }
  bool is_due() const override { return asked_ || Clock::now() >= due_; }
  /// The user wants one now. Any thread.
  void ask() noexcept { asked_ = true; }
  void write(const std::function<void(StateList&)>& list) override { write_parts(list, {}); }
  /// Called by all ranks together: what all have in common, which the first one lists, and what each has of its own.
  void write_parts(const std::function<void(StateList&)>& common, const std::vector<StateArray>& own);
  /// After the end of the run: nothing is left to go on from.
  void remove();

 private:
  using Clock = std::chrono::steady_clock;

  void remove_old() const;

  std::filesystem::path directory_;
  Ranks* ranks_;
  std::string experiment_;
  SavedState resumed_;
  std::size_t next_ = 0;
  Clock::duration every_;
  Clock::time_point due_ = Clock::time_point::min();
  std::atomic<bool> asked_ = false;
};

}  // namespace spikeloom::io
