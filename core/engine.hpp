/// Runs partitions through biological time: windows as a task graph, spike exchange, recording.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/leg_part.hpp"
#include "core/partition.hpp"
#include "core/ranks/ranks.hpp"
#include "core/ranks/spike_exchange.hpp"
#include "core/recorder.hpp"
#include "core/state_archive.hpp"

namespace spikeloom {

struct EngineOptions {
  int threads = 1;
  std::vector<NeuronId> first_ids;  // of the populations, and the total at the end
  std::vector<char> record_spikes;  // per population: whether its spikes are handed over
  std::vector<Probe> probes;
  Ranks* ranks = &Ranks::alone();  // where the other partitions of the network are
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
/// With other ranks, for each of them: collect(p, k) after receive(k); send(k) after advance(q, k) for every q;
/// advance(p, k) after send(k - depth), receive(k) after collect(q, k - depth) for every q.
///
/// A window is the shortest delay in the network. Long-lived TBB tasks walk over the nodes; a counter per partition and
/// kind says how far it is, so that a node costs two atomic operations, not a fresh task.
class Engine {
 public:
  Engine(std::vector<std::unique_ptr<Partition>> partitions, EngineOptions options);
  ~Engine();

  // All ranks make these calls together: run_until(), hashes(), saved_state(), restore_state().

  /// Advances to step `end` and returns what happened since the last call, to the first rank: of all ranks; to the
  /// others: nothing but the interval. Hashes are filled if `hash`. An exception of any partition ends the run and is
  /// rethrown.
  Stretch run_until(Step end, bool hash);

  Step now() const noexcept { return now_; }
  Step window() const noexcept { return window_; }
  // Of the whole network, on the first rank; elsewhere of the rank.
  std::uint64_t events() const;  // synaptic events delivered
  std::uint64_t spikes() const noexcept { return spikes_; }
  // Of the whole network, on all ranks.
  std::uint64_t synapses() const noexcept { return synapses_; }
  std::uint64_t synapse_bytes() const noexcept { return synapse_bytes_; }
  Ranks& ranks() const noexcept { return *options_.ranks; }
  /// Those of this rank.
  const std::vector<std::unique_ptr<Partition>>& partitions() const noexcept { return partitions_; }

  /// One XXH3 hash per population and variable, plus one of all its spikes so far; the same for any partitioning.
  /// Nothing on other ranks than the first.
  std::vector<StateHash> hashes() const;
  /// Everything that changes while the network runs, as it is between two calls of run_until(). What is built
  /// (connections, parameters) is not in it. In one process the same for any partitioning; on several ranks each
  /// one's part, of which joined_parts() makes the same. Numbers of the run as a whole (run.*) are in the first one's.
  std::vector<SavedColumn> saved_state();
  /// To be called before the first run_until(): goes on from such a state of the same network, on all ranks from the
  /// same, or each from run.* and its own part if neurons_here() is what it was. FileError if it is another one's.
  void restore_state(std::vector<SavedColumn> columns, StateArchive::Columns what = StateArchive::Columns::whole);
  /// The neurons of this rank as first and count of ascending ranges.
  std::vector<std::uint64_t> neurons_here() const;

  /// The schedule of three windows as Graphviz DOT.
  std::string graph() const;

 private:
  struct Lane;    // a partition with its counters and spike buffers
  struct Border;  // another rank: its spikes
  void work(std::size_t worker);
  bool advance_if_ready(Lane& lane);
  bool collect_if_ready(Lane& lane);
  bool step_lane(Lane& lane);
  bool exchange();
  bool is_exchanged() const noexcept;
  std::span<const Spike> merged(Step window, std::vector<Spike>& out, std::vector<Spike>& spare, bool of_all) const;
  LegPart take_part();
  void hand_over(Stretch& stretch);
  void remember(Lane& lane, std::span<const Spike> spikes, Step now);
  void state(StateArchive& archive);
  std::vector<Spike> run_state(StateArchive& archive);
  std::vector<Spike> recent_spikes();
  void projection_states(StateArchive& archive);
  void row_states(StateArchive& archive, const std::vector<PlasticProjection*>& parts);
  template <class Visit>
  void in_turn(StateArchive& archive, const Visit& visit);
  void agree_on_cursors(StateArchive& archive);
  bool joins_ranks(const StateArchive& archive) const noexcept;
  Step window_begin(Step window) const noexcept { return leg_begin_ + window * window_; }
  Step window_end(Step window) const noexcept { return std::min(leg_begin_ + (window + 1) * window_, leg_end_); }

  std::vector<std::unique_ptr<Partition>> partitions_;
  EngineOptions options_;
  std::vector<std::unique_ptr<Lane>> lanes_;
  std::unique_ptr<SpikeExchange> exchange_;  // null: no other ranks
  std::vector<std::unique_ptr<Border>> borders_;
  std::atomic<Step> sent_ = 0;            // finished windows of the current leg
  std::atomic<bool> exchanging_ = false;  // a worker is in exchange()
  std::vector<Spike> leaving_, spare_;
  int spins_before_nap_ = 0;
  Step window_ = 1, now_ = 0;
  Step leg_begin_ = 0, leg_end_ = 0, leg_windows_ = 0;
  Step memory_ = 0;  // steps for which emitted spikes are remembered: the longest delay
  std::uint64_t synapses_ = 0, synapse_bytes_ = 0;
  std::uint64_t spikes_ = 0, events_before_ = 0;
  std::uint64_t events_elsewhere_ = 0;              // on the first rank: of the others
  std::vector<std::uint64_t> spike_hashes_;         // per population: of the rank, on the first plus those restored
  std::vector<std::uint64_t> spike_hashes_of_all_;  // while state is saved
  std::uint64_t restored_turns_ = 0;
  std::atomic<bool> failed_ = false;
};

}  // namespace spikeloom
