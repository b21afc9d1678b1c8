/// Collect, deliver, advance: one partition at real-valued times.
#include "core/exact/exact_partition.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "core/exact/wheel.hpp"
#include "core/prefetch.hpp"

namespace spikeloom {
namespace {

/// visit(slot, weight) for the synapses [begin, end) of a segment of n, in order.
template <class Visit>
void for_each_synapse(const std::byte* bytes, SegmentAddress::Layout layout, std::size_t n, std::size_t begin,
                      std::size_t end, Visit visit) {
  const auto* values = reinterpret_cast<const float*>(bytes);
  if (layout == SegmentAddress::dense) {
    std::uint32_t first;
    std::memcpy(&first, bytes, sizeof first);
    for (auto k = begin; k < end; ++k) visit(first + static_cast<std::uint32_t>(k), values[k + 1]);
    return;
  }
  const bool uniform = layout == SegmentAddress::uniform;
  const auto* slots = reinterpret_cast<const Slot*>(bytes + (uniform ? 4 : 4 * n));
  for (auto k = begin; k < end; ++k) visit(std::uint32_t{slots[k]}, values[uniform ? 0 : k]);
}

}  // namespace

ExactPartition::ExactPartition(std::vector<PlacedExactSlice> slices, SynapseTable table, Step longest_window)
    : slices_(std::move(slices)),
      table_(std::move(table)),
      calendar_(std::bit_ceil(static_cast<std::size_t>(table_.longest_delay_used() + longest_window) + 1)) {}

void ExactPartition::collect(std::span<const Spike> spikes) { events_ += enter(spikes, 0); }

void ExactPartition::collect_again(std::span<const Spike> spikes, Step now) { enter(spikes, now); }

/// What is due after step `after`. Returns the number of synapses.
std::uint64_t ExactPartition::enter(std::span<const Spike> spikes, Step after) {
  std::uint64_t events = 0;
  for (const auto& spike : spikes)
    for (const auto& segment : table_.segments_of(spike.neuron)) {
      std::uint16_t begin = 0;
      for (Step place = 0; begin < segment.count; ++place) {
        const auto end = segment.end(place);
        const Step due = spike.step + segment.delay + place;
        if (end > begin && due > after)
          due_at(due).push_back({segment.address, segment.count, begin, end, spike.before});
        begin = end;
      }
      events += segment.count;
    }
  return events;
}

void ExactPartition::neuron_state(StateArchive& archive, PopulationId population, Step now) {
  for (auto& slice : slices_)
    if (slice.population == population) slice.neurons->state(archive, now);
}

void ExactPartition::advance(Step begin, Step end, std::vector<Spike>& spikes) {
  for (Step at = begin; at < end;) {
    if (!probes.empty()) sample(at);
    const Step next = next_sample(at, std::min(end, at + Wheel::reach));
    advance_without_probes(at, next, spikes);
    at = next;
  }
}

void ExactPartition::advance_without_probes(Step begin, Step end, std::vector<Spike>& spikes) {
  for (Step step = begin + 1; step <= end; ++step) deliver(step);
  const auto first_new = static_cast<std::ptrdiff_t>(spikes.size());
  for (auto& slice : slices_) {
    const auto own = spikes.size();
    slice.neurons->advance(begin, end, spikes);
    for (auto k = own; k < spikes.size(); ++k) spikes[k].neuron += slice.first_global;
  }
  std::sort(spikes.begin() + first_new, spikes.end(), [](const Spike& a, const Spike& b) {
    const ExactTime at{a.step, a.before}, bt{b.step, b.before};
    return at == bt ? a.neuron < b.neuron : at < bt;
  });
}

const PlacedExactSlice& ExactPartition::slice_of(std::uint32_t slot) const {
  return *std::prev(std::upper_bound(slices_.begin(), slices_.end(), slot,
                                     [](auto s, const auto& slice) { return s < slice.first_slot; }));
}

void ExactPartition::deliver(Step step) {
  constexpr std::size_t ahead = 4;
  auto& due = due_at(step);
  // Where the current slice's slots and arrivals are: segments list targets slice by slice.
  std::uint32_t first = 1, slots = 0, count = 0;  // nothing yet
  Arrivals* arrivals = nullptr;
  for (std::size_t k = 0; k < due.size(); ++k) {
    if (k + ahead < due.size()) fetch_ahead(table_.data() + due[k + ahead].address.byte_offset());
    const ExactTime time{step, due[k].before};
    const auto address = due[k].address;
    for_each_synapse(table_.data() + address.byte_offset(), address.layout(), due[k].count, due[k].begin, due[k].end,
                     [&](std::uint32_t slot, float weight) {
                       if (slot - first >= slots) {
                         const auto& slice = slice_of(slot);
                         first = slice.first_slot;
                         slots = slice.slot_count();
                         count = slice.count;
                         arrivals = &slice.neurons->arrivals;
                       }
                       std::uint32_t neuron = slot - first, row = 0;
                       for (; neuron >= count; neuron -= count) ++row;
                       arrivals->add(neuron, {time, weight, row});
                     });
  }
  due.clear();
}

Step ExactPartition::next_sample(Step after, Step end) const {
  for (const auto& piece : probes) end = std::min(end, (after / piece.every + 1) * piece.every);
  return end;
}

void ExactPartition::sample(Step step) {
  for (auto& piece : probes) {
    if (step % piece.every != 0) continue;
    const auto slice =
        std::find_if(slices_.begin(), slices_.end(), [&](const auto& s) { return s.population == piece.population; });
    piece.values.resize(piece.values.size() + piece.neurons.size());
    slice->neurons->read(piece.variable, piece.neurons, step, std::span(piece.values).last(piece.neurons.size()));
  }
}

std::vector<Partition::PopulationColumn> ExactPartition::state_columns() {
  std::vector<PopulationColumn> columns;
  for (auto& slice : slices_)
    for (const auto& column : slice.neurons->state_columns())
      columns.push_back({slice.population, column.name, column.bytes});
  return columns;
}

}  // namespace spikeloom
