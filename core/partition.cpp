/// Collect, deliver, advance: one partition on the time grid.
#include "core/partition.hpp"

#include <algorithm>
#include <bit>

namespace spikeloom {

GridPartition::GridPartition(std::vector<PlacedSlice> slices, SynapseTable table, Step longest_window)
    : slices_(std::move(slices)),
      table_(std::move(table)),
      calendar_(table_.form() == SynapseTable::Form::segments ? table_.longest_delay_used() + longest_window : 0),
      slots_(slots_of(slices_)),
      ring_depth_(table_.form() == SynapseTable::Form::segments
                      ? 1
                      : std::bit_ceil(static_cast<std::size_t>(table_.longest_delay_used() + longest_window) + 1)),
      input_(slots_ * ring_depth_) {}

std::uint32_t GridPartition::slots_of(std::span<const PlacedSlice> slices) {
  std::uint32_t slots = 0;
  for (const auto& slice : slices)
    slots = std::max(slots, slice.first_slot + slice.count * static_cast<std::uint32_t>(slice.neurons->row_count()));
  return slots;
}

float* GridPartition::input_row(Step step) {
  return input_.data() + (static_cast<std::size_t>(step) & (ring_depth_ - 1)) * slots_;
}

void GridPartition::collect(std::span<const Spike> spikes) {
  if (table_.form() == SynapseTable::Form::segments) {
    // Directories lie scattered over memory: their rows are fetched some spikes ahead, in two stages.
    constexpr std::size_t rows_ahead = 8, segments_ahead = 4;
    for (std::size_t k = 0; k < spikes.size(); ++k) {
      if (k + rows_ahead < spikes.size()) table_.prefetch_row(spikes[k + rows_ahead].neuron);
      if (k + segments_ahead < spikes.size()) table_.prefetch_segments(spikes[k + segments_ahead].neuron);
      const auto& spike = spikes[k];
      for (const auto& segment : table_.segments_of(spike.neuron)) {
        calendar_.add(spike.step + segment.delay, segment);
        events_ += segment.count;
      }
    }
    return;
  }
  for (const auto& spike : spikes) {
    const auto row = table_.row_of(spike.neuron);
    const auto mask = ring_depth_ - 1;
    const auto step = static_cast<std::size_t>(spike.step);
    float* const ring = input_.data();
    for (const auto& synapse : row) ring[((step + synapse.delay) & mask) * slots_ + synapse.slot] += synapse.weight;
    events_ += row.size();
  }
}

void GridPartition::advance(Step begin, Step end, std::vector<Spike>& spikes) {
  for (Step step = begin + 1; step <= end; ++step) {
    if (!probes.empty()) sample(step - 1);
    float* const row = input_row(step);
    if (table_.form() == SynapseTable::Form::segments) {
      auto& due = calendar_.at(step);
      deliver(due, table_.data(), row);
      due.clear();
    }
    for (auto& slice : slices_) {
      spiked_.clear();
      slice.neurons->advance(step, row + slice.first_slot, spiked_);
      for (const auto index : spiked_) spikes.push_back({step, slice.first_global + index, 0});
    }
  }
}

void GridPartition::sample(Step step) {
  for (auto& piece : probes) {
    if (step % piece.every != 0) continue;
    const auto slice =
        std::find_if(slices_.begin(), slices_.end(), [&](const auto& s) { return s.population == piece.population; });
    piece.values.resize(piece.values.size() + piece.neurons.size());
    slice->neurons->read(piece.variable, piece.neurons, std::span(piece.values).last(piece.neurons.size()));
  }
}

Partition::Target GridPartition::target_of(Slot slot) const {
  for (const auto& slice : slices_) {
    const auto rows = static_cast<std::uint32_t>(slice.neurons->row_count());
    if (slot < slice.first_slot || slot >= slice.first_slot + rows * slice.count) continue;
    const auto place = slot - slice.first_slot;
    return {slice.population, slice.first + place % slice.count, static_cast<int>(place / slice.count)};
  }
  return {};
}

std::vector<Partition::PopulationColumn> GridPartition::state_columns() {
  std::vector<PopulationColumn> columns;
  for (auto& slice : slices_)
    for (const auto& column : slice.neurons->state_columns())
      columns.push_back({slice.population, column.name, column.bytes});
  return columns;
}

}  // namespace spikeloom
