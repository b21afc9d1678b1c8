/// The synapses onto one partition, delay-major: per source a directory of its delay segments.
///
/// A segment holds the synapses of one source that share one delay. Delays are not stored per synapse, and neither is
/// a weight that all synapses of a segment share, nor targets that are consecutive:
///
///     scattered   n weights (4 bytes each), n targets (2 bytes each)      6 bytes per synapse
///     uniform     1 weight, n targets                                     2 bytes per synapse
///     dense       first target, n weights                                 4 bytes per synapse, added as a vector
///
/// Within a segment synapses stand in the order in which they were added, which fixes the order of floating-point sums.
///
/// Where partitions are many and small, segments would shrink to a synapse or two; then the table keeps plain rows of
/// {weight, slot, delay} per source instead (Form::rows), which are added straight into a ring of input rows.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/huge_array.hpp"
#include "core/prefetch.hpp"
#include "core/types.hpp"

namespace spikeloom {

/// Input slot of a partition: row and neuron in one index.
using Slot = std::uint16_t;
inline constexpr std::uint32_t most_slots = 65536;
inline constexpr Step longest_delay = 65535;  // steps

/// Where the data of a segment are and how they are laid out.
class SegmentAddress {
 public:
  enum Layout : std::uint32_t { scattered = 0, uniform = 1, dense = 2 };
  SegmentAddress() = default;
  SegmentAddress(std::size_t byte_offset, Layout layout)
      : bits_(static_cast<std::uint32_t>(byte_offset / 8) << 2 | layout) {}
  std::size_t byte_offset() const noexcept { return static_cast<std::size_t>(bits_ >> 2) * 8; }
  Layout layout() const noexcept { return static_cast<Layout>(bits_ & 3); }
  static constexpr std::size_t most_bytes = std::size_t{8} << 30;

 private:
  std::uint32_t bits_ = 0;
};

/// One directory entry: the synapses of a source that arrive `delay` steps after its spike.
struct Segment {
  SegmentAddress address;
  std::uint16_t delay = 0;
  std::uint16_t count = 0;
};
static_assert(sizeof(Segment) == 8);

/// One synapse, for those who walk over all of them (hashing, weight records, tests).
struct Synapse {
  NeuronId source = 0;
  Slot slot = 0;
  std::uint16_t delay = 0;
  float weight = 0;
};

/// A synapse of a plain row.
struct RowSynapse {
  float weight;
  Slot slot;
  std::uint16_t delay;
};
static_assert(sizeof(RowSynapse) == 8);

class SynapseTable {
 public:
  enum class Form { segments, rows };
  Form form() const noexcept { return form_; }

  /// Form::rows: the synapses of a source, in the order in which they were added.
  std::span<const RowSynapse> row_of(NeuronId source) const noexcept {
    if (source + std::size_t{1} >= row_ends_.size()) return {};
    const auto* first = reinterpret_cast<const RowSynapse*>(memory_.data());
    return {first + row_ends_[source], first + row_ends_[source + 1]};
  }

  /// Form::segments: segments of a source, by ascending delay; empty if it has no target here.
  std::span<const Segment> segments_of(NeuronId source) const noexcept {
    std::size_t row = source;
    if (!sources_.empty()) {
      row = find_row(source);
      if (row == no_row) return {};
    } else if (row + 1 >= rows_.size()) {
      return {};
    }
    return {segments_.data() + rows_[row], segments_.data() + rows_[row + 1]};
  }

  /// Hints that segments_of(source) will be called soon: first where its row begins, then its segments.
  [[gnu::always_inline]] void prefetch_row(NeuronId source) const noexcept {
    if (sources_.empty() && source + std::size_t{1} < rows_.size()) fetch_ahead(&rows_[source]);
  }
  [[gnu::always_inline]] void prefetch_segments(NeuronId source) const noexcept {
    if (!sources_.empty() || source + std::size_t{1} >= rows_.size()) return;
    const auto* first = segments_.data() + rows_[source];
    const auto* last = segments_.data() + rows_[source + 1];
    for (; first < last; first += 64 / sizeof(Segment)) fetch_ahead(first);
  }

  /// First byte of a segment's data; alive as long as the table.
  const std::byte* data() const noexcept { return memory_.data(); }

  std::uint64_t synapse_count() const noexcept { return synapses_; }
  std::size_t bytes() const noexcept {
    return memory_.size() + segments_.size() * sizeof(Segment) + (rows_.size() + sources_.size()) * 4 +
           row_ends_.size() * 8;
  }
  Step shortest_delay() const noexcept { return shortest_delay_; }     // steps; longest_delay if empty
  Step longest_delay_used() const noexcept { return longest_delay_; }  // steps; 0 if empty

  /// Sources that have a row, ascending.
  std::vector<NeuronId> sources() const;
  /// Appends the synapses of one source: by delay (Form::segments) or as added (Form::rows).
  void decode(NeuronId source, std::vector<Synapse>& synapses) const;

 private:
  friend class SynapseTableBuilder;
  static constexpr std::size_t no_row = ~std::size_t{0};
  std::size_t find_row(NeuronId source) const noexcept;
  void decode(NeuronId source, const Segment& segment, std::vector<Synapse>& synapses) const;

  Form form_ = Form::segments;
  HugeMemory memory_;
  std::vector<Segment> segments_;
  std::vector<std::uint32_t> rows_;      // first segment of each row, and the end
  std::vector<NeuronId> sources_;        // of the rows, ascending; empty: row = source id
  std::vector<std::uint64_t> row_ends_;  // Form::rows: first synapse of each source, and the end
  std::uint64_t synapses_ = 0;
  Step shortest_delay_ = longest_delay, longest_delay_ = 0;
};

/// Builds a table in two passes over the same synapses in the same order, so that nothing but the table is ever in
/// memory: count() each, allocate(), add() each, finish(). Peak: 8 bytes per synapse.
class SynapseTableBuilder {
 public:
  explicit SynapseTableBuilder(NeuronId source_count) : cursor_(static_cast<std::size_t>(source_count) + 1) {}

  void count(NeuronId source) { ++cursor_[source]; }
  void count(NeuronId first, std::span<const std::uint32_t> sources) {
    for (const auto source : sources) ++cursor_[first + source];
  }
  /// Throws RunError if the partition's synapses do not fit one table (8 GiB).
  void allocate();
  void add(NeuronId source, Slot slot, std::uint16_t delay, float weight) {
    raw()[cursor_[source]++] = {weight, slot, delay};
  }
  /// `most_ring_bytes`: rows are chosen only if the ring of input rows that they need (`slots` wide, as deep as the
  /// longest delay) stays below; 0 means segments in any case, the largest number rows in any case.
  SynapseTable finish(std::uint32_t slots, std::size_t most_ring_bytes);

 private:
  using Raw = RowSynapse;
  Raw* raw() const noexcept { return reinterpret_cast<Raw*>(memory_.data()); }
  bool prefers_rows(std::uint32_t slots, std::size_t most_ring_bytes, SynapseTable& table);
  SynapseTable finish_segments(SynapseTable table);
  void sort_by_delay(std::span<Raw> row);
  std::size_t encode(std::span<const Raw> segment, std::size_t offset, SynapseTable& table);

  HugeMemory memory_;
  std::vector<std::uint64_t> cursor_;  // counts, then next free place of each source
  std::vector<Raw> scratch_;
  std::vector<std::uint32_t> bins_;
};

}  // namespace spikeloom
