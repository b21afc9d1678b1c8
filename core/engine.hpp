/// Runs partitions through biological time: windows as a task graph, spike exchange, recording.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/partition.hpp"
#include "core/recorder.hpp"
#include "core/state_archive.hpp"

namespace spikeloom {

struct EngineOptions {
  int threads = 1;
  std::vector<NeuronId> first_ids;  // of the populations, and the total at the end
  std::vector<char> record_spikes;  // per population: whether its spikes are handed over
  std::vector<Probe> probes;
};

/// Owns the partitions of this process and the schedule.
///
/// The schedule is a task graph. Its nodes are, for every partition p and window k, `advance(p, k)` and `collect(p,
/// k)`; its edges, written once:
///
///   1. advance(p, k) after advance(p, k - 1)
///   2. advance(p, k) after collect(p, j) for every j <= k - slack(p): all that can arrive in window k is in the
///   calendar;
///      slack(p) = floor(shortest delay onto p / window), at least 1
///   3. collect(p, k) after collect(p, k - 1), and after advance(q, k) for every partition q
///   4. advance(p, k) after collect(q, k - depth) for every q: the buffer of window k - depth is free again
///
/// A window is the shortest delay in the network. Long-lived TBB tasks walk over the nodes; a counter per partition and
/// kind says how far it is, so that a node costs two atomic operations, not a fresh task.
class Engine {
 public:
  Engine(std::vector<std::unique_ptr<Partition>> partitions, EngineOptions options);
  ~Engine();

  /// Advances to step `end` and returns what happened since the last call. Hashes are filled if `hash`.
  /// An exception of any partition ends the run and is rethrown.
  Stretch run_until(Step end, bool hash);

  Step now() const noexcept { return now_; }
  Step window() const noexcept { return window_; }
  std::uint64_t events() const;  // synaptic events delivered
  std::uint64_t synapses() const;
  std::uint64_t synapse_bytes() const;
  std::uint64_t spikes() const noexcept { return spikes_; }
  const std::vector<std::unique_ptr<Partition>>& partitions() const noexcept { return partitions_; }

  /// One XXH3 hash per population and variable, plus one of all its spikes so far; the same for any partitioning.
  std::vector<StateHash> hashes() const;
  /// Everything that changes while the network runs, as it is between two calls of run_until(); the same for any
  /// partitioning. What is built (connections, parameters) is not in it.
  std::vector<SavedColumn> saved_state();
  /// To be called before the first run_until(): goes on from such a state of the same network. FileError if it is
  /// another one's.
  void restore_state(std::vector<SavedColumn> columns);

  /// The schedule of three windows as Graphviz DOT.
  std::string graph() const;

 private:
  struct Lane;  // a partition with its counters and spike buffers
  void work(std::size_t worker);
  bool advance_if_ready(Lane& lane);
  bool collect_if_ready(Lane& lane);
  bool step_lane(Lane& lane);
  std::span<const Spike> merged(Step window, Lane& lane) const;
  void hand_over(Stretch& stretch);
  void remember(Lane& lane, std::span<const Spike> spikes, Step now);
  void state(StateArchive& archive);
  void projection_states(StateArchive& archive);
  Step window_begin(Step window) const noexcept { return leg_begin_ + window * window_; }
  Step window_end(Step window) const noexcept { return std::min(leg_begin_ + (window + 1) * window_, leg_end_); }

  std::vector<std::unique_ptr<Partition>> partitions_;
  EngineOptions options_;
  std::vector<std::unique_ptr<Lane>> lanes_;
  Step window_ = 1, now_ = 0;
  Step leg_begin_ = 0, leg_end_ = 0, leg_windows_ = 0;
  Step memory_ = 0;  // steps for which emitted spikes are remembered: the longest delay
  std::uint64_t spikes_ = 0, events_before_ = 0;
  std::vector<std::uint64_t> spike_hashes_;  // per population
  std::atomic<bool> failed_ = false;
};

/// The largest window that no spike can cross: the shortest delay onto any partition [steps], or `otherwise` if there
/// are no synapses.
Step window_of(std::span<const std::unique_ptr<Partition>> partitions, Step otherwise);

}  // namespace spikeloom
