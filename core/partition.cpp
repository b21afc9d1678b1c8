/// Collect, deliver, advance: one partition on the time grid.
#include "core/partition.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <string>

#include "core/state_archive.hpp"

namespace spikeloom {

namespace {

/// Within a window, all input is known beforehand: so many steps are delivered first, then neurons are advanced through
/// all of them a tile at a time. More would push the input rows out of the cache.
constexpr Step most_steps_together = 8;

/// Synapses that learn may have to know the target spikes of a block before the block is over.
Step longest_block(std::span<const PlacedProjection> plastic, Step longest_window) {
  Step longest = std::min(longest_window, most_steps_together);
  for (const auto& projection : plastic) longest = std::min(longest, projection.synapses->longest_lead());
  return longest;
}

}  // namespace

GridPartition::GridPartition(std::vector<PlacedSlice> slices, SynapseTable table, Step longest_window,
                             std::vector<PlacedProjection> plastic, std::vector<Modulator> modulators)
    : slices_(std::move(slices)),
      table_(std::move(table)),
      plastic_(std::move(plastic)),
      modulators_(std::move(modulators)),
      calendar_(table_.longest_delay_used() + longest_window),
      longest_block_(longest_block(plastic_, longest_window)),
      slots_(slots_of(slices_)),
      rows_(std::bit_ceil(static_cast<std::size_t>(longest_block_ + block_steps - 1))),
      input_(slots_ * rows_),
      spiked_(slices_.size() * static_cast<std::size_t>(longest_block_)) {}

std::uint32_t GridPartition::slots_of(std::span<const PlacedSlice> slices) {
  std::uint32_t slots = 0;
  for (const auto& slice : slices) slots = std::max(slots, slice.first_slot + slice.slot_count());
  return slots;
}

float* GridPartition::input_row(Step step) {
  return input_.data() + (static_cast<std::size_t>(step) & (rows_ - 1)) * slots_;
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
  for (auto& projection : plastic_) projection.synapses->collect(spikes);
  for (auto& modulator : modulators_) modulator.collect(spikes);
}

void GridPartition::advance(Step begin, Step end, std::vector<Spike>& spikes) {
  while (begin < end) {
    const Step block_end = std::min({end, begin + longest_block_, next_sample(begin + 1)});
    if (!probes.empty()) sample(begin);
    advance_block(begin, block_end, spikes);
    begin = block_end;
  }
}

/// (begin, end]: neurons of a block are advanced slice by slice and tile by tile, spikes handed over step by step.
void GridPartition::advance_block(Step begin, Step end, std::vector<Spike>& spikes) {
  const auto steps = static_cast<std::size_t>(end - begin);
  if (begin == 0) modulate(0);
  for (Step step = begin + 1; step <= end; ++step) {
    deliver_due(step);
    deliver_plastic(step);
    modulate(step);
  }
  std::array<float*, most_steps_together> inputs;
  for (std::size_t s = 0; s < slices_.size(); ++s) {
    for (std::size_t k = 0; k < steps; ++k)
      inputs[k] = input_row(begin + 1 + static_cast<Step>(k)) + slices_[s].first_slot;
    const auto lists = std::span(spiked_).subspan(s * steps, steps);
    for (auto& list : lists) list.clear();
    slices_[s].neurons->advance_steps(begin + 1, std::span(inputs).first(steps), lists);
  }
  for (std::size_t k = 0; k < steps; ++k)
    for (std::size_t s = 0; s < slices_.size(); ++s)
      for (const auto index : spiked_[s * steps + k])
        spikes.push_back({begin + 1 + static_cast<Step>(k), slices_[s].first_global + index, 0});
  for (auto& projection : plastic_)
    for (std::size_t k = 0; k < steps; ++k)
      if (const auto& list = spiked_[projection.slice * steps + k]; !list.empty())
        projection.synapses->target_spikes(begin + 1 + static_cast<Step>(k), list);
}

void GridPartition::deliver_due(Step step) {
  auto& due = calendar_.at(step);
  if (due.empty()) return;
  InputRows rows;
  for (Step place = 0; place < block_steps; ++place) rows[static_cast<std::size_t>(place)] = input_row(step + place);
  deliver(due, table_.data(), rows);
  due.clear();
}

/// The first step from `step` on after which a probe is sampled.
Step GridPartition::next_sample(Step step) const {
  Step next = std::numeric_limits<Step>::max();
  for (const auto& piece : probes) next = std::min(next, (step + piece.every - 1) / piece.every * piece.every);
  return next;
}

/// After all that is static, projection by projection: the second half of the canonical order of additions.
void GridPartition::deliver_plastic(Step step) {
  for (auto& projection : plastic_) {
    const auto& slice = slices_[projection.slice];
    projection.synapses->deliver(
        step, input_row(step) + slice.first_slot + static_cast<std::size_t>(projection.row) * slice.count);
  }
}

/// Modulators act from `step` on.
void GridPartition::modulate(Step step) {
  for (auto& modulator : modulators_) modulator.advance(step);
  for (auto& projection : plastic_)
    if (projection.modulator >= 0)
      projection.synapses->modulate(step, modulators_[static_cast<std::size_t>(projection.modulator)].level(
                                              slices_[projection.slice].first_global));
}

/// A block of delays is read when its first step is due: input rows may hold parts of the next steps already.
void GridPartition::neuron_state(StateArchive& archive, PopulationId population, Step now) {
  for (auto& slice : slices_) {
    if (slice.population != population) continue;
    slice.neurons->state(archive);
    for (Step ahead = 1; ahead < block_steps; ++ahead)
      for (int row = 0; row < slice.neurons->row_count(); ++row) {
        float* input = input_row(now + ahead) + slice.first_slot + static_cast<std::size_t>(row) * slice.count;
        archive.column("input_" + std::to_string(row) + "_in_" + std::to_string(ahead), std::span(input, slice.count));
      }
  }
}

void GridPartition::collect_again(std::span<const Spike> spikes, Step now) {
  for (const auto& spike : spikes)
    for (const auto& segment : table_.segments_of(spike.neuron))
      if (spike.step + segment.delay > now) calendar_.add(spike.step + segment.delay, segment);
  for (auto& projection : plastic_) projection.synapses->collect_again(spikes, now);
}

Step GridPartition::memory_of_spikes() const noexcept {
  Step longest = table_.longest_delay_used();
  for (const auto& projection : plastic_) longest = std::max(longest, projection.synapses->memory_of_spikes());
  return longest;
}

Step GridPartition::shortest_delay() const noexcept {
  Step shortest = table_.shortest_delay();
  for (const auto& projection : plastic_) shortest = std::min(shortest, projection.synapses->shortest_delay());
  for (const auto& modulator : modulators_) shortest = std::min(shortest, modulator.shortest_delay());
  return shortest;
}

bool GridPartition::listens_to(NeuronId source) const {
  return !table_.segments_of(source).empty() ||
         std::any_of(plastic_.begin(), plastic_.end(), [&](auto& p) { return p.synapses->listens_to(source); }) ||
         std::any_of(modulators_.begin(), modulators_.end(), [&](auto& m) { return m.listens_to(source); });
}

std::uint64_t GridPartition::synapse_count() const noexcept {
  std::uint64_t sum = table_.synapse_count();
  for (const auto& projection : plastic_) sum += projection.synapses->synapse_count();
  return sum;
}

std::uint64_t GridPartition::synapse_bytes() const noexcept {
  std::uint64_t sum = table_.bytes();
  for (const auto& projection : plastic_) sum += projection.synapses->synapse_bytes();
  return sum;
}

std::uint64_t GridPartition::events() const noexcept {
  std::uint64_t sum = events_;
  for (const auto& projection : plastic_) sum += projection.synapses->events();
  return sum;
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

std::vector<Partition::PopulationColumn> GridPartition::state_columns() {
  std::vector<PopulationColumn> columns;
  for (auto& slice : slices_)
    for (const auto& column : slice.neurons->state_columns())
      columns.push_back({slice.population, column.name, column.bytes});
  return columns;
}

}  // namespace spikeloom
