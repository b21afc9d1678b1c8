/// The partition of `timing: exact`: its cost is that of its events.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "core/exact/exact_slice.hpp"
#include "core/partition.hpp"

namespace spikeloom {

using PlacedExactSlice = Placed<ExactSlice>;

/// A spike sent at step * resolution - before arrives at (step + delay) * resolution - before: delays are whole steps.
class ExactPartition final : public Partition {
 public:
  /// `slices` in order of population and of slots; `longest_window` [steps] bounds
  /// advance().
  ExactPartition(std::vector<PlacedExactSlice> slices, SynapseTable table, Step longest_window);

  void collect(std::span<const Spike> spikes) override;
  void advance(Step begin, Step end, std::vector<Spike>& spikes) override;
  void neuron_state(StateArchive& archive, PopulationId population, Step now) override;
  void collect_again(std::span<const Spike> spikes, Step now) override;
  Step memory_of_spikes() const noexcept override { return table_.longest_delay_used(); }
  Step shortest_delay() const noexcept override { return table_.shortest_delay(); }
  std::uint64_t synapse_count() const noexcept override { return table_.synapse_count(); }
  std::uint64_t synapse_bytes() const noexcept override { return table_.bytes(); }
  std::uint64_t events() const noexcept override { return events_; }
  std::vector<NeuronRange> neurons() const override { return neurons_of(slices_); }
  bool listens_to(NeuronId source) const override { return !table_.segments_of(source).empty(); }
  const SynapseTable& table() const noexcept override { return table_; }
  Target target_of(Slot slot) const override { return target_in(slices_, slot); }
  std::vector<PopulationColumn> state_columns() override;

 private:
  struct Due {
    SegmentAddress address;
    std::uint16_t count = 0;           // synapses of the segment
    std::uint16_t begin = 0, end = 0;  // those of them that are due
    double before = 0;
  };
  std::vector<Due>& due_at(Step step) noexcept {
    return calendar_[static_cast<std::size_t>(step) & (calendar_.size() - 1)];
  }
  std::uint64_t enter(std::span<const Spike> spikes, Step after);
  void advance_without_probes(Step begin, Step end, std::vector<Spike>& spikes);
  const PlacedExactSlice& slice_of(std::uint32_t slot) const;
  void deliver(Step step);
  void sample(Step step);
  Step next_sample(Step after, Step end) const;

  std::vector<PlacedExactSlice> slices_;
  SynapseTable table_;
  std::vector<std::vector<Due>> calendar_;  // by step, in canonical order: emission time, then source
  std::uint64_t events_ = 0;
};

}  // namespace spikeloom
