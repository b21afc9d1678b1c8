/// The results directory: run.json, results.h5, reports/*.h5, written so that a killed run leaves whole files.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/recorder.hpp"
#include "networks/protocol_output.hpp"
#include "networks/spec.hpp"

namespace spikeloom::io {

/// What a run was, for run.json (metrics are added by the results themselves and by the caller).
struct RunSummary {
  std::string state = "running";  // running, done, stopped, failed
  double wall_time_s = 0, build_time_s = 0, simulated_ms = 0, real_time_factor = 0;
  std::uint64_t spikes = 0, synaptic_events = 0, synapses = 0;
  std::uint64_t peak_memory_bytes = 0;  // of the rank that needs most
  int threads = 0;                      // of each rank
  int ranks = 1;
  std::string state_hash;  // 16 hex digits
  std::map<std::string, double> metrics;
  std::map<std::string, std::string> files;  // results.h5 and reports/*.h5: the hash of their bytes, 16 hex digits
};

/// Weights of one projection at one time, in order of (source, delay, target).
struct WeightTable {
  std::string projection, from, to, unit;
  double time = 0;                              // ms
  std::vector<std::uint32_t> sources, targets;  // population-local ids
  std::vector<float> weights, delays;           // coherent unit; ms
};

/// Whether the recorder needs the spikes of a population (its spikes or its rate are recorded), per population.
std::vector<bool> observed_populations(const ExperimentSpec& experiment);

/// What merge_segments() has made.
struct MergedSegments {
  bool is_new = false;       // results.h5 was written now; it was there already otherwise
  std::size_t left_out = 0;  // files that are damaged, or come after one that is
};

/// Turns the segments that a killed run left in `directory` into readable results; run.json then says "killed". The
/// segments of a run that has checkpoints stay, so that it can be gone on with, and so do those of which some are
/// damaged. Does nothing if the results are whole already. FileError if there is nothing to merge or the run is still
/// alive.
MergedSegments merge_segments(const std::filesystem::path& directory);

/// What becomes of checkpoints that an earlier run left in the directory: a run that goes on from them keeps them.
enum class OldCheckpoints { discard, keep };

/// How far the files of a run's results reach: what a checkpoint remembers of them.
struct ResultsPosition {
  std::uint64_t segments = 0, weights = 0;  // files of each kind
};

/// What becomes of segments after they have been merged: a run that will be gone on with needs them.
enum class AfterMerge { remove_segments, keep_segments };

/// When a segment is closed: what a kill can lose at most, against files of a useful size.
struct SegmentLimits {
  std::size_t bytes = 32 << 20;
  double seconds = 1;
};

/// Writes a run. Stretches go through a bounded queue to one writer thread as finished segment files
/// (in memory, hash, write, fsync, rename); finish() merges them into the final files.
class Results final : public Recorder, public ProtocolOutput {
 public:
  /// Creates the directory; refuses one that holds another run's results (FileError with a remedy) unless `overwrite`.
  Results(const std::filesystem::path& directory, const ExperimentSpec& experiment, std::vector<Probe> probes,
          bool overwrite, const SegmentLimits& limits = {}, OldCheckpoints checkpoints = OldCheckpoints::discard);
  /// Goes on with the results of a run that was stopped or killed, as they were at `from`: what was written after it is
  /// removed. FileError if something before it is missing or damaged, or another process writes here.
  Results(const std::filesystem::path& directory, const ExperimentSpec& experiment, std::vector<Probe> probes,
          const ResultsPosition& from, const SegmentLimits& limits = {});
  ~Results() override;

  void commit(Stretch&& stretch) override;
  void weights(WeightTable&& table);
  void add(ProtocolItem&& item) override;
  /// Waits until all that was handed over is in files that are whole, and says how many.
  ResultsPosition position();
  /// Drains the queue, merges the segments, computes the metrics of recorded spikes, writes run.json last.
  void finish(RunSummary summary, AfterMerge segments = AfterMerge::remove_segments);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace spikeloom::io
