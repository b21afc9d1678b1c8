/// What is in a results directory: how a run stands that may be over, under way, or dead; and whether its files are
/// whole.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace spikeloom::io {

struct RunStatus {
  /// done, running, stopped (with a checkpoint), failed, or killed: what run.json says, unless it says "running" of a
  /// process that is gone.
  std::string state;
  double recorded_ms = 0;                    // of biological time: what the results, or whole segments, reach to
  double duration_ms = 0;                    // of the experiment; 0 if it is not known
  bool has_checkpoint = false;               // a whole one
  std::optional<double> checkpoint_ms = {};  // of a network's checkpoint
};

/// FileError if the directory does not hold a run.
RunStatus run_status(const std::filesystem::path& directory);

/// A file of a run and what is wrong with it; "" if it is whole.
struct CheckedFile {
  std::filesystem::path path;
  std::string problem;
};

/// Reads every file of a run: segments and checkpoints against the hash in their names, results, reports and run.json
/// as far as they can be parsed. Files on their way (".NAME.partial") are none of the run's.
std::vector<CheckedFile> check_run(const std::filesystem::path& directory);

}  // namespace spikeloom::io
