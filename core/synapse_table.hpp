/// The synapses onto one partition, delay-major: per source a directory of its delay segments.
///
/// A segment holds the synapses of one source whose delays lie in one block of `block_steps` successive steps, sorted
/// by delay, so that a spike is read in long sequential runs. Delays are not stored per synapse, and neither is a
/// weight that all synapses of a segment share, nor targets that are consecutive:
///
///     scattered   n weights (4 bytes each), n slots (2 bytes each)            6 bytes per synapse
///     mixed       the same and n places in the block (1 byte each)            7 bytes; for segments of few synapses
///     uniform     1 weight, n slots                                           2 bytes per synapse
///     dense       first slot, n weights                                       4 bytes per synapse, added as a vector
///
/// Synapses of one delay stand in the order in which they were added, which fixes the order of floating-point sums.
#pragma once

#include <algorithm>
#include <array>
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

/// Steps of delay that share a segment, counted from the network's shortest delay. A power of two.
inline constexpr Step block_steps = 4;

/// Where the data of a segment are and how they are laid out.
class SegmentAddress {
 public:
  enum Layout : std::uint32_t { scattered = 0, uniform = 1, dense = 2, mixed = 3 };
  SegmentAddress() = default;
  SegmentAddress(std::size_t byte_offset, Layout layout)
      : bits_(static_cast<std::uint32_t>(byte_offset / 8) << 2 | layout) {}
  std::size_t byte_offset() const noexcept { return static_cast<std::size_t>(bits_ >> 2) * 8; }
  Layout layout() const noexcept { return static_cast<Layout>(bits_ & 3); }
  static constexpr std::size_t most_bytes = std::size_t{8} << 30;

 private:
  std::uint32_t bits_ = 0;
};

/// One directory entry: the synapses of a source that arrive `delay` to `delay + block_steps - 1` steps after its
/// spike.
struct Segment {
  SegmentAddress address;
  std::uint16_t delay = 0;                               // of the block's first step
  std::uint16_t count = 0;                               // synapses
  std::array<std::uint16_t, block_steps - 1> ends = {};  // where the synapses of each delay end; the last at `count`

  std::uint16_t end(Step place) const noexcept {
    return place == block_steps - 1 ? count : ends[static_cast<std::size_t>(place)];
  }
};

/// One synapse, for those who walk over all of them (hashing, weight records, tests).
struct Synapse {
  NeuronId source = 0;
  Slot slot = 0;
  std::uint16_t delay = 0;
  float weight = 0;
};

class SynapseTable {
 public:
  /// Segments of a source, by ascending delay; empty if it has no target here.
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
    return memory_.size() + segments_.size() * sizeof(Segment) + (rows_.size() + sources_.size()) * 4;
  }
  Step shortest_delay() const noexcept { return shortest_delay_; }     // steps; longest_delay if empty
  Step longest_delay_used() const noexcept { return longest_delay_; }  // steps; 0 if empty

  /// Sources that have a row, ascending.
  std::vector<NeuronId> sources() const;
  /// Appends the synapses of one source, by delay.
  void decode(NeuronId source, std::vector<Synapse>& synapses) const;

 private:
  friend class SynapseTableBuilder;
  static constexpr std::size_t no_row = ~std::size_t{0};
  std::size_t find_row(NeuronId source) const noexcept;
  void decode(NeuronId source, const Segment& segment, std::vector<Synapse>& synapses) const;

  HugeMemory memory_;
  std::vector<Segment> segments_;
  std::vector<std::uint32_t> rows_;  // first segment of each row, and the end
  std::vector<NeuronId> sources_;    // of the rows, ascending; empty: row = source id
  std::uint64_t synapses_ = 0;
  Step shortest_delay_ = longest_delay, longest_delay_ = 0;
};

/// Builds a table in two passes over the same synapses in the same order, so that nothing but the table is ever in
/// memory: count() each, allocate(), add() each, finish(). Peak: 8 bytes per synapse.
class SynapseTableBuilder {
 public:
  explicit SynapseTableBuilder(NeuronId source_count = 0) : cursor_(static_cast<std::size_t>(source_count) + 1) {}

  void count(NeuronId source) { ++cursor_[source]; }
  void count(NeuronId first, std::span<const std::uint32_t> sources) {
    for (const auto source : sources) ++cursor_[first + source];
  }
  /// Throws RunError if the partition's synapses do not fit one table (8 GiB).
  void allocate();
  void add(NeuronId source, Slot slot, std::uint16_t delay, float weight) {
    raw()[cursor_[source]++] = {weight, slot, delay};
    shortest_ = std::min<Step>(shortest_, delay);
  }
  /// Shortest delay added so far [steps]; `longest_delay` if none.
  Step shortest_delay() const noexcept { return shortest_; }
  /// `window`: shortest delay of the whole network, where blocks start.
  SynapseTable finish(Step window);

 private:
  struct Raw {
    float weight;
    Slot slot;
    std::uint16_t delay;
  };
  static_assert(sizeof(Raw) == 8);
  Raw* raw() const noexcept { return reinterpret_cast<Raw*>(memory_.data()); }
  void sort_by_delay(std::span<Raw> row);
  std::size_t encode(std::span<const Raw> segment, Step block, std::size_t offset, SynapseTable& table);

  HugeMemory memory_;
  std::vector<std::uint64_t> cursor_;  // counts, then next free place of each source
  std::vector<Raw> sorted_;
  std::vector<std::uint32_t> bins_;
  Step shortest_ = longest_delay;
};

}  // namespace spikeloom
