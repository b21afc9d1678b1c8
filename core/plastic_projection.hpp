/// What a partition sees of a projection whose weights or delays change: spikes in, input out, weights when asked for.
///
/// The equations, the storage and the order of plastic events are in plasticity/; nothing here knows a rule.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/huge_array.hpp"
#include "core/state_archive.hpp"
#include "core/synapse_table.hpp"
#include "core/types.hpp"

namespace spikeloom {

/// A modulator during one step: constant + decaying * exp(-t / tau), t steps after its begin.
struct ModulatorLevel {
  double constant = 0, decaying = 0;
  double tau = 1;  // steps
  /// In steps in which two populations are compared (core/comparison.hpp), for the target neurons of the slice: the
  /// traces of their counterparts. Empty otherwise.
  std::span<const float> counterparts = {};
};

/// Synapses of one source, as they are handed to readers of weights: of one delay, or each with its own.
struct PlasticRow {
  std::uint32_t source = 0;            // local to the source population
  Step delay = 0;                      // total, axonal and dendritic
  std::span<const Slot> targets;       // local to the slice
  std::span<const float> weights;      // with their sign
  std::span<const float> delays = {};  // total [steps, between grid points], where each synapse has its own
};

/// The synapses of one plastic projection onto one slice of its target population.
class PlasticProjection {
 public:
  virtual ~PlasticProjection() = default;

  /// Enters the spikes of this projection's sources into the calendar. Sorted by time then neuron, windows in order.
  virtual void collect(std::span<const Spike> spikes) = 0;
  /// Whether spikes of this neuron (global id) matter here.
  virtual bool listens_to(NeuronId source) const noexcept = 0;
  /// Brings what arrives at `step` up to date and adds it to the input row of the slice. Steps in order, all of them.
  virtual void deliver(Step step, float* row) = 0;
  /// Neurons of the slice (slice-local, ascending) that have spiked in `step`.
  virtual void target_spikes(Step step, std::span<const std::uint32_t> neurons) = 0;
  /// The projection's modulator from `step` on, for one step; called before deliver(step + 1).
  virtual void modulate(Step step, const ModulatorLevel& level) = 0;

  /// Hands over every synapse with the weight it has after step `now`, sources ascending, delays ascending. Changes
  /// nothing: a run that is read gives the same bits as one that is not.
  virtual void visit(Step now, const std::function<void(const PlasticRow&)>& visitor) const = 0;
  /// The same for any partitioning when summed over partitions (mod 2^64).
  virtual std::uint64_t hash() const = 0;

  // Saving to and restoring from an archive, after step `now`. First state() of all slices, targets ascending; then,
  // for one source after the other, row_state() of all slices; after restoring, collect_again().
  /// All that changes and does not belong to one synapse.
  virtual void state(StateArchive& archive, Step now) = 0;
  /// What changes in the synapses of a source, in order of their targets.
  virtual void row_state(StateArchive& archive, std::uint32_t source) = 0;
  /// When restoring: passes over so many synapses of a source that are on other ranks.
  virtual void skip_row_state(StateArchive& archive, std::size_t synapses) const = 0;
  virtual std::size_t row_synapses(std::uint32_t source) const noexcept = 0;
  virtual std::uint32_t source_count() const noexcept = 0;
  /// Enters the spikes of a restored run that are still under way, in the order of collect().
  virtual void collect_again(std::span<const Spike> spikes, Step now) = 0;
  /// So many steps after it was emitted, nothing remembers a spike as such.
  virtual Step memory_of_spikes() const noexcept = 0;

  /// deliver() of step s needs the target spikes up to step s - longest_lead(), and no later ones; at least 1.
  virtual Step longest_lead() const noexcept = 0;
  virtual Step shortest_delay() const noexcept = 0;  // steps; longest_delay if there are no synapses
  virtual std::uint64_t synapse_count() const noexcept = 0;
  virtual std::uint64_t synapse_bytes() const noexcept = 0;
  virtual std::uint64_t events() const noexcept = 0;
};

/// Those of some spikes in order of time that were emitted after a step.
inline std::span<const Spike> since(std::span<const Spike> spikes, Step step) noexcept {
  const auto first = std::find_if(spikes.begin(), spikes.end(), [&](const Spike& spike) { return spike.step > step; });
  return spikes.subspan(static_cast<std::size_t>(first - spikes.begin()));
}

/// A plastic projection with its place in the partition.
struct PlacedProjection {
  std::unique_ptr<PlasticProjection> synapses;
  std::uint32_t projection = 0;    // index in the network
  std::string name;                // of the projection
  PopulationId population = 0;     // of the targets
  std::uint32_t first_target = 0;  // of the slice, local to its population
  std::size_t slice = 0;           // index of the target slice in the partition
  int row = 0;                     // input row of that slice
  int modulator = -1;              // index of the partition's modulator; -1: none
};

/// A synapse before its segment is made.
struct RawSynapse {
  float weight = 0;
  Slot target = 0;  // local to the slice
  std::uint16_t delay = 0;
};

/// Synapses of one projection onto one slice by source, each row sorted by delay and otherwise in the order in which
/// they were added. Filled in two passes: count() each, allocate(), add() each, finish().
class PlasticSynapseBuilder {
 public:
  explicit PlasticSynapseBuilder(std::uint32_t source_count = 0) : ends_(static_cast<std::size_t>(source_count) + 1) {}

  void count(std::uint32_t source) { ++ends_[source]; }
  void allocate();
  void add(std::uint32_t source, const RawSynapse& synapse) {
    raw()[ends_[source]++] = synapse;
    shortest_ = synapse.delay < shortest_ ? synapse.delay : shortest_;
    longest_ = synapse.delay > longest_ ? synapse.delay : longest_;
  }
  void finish();

  std::uint32_t source_count() const noexcept { return static_cast<std::uint32_t>(ends_.size() - 1); }
  std::uint64_t synapse_count() const noexcept { return total_; }
  std::span<const RawSynapse> row(std::uint32_t source) const noexcept {
    return {raw() + (source == 0 ? 0 : ends_[source - 1]), raw() + ends_[source]};
  }
  Step shortest_delay() const noexcept { return shortest_; }  // steps; longest_delay if empty
  Step longest_delay_used() const noexcept { return longest_; }

 private:
  RawSynapse* raw() const noexcept { return reinterpret_cast<RawSynapse*>(memory_.data()); }

  HugeMemory memory_;
  std::vector<std::uint64_t> ends_;  // counts, then next free place, then the end of each row
  std::uint64_t total_ = 0;
  Step shortest_ = longest_delay, longest_ = 0;
};

}  // namespace spikeloom
