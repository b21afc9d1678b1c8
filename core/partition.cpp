/// Collect, deliver, advance: one partition on the time grid.
#include "core/partition.hpp"

#include <algorithm>

namespace spikeloom {

GridPartition::GridPartition(std::vector<PlacedSlice> slices, SynapseTable table, Step longest_window)
    : slices_(std::move(slices)),
      table_(std::move(table)),
      calendar_(table_.longest_delay_used() + longest_window),
      slots_(slots_of(slices_)),
      input_(slots_ * block_steps) {}

std::uint32_t GridPartition::slots_of(std::span<const PlacedSlice> slices) {
  std::uint32_t slots = 0;
  for (const auto& slice : slices)
    slots = std::max(slots, slice.first_slot + slice.count * static_cast<std::uint32_t>(slice.neurons->row_count()));
  return slots;
}

float* GridPartition::input_row(Step step) {
  return input_.data() + (static_cast<std::size_t>(step) & (block_steps - 1)) * slots_;
}

void GridPartition::collect(std::span<const Spike> spikes) {
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
}

void GridPartition::advance(Step begin, Step end, std::vector<Spike>& spikes) {
  for (Step step = begin + 1; step <= end; ++step) {
    if (!probes.empty()) sample(step - 1);
    auto& due = calendar_.at(step);
    if (!due.empty()) {
      InputRows rows;
      for (Step place = 0; place < block_steps; ++place)
        rows[static_cast<std::size_t>(place)] = input_row(step + place);
      deliver(due, table_.data(), rows);
      due.clear();
    }
    for (auto& slice : slices_) {
      spiked_.clear();
      slice.neurons->advance(step, input_row(step) + slice.first_slot, spiked_);
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
