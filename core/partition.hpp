/// The unit of parallel work: some target neurons with everything that arrives at them.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "core/aligned.hpp"
#include "core/calendar.hpp"
#include "core/model.hpp"
#include "core/modulator.hpp"
#include "core/plastic_projection.hpp"
#include "core/synapse_table.hpp"

namespace spikeloom {

/// Neurons that follow each other.
struct NeuronRange {
  NeuronId first = 0;  // global id
  std::uint32_t count = 0;
};

/// The part of a probe that falls into one partition and population slice.
struct ProbePiece {
  std::size_t probe = 0;  // index into the engine's probes
  PopulationId population = 0;
  int variable = 0;
  std::vector<std::uint32_t> neurons;  // slice-local, ascending
  std::size_t column = 0;              // place of the first of them in the probe's frame
  Step every = 1;
  std::vector<float> values;  // frames sampled since the last hand-over, row-major
};

/// Neurons of several populations with their incoming synapses. Between windows it sees nothing of other partitions.
class Partition {
 public:
  virtual ~Partition() = default;

  /// Enters spikes of all partitions, sorted by time then source, into the calendar. Called in order of windows.
  virtual void collect(std::span<const Spike> spikes) = 0;
  /// Advances over the steps (begin, end] and appends this partition's spikes, sorted by time then neuron.
  virtual void advance(Step begin, Step end, std::vector<Spike>& spikes) = 0;

  /// Saves or restores, after step `now`, the slices of a population. Restored partitions are freshly built ones.
  virtual void neuron_state(StateArchive& archive, PopulationId population, Step now) = 0;
  /// After restoring: spikes up to step `now`, in the order of collect(), of which some are still under way.
  virtual void collect_again(std::span<const Spike> spikes, Step now) = 0;
  /// So many steps after it was emitted, nothing remembers a spike as such.
  virtual Step memory_of_spikes() const noexcept = 0;

  /// Shortest delay of any synapse onto this partition [steps]; `longest_delay` if there is none.
  virtual Step shortest_delay() const noexcept = 0;
  virtual std::uint64_t synapse_count() const noexcept = 0;
  virtual std::uint64_t synapse_bytes() const noexcept = 0;
  /// Synaptic events so far: synapses of all spikes collected, counted when they enter the calendar.
  virtual std::uint64_t events() const noexcept = 0;

  /// The partition's neurons.
  virtual std::vector<NeuronRange> neurons() const = 0;
  /// Whether collect() does anything with spikes of this neuron.
  virtual bool listens_to(NeuronId source) const = 0;

  /// The static synapses onto this partition.
  virtual const SynapseTable& table() const noexcept = 0;
  /// The plastic ones, in order of projection and slice.
  virtual std::span<const PlacedProjection> plastic() const noexcept { return {}; }
  /// Modulators, alike in every partition; amounts may be added to them between two calls of advance().
  virtual std::span<Modulator> modulators() noexcept { return {}; }
  /// Population and population-local neuron of an input slot.
  struct Target {
    PopulationId population;
    std::uint32_t neuron;
    int row;
  };
  virtual Target target_of(Slot slot) const = 0;

  struct PopulationColumn {
    PopulationId population;
    std::string_view variable;
    std::span<const std::byte> bytes;
  };
  /// Raw state by population and column, for hashing.
  virtual std::vector<PopulationColumn> state_columns() = 0;

  /// Probes sampled inside advance(); the engine takes the values at hand-over.
  std::vector<ProbePiece> probes;
};

/// A slice (of neurons on the grid, or of exact ones) with its place in the partition.
template <class Neurons>
struct Placed {
  std::unique_ptr<Neurons> neurons;
  PopulationId population = 0;
  NeuronId first_global = 0;           // global id of its first neuron
  std::uint32_t first = 0, count = 0;  // population-local
  std::uint32_t first_slot = 0;        // its rows lie one after the other from here

  std::uint32_t slot_count() const noexcept { return count * static_cast<std::uint32_t>(neurons->row_count()); }
};
using PlacedSlice = Placed<NeuronSlice>;

/// The neurons of these slices.
template <class Neurons>
std::vector<NeuronRange> neurons_of(const std::vector<Placed<Neurons>>& slices) {
  std::vector<NeuronRange> ranges;
  for (const auto& slice : slices) ranges.push_back({slice.first_global, slice.count});
  return ranges;
}

/// What an input slot of these slices belongs to.
template <class Neurons>
Partition::Target target_in(const std::vector<Placed<Neurons>>& slices, Slot slot) noexcept {
  for (const auto& slice : slices) {
    if (slot < slice.first_slot || slot >= slice.first_slot + slice.slot_count()) continue;
    const auto place = slot - slice.first_slot;
    return {slice.population, slice.first + place % slice.count, static_cast<int>(place / slice.count)};
  }
  return {};
}

/// Partition on the time grid.
class GridPartition final : public Partition {
 public:
  /// `slices` in order of population; `longest_window` [steps] bounds advance().
  GridPartition(std::vector<PlacedSlice> slices, SynapseTable table, Step longest_window,
                std::vector<PlacedProjection> plastic = {}, std::vector<Modulator> modulators = {});

  void collect(std::span<const Spike> spikes) override;
  void advance(Step begin, Step end, std::vector<Spike>& spikes) override;
  void neuron_state(StateArchive& archive, PopulationId population, Step now) override;
  void collect_again(std::span<const Spike> spikes, Step now) override;
  Step memory_of_spikes() const noexcept override;
  Step shortest_delay() const noexcept override;
  std::uint64_t synapse_count() const noexcept override;
  std::uint64_t synapse_bytes() const noexcept override;
  std::uint64_t events() const noexcept override;
  std::vector<NeuronRange> neurons() const override { return neurons_of(slices_); }
  bool listens_to(NeuronId source) const override;
  const SynapseTable& table() const noexcept override { return table_; }
  std::span<const PlacedProjection> plastic() const noexcept override { return plastic_; }
  std::span<Modulator> modulators() noexcept override { return modulators_; }
  Target target_of(Slot slot) const override { return target_in(slices_, slot); }
  std::vector<PopulationColumn> state_columns() override;

  /// Input slots that slices of these sizes and row counts need.
  static std::uint32_t slots_of(std::span<const PlacedSlice> slices);

 private:
  void deliver_due(Step step);
  void advance_block(Step begin, Step end, std::vector<Spike>& spikes);
  Step next_sample(Step step) const;
  void sample(Step step);
  void deliver_plastic(Step step);
  void modulate(Step step);
  float* input_row(Step step);

  std::vector<PlacedSlice> slices_;
  SynapseTable table_;
  std::vector<PlacedProjection> plastic_;
  std::vector<Modulator> modulators_;
  Calendar calendar_;
  Step longest_block_;  // steps that are advanced together
  std::size_t slots_, rows_;
  aligned_vector<float> input_;                     // a ring of `rows_` rows of `slots_`
  std::vector<std::vector<std::uint32_t>> spiked_;  // per slice and step of the block
  std::uint64_t events_ = 0;
};

}  // namespace spikeloom
