/// Counting, sorting by delay and encoding of synapse tables.
#include "core/synapse_table.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string>
#include <utility>

#include "core/errors.hpp"

namespace spikeloom {
namespace {

constexpr std::size_t dense_from = 8;  // shorter runs are not worth a vector loop
constexpr std::size_t longest_segment = 65535;
constexpr std::size_t shortest_mean_segment = 6;  // synapses; below, rows are faster (benchmarks/delivery.cpp)

constexpr std::size_t padded(std::size_t bytes) { return (bytes + 7) / 8 * 8; }

}  // namespace

std::size_t SynapseTable::find_row(NeuronId source) const noexcept {
  const auto found = std::lower_bound(sources_.begin(), sources_.end(), source);
  return found == sources_.end() || *found != source ? no_row : static_cast<std::size_t>(found - sources_.begin());
}

std::vector<NeuronId> SynapseTable::sources() const {
  if (!sources_.empty()) return sources_;
  std::vector<NeuronId> present;
  const auto add_present = [&](const auto& firsts) {
    for (std::size_t row = 0; row + 1 < firsts.size(); ++row)
      if (firsts[row] != firsts[row + 1]) present.push_back(static_cast<NeuronId>(row));
  };
  form_ == Form::segments ? add_present(rows_) : add_present(row_ends_);
  return present;
}

void SynapseTable::decode(NeuronId source, std::vector<Synapse>& synapses) const {
  if (form_ == Form::segments)
    for (const auto& segment : segments_of(source)) decode(source, segment, synapses);
  else
    for (const auto& s : row_of(source)) synapses.push_back({source, s.slot, s.delay, s.weight});
}

void SynapseTable::decode(NeuronId source, const Segment& segment, std::vector<Synapse>& synapses) const {
  const auto* bytes = data() + segment.address.byte_offset();
  const auto layout = segment.address.layout();
  const std::size_t n = segment.count;
  for (std::size_t k = 0; k < n; ++k) {
    Synapse synapse{source, 0, segment.delay, 0};
    if (layout == SegmentAddress::dense) {
      std::uint32_t first;
      std::memcpy(&first, bytes, 4);
      synapse.slot = static_cast<Slot>(first + k);
      std::memcpy(&synapse.weight, bytes + 4 + 4 * k, 4);
    } else {
      const std::size_t weights = layout == SegmentAddress::uniform ? 1 : n;
      std::memcpy(&synapse.weight, bytes + (weights == 1 ? 0 : 4 * k), 4);
      std::memcpy(&synapse.slot, bytes + 4 * weights + 2 * k, 2);
    }
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

SynapseTable SynapseTableBuilder::finish(std::uint32_t slots, std::size_t most_ring_bytes) {
  SynapseTable table;
  if (!prefers_rows(slots, most_ring_bytes, table)) return finish_segments(std::move(table));
  table.form_ = SynapseTable::Form::rows;
  table.row_ends_ = std::move(cursor_);  // ends of rows 0..n-1, then a spare: shift to firsts
  std::rotate(table.row_ends_.begin(), table.row_ends_.end() - 1, table.row_ends_.end());
  table.row_ends_.front() = 0;
  table.memory_ = std::move(memory_);
  return table;
}

bool SynapseTableBuilder::prefers_rows(std::uint32_t slots, std::size_t most_ring_bytes, SynapseTable& table) {
  // A segment per distinct (source, delay) would be the mean row over the number of distinct delays; both are estimated
  // from the rows of some 1,000 sources.
  const std::size_t source_count = cursor_.size() - 1, stride = source_count / 1000 + 1;
  std::size_t sampled = 0, segments = 0;
  std::vector<std::uint16_t> delays;
  for (std::size_t source = 0, begin = 0; source < source_count; begin = cursor_[source], ++source) {
    for (auto k = begin; k < cursor_[source]; ++k) {
      table.shortest_delay_ = std::min<Step>(table.shortest_delay_, raw()[k].delay);
      table.longest_delay_ = std::max<Step>(table.longest_delay_, raw()[k].delay);
    }
    table.synapses_ += cursor_[source] - begin;
    if (source % stride != 0) continue;
    delays.clear();
    for (auto k = begin; k < cursor_[source]; ++k) delays.push_back(raw()[k].delay);
    std::sort(delays.begin(), delays.end());
    segments += static_cast<std::size_t>(std::unique(delays.begin(), delays.end()) - delays.begin());
    sampled += delays.size();
  }
  const auto ring_bytes = std::bit_ceil(static_cast<std::size_t>(table.longest_delay_) + 1) * slots * sizeof(float);
  return ring_bytes <= most_ring_bytes && sampled < shortest_mean_segment * segments;
}

SynapseTable SynapseTableBuilder::finish_segments(SynapseTable table) {
  // Each row is sorted, then encoded to the front of the same memory: an encoded segment, padding included, is never
  // longer than its raw synapses, so what is written never overtakes what is still to be read. After add(), cursor_[s]
  // is where row s ends.
  std::size_t end = 0, begin = 0;
  std::vector<NeuronId> present;
  const std::size_t source_count = cursor_.size() - 1;
  for (std::size_t source = 0; source < source_count; ++source, begin = static_cast<std::size_t>(cursor_[source - 1])) {
    const std::span<Raw> row(raw() + begin, raw() + cursor_[source]);
    if (row.empty()) continue;
    sort_by_delay(row);
    present.push_back(static_cast<NeuronId>(source));
    table.rows_.push_back(static_cast<std::uint32_t>(table.segments_.size()));
    scratch_.assign(row.begin(), row.end());
    for (std::size_t first = 0; first < scratch_.size();) {
      std::size_t last = first + 1;
      while (last < scratch_.size() && scratch_[last].delay == scratch_[first].delay && last - first < longest_segment)
        ++last;
      end = encode({scratch_.data() + first, last - first}, end, table);
      first = last;
    }
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

void SynapseTableBuilder::sort_by_delay(std::span<Raw> row) {
  const auto [low, high] =
      std::minmax_element(row.begin(), row.end(), [](const Raw& a, const Raw& b) { return a.delay < b.delay; });
  const std::size_t lowest = low->delay, bins = high->delay - lowest + 1;
  if (bins == 1) return;
  if (bins > 4 * row.size() + 64) {
    std::stable_sort(row.begin(), row.end(), [](const Raw& a, const Raw& b) { return a.delay < b.delay; });
    return;
  }
  bins_.assign(bins, 0);
  for (const auto& synapse : row) ++bins_[synapse.delay - lowest];
  std::uint32_t total = 0;
  for (auto& bin : bins_) total += std::exchange(bin, total);
  scratch_.assign(row.begin(), row.end());
  for (const auto& synapse : scratch_) row[bins_[synapse.delay - lowest]++] = synapse;
}

std::size_t SynapseTableBuilder::encode(std::span<const Raw> segment, std::size_t offset, SynapseTable& table) {
  const std::size_t n = segment.size();
  bool consecutive = n >= dense_from, same_weight = n >= 2;
  for (std::size_t k = 1; k < n && (consecutive || same_weight); ++k) {
    consecutive = consecutive && segment[k].slot == segment[k - 1].slot + 1;
    same_weight = same_weight && std::memcmp(&segment[k].weight, &segment[0].weight, 4) == 0;
  }
  const auto layout = consecutive   ? SegmentAddress::dense
                      : same_weight ? SegmentAddress::uniform
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
  table.segments_.push_back({{offset, layout}, segment[0].delay, static_cast<std::uint16_t>(n)});
  return offset + padded(static_cast<std::size_t>(at - begin));
}

}  // namespace spikeloom
