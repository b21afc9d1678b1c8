/// Counting, sorting by delay and encoding of synapse tables.
#include "core/synapse_table.hpp"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "core/errors.hpp"

namespace spikeloom {
namespace {

constexpr std::size_t dense_from = 8;   // shorter runs are not worth a vector loop
constexpr std::size_t mixed_below = 4;  // synapses per delay; a loop per delay costs more than a place per synapse
constexpr std::size_t longest_segment = 65535;

constexpr std::size_t padded(std::size_t bytes) { return (bytes + 7) / 8 * 8; }

}  // namespace

std::size_t SynapseTable::find_row(NeuronId source) const noexcept {
  const auto found = std::lower_bound(sources_.begin(), sources_.end(), source);
  return found == sources_.end() || *found != source ? no_row : static_cast<std::size_t>(found - sources_.begin());
}

std::vector<NeuronId> SynapseTable::sources() const {
  if (!sources_.empty()) return sources_;
  std::vector<NeuronId> present;
  for (std::size_t row = 0; row + 1 < rows_.size(); ++row)
    if (rows_[row] != rows_[row + 1]) present.push_back(static_cast<NeuronId>(row));
  return present;
}

void SynapseTable::decode(NeuronId source, std::vector<Synapse>& synapses) const {
  for (const auto& segment : segments_of(source)) decode(source, segment, synapses);
}

void SynapseTable::decode(NeuronId source, const Segment& segment, std::vector<Synapse>& synapses) const {
  const auto* bytes = data() + segment.address.byte_offset();
  const auto layout = segment.address.layout();
  const std::size_t n = segment.count, weights = layout == SegmentAddress::uniform ? 1 : n;
  std::uint32_t first = 0;
  if (layout == SegmentAddress::dense) std::memcpy(&first, bytes, 4);
  Step place = 0;
  for (std::size_t k = 0; k < n; ++k) {
    Synapse synapse{source, static_cast<Slot>(first + k), 0, 0};
    if (layout == SegmentAddress::mixed)
      place = static_cast<Step>(bytes[6 * n + k]);
    else
      while (k >= segment.end(place)) ++place;
    synapse.delay = static_cast<std::uint16_t>(segment.delay + place);
    std::memcpy(&synapse.weight, bytes + (layout == SegmentAddress::dense ? 4 : 0) + (weights == 1 ? 0 : 4 * k), 4);
    if (layout != SegmentAddress::dense) std::memcpy(&synapse.slot, bytes + 4 * weights + 2 * k, 2);
    synapses.push_back(synapse);
  }
}

void SynapseTableBuilder::allocate() {
  std::uint64_t total = 0;
  for (auto& cursor : cursor_) total += std::exchange(cursor, total);
  if (total * sizeof(Raw) > SegmentAddress::most_bytes)
    throw RunError("a partition with " + std::to_string(total) +
                   " synapses is too large for one table (8 GiB)\n    raise run.partitions");
  memory_ = HugeMemory(total * sizeof(Raw));
}

SynapseTable SynapseTableBuilder::finish(Step window) {
  // Each row is sorted, then encoded to the front of the same memory: an encoded segment, padding included, is never
  // longer than its raw synapses, so what is written never overtakes what is still to be read. After add(), cursor_[s]
  // is where row s ends.
  SynapseTable table;
  std::vector<NeuronId> present;
  const std::size_t source_count = cursor_.size() - 1;
  std::size_t end = 0;
  for (std::size_t source = 0, begin = 0; source < source_count; begin = cursor_[source++]) {
    const std::span<Raw> row(raw() + begin, raw() + cursor_[source]);
    if (row.empty()) continue;
    sort_by_delay(row);
    present.push_back(static_cast<NeuronId>(source));
    table.rows_.push_back(static_cast<std::uint32_t>(table.segments_.size()));
    const auto block_of = [&](const Raw& synapse) { return (synapse.delay - window) / block_steps; };
    for (std::size_t first = 0; first < sorted_.size();) {
      const auto block = block_of(sorted_[first]);
      std::size_t last = first + 1;
      while (last < sorted_.size() && block_of(sorted_[last]) == block && last - first < longest_segment) ++last;
      end = encode({sorted_.data() + first, last - first}, window + block * block_steps, end, table);
      first = last;
    }
    table.synapses_ += row.size();
    table.shortest_delay_ = std::min<Step>(table.shortest_delay_, sorted_.front().delay);
    table.longest_delay_ = std::max<Step>(table.longest_delay_, sorted_.back().delay);
  }
  table.rows_.push_back(static_cast<std::uint32_t>(table.segments_.size()));
  // A row per source id where most sources have targets here, else a sorted list of those that have.
  if (present.size() * 4 < source_count) {
    table.sources_ = std::move(present);
  } else {
    std::vector<std::uint32_t> rows(source_count + 1);
    std::size_t next = 0;
    for (std::size_t source = 0; source <= source_count; ++source) {
      rows[source] = table.rows_[next];
      if (next < present.size() && present[next] == source) ++next;
    }
    table.rows_ = std::move(rows);
  }
  table.segments_.shrink_to_fit();
  memory_.shrink(end);
  table.memory_ = std::move(memory_);
  return table;
}

/// Stable, into `sorted_`.
void SynapseTableBuilder::sort_by_delay(std::span<Raw> row) {
  std::uint16_t lowest = 65535, highest = 0;
  for (const auto& synapse : row) {
    lowest = std::min(lowest, synapse.delay);
    highest = std::max(highest, synapse.delay);
  }
  const std::size_t bins = std::size_t{highest} - lowest + 1;
  sorted_.assign(row.begin(), row.end());
  if (bins == 1) return;
  if (bins > 4 * row.size() + 64) {
    std::stable_sort(sorted_.begin(), sorted_.end(), [](const Raw& a, const Raw& b) { return a.delay < b.delay; });
    return;
  }
  bins_.assign(bins, 0);
  for (const auto& synapse : row) ++bins_[synapse.delay - lowest];
  std::uint32_t total = 0;
  for (auto& bin : bins_) total += std::exchange(bin, total);
  for (const auto& synapse : row) sorted_[bins_[synapse.delay - lowest]++] = synapse;
}

std::size_t SynapseTableBuilder::encode(std::span<const Raw> segment, Step block, std::size_t offset,
                                        SynapseTable& table) {
  const std::size_t n = segment.size();
  const bool one_delay = segment.front().delay == segment.back().delay;
  bool consecutive = n >= dense_from && one_delay, same_weight = n >= 2;
  std::size_t delays = 1;
  for (std::size_t k = 1; k < n; ++k) {
    consecutive = consecutive && segment[k].slot == segment[k - 1].slot + 1;
    same_weight = same_weight && std::memcmp(&segment[k].weight, &segment[0].weight, 4) == 0;
    delays += segment[k].delay != segment[k - 1].delay;
  }
  const auto layout = consecutive                              ? SegmentAddress::dense
                      : same_weight                            ? SegmentAddress::uniform
                      : delays > 1 && n < mixed_below * delays ? SegmentAddress::mixed
                                                               : SegmentAddress::scattered;
  std::byte* at = memory_.data() + offset;
  const std::byte* begin = at;
  const auto put = [&at](const auto& value) {
    std::memcpy(at, &value, sizeof value);
    at += sizeof value;
  };
  if (layout == SegmentAddress::dense) put(static_cast<std::uint32_t>(segment[0].slot));
  if (layout == SegmentAddress::uniform) put(segment[0].weight);
  if (layout != SegmentAddress::uniform)
    for (const auto& synapse : segment) put(synapse.weight);
  if (layout != SegmentAddress::dense)
    for (const auto& synapse : segment) put(synapse.slot);
  if (layout == SegmentAddress::mixed)
    for (const auto& synapse : segment) put(static_cast<std::uint8_t>(synapse.delay - block));

  Segment entry{{offset, layout}, static_cast<std::uint16_t>(block), static_cast<std::uint16_t>(n)};
  for (std::size_t k = 0; k < n; ++k)
    for (auto place = static_cast<std::size_t>(segment[k].delay - block); place < entry.ends.size(); ++place)
      entry.ends[place] = static_cast<std::uint16_t>(k + 1);
  table.segments_.push_back(entry);
  return offset + padded(static_cast<std::size_t>(at - begin));
}

}  // namespace spikeloom
