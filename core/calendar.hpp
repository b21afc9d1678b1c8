/// The calendar of due segments: what is delivered at which step, in canonical order.
///
/// Spikes are collected in order of (emission step, source); a slot therefore lists its segments in that order, which
/// fixes the order of additions into every target, whatever the partitioning.
#pragma once

#include <bit>
#include <span>
#include <vector>

#include "core/synapse_table.hpp"

namespace spikeloom {

/// A segment that is due.
struct Due {
  SegmentAddress address;
  std::uint32_t count = 0;
};

class Calendar {
 public:
  /// `depth`: longest delay plus longest window [steps].
  explicit Calendar(Step depth) : slots_(std::bit_ceil(static_cast<std::size_t>(depth) + 1)) {}

  void add(Step due, const Segment& segment) { slots_[index(due)].push_back({segment.address, segment.count}); }
  std::vector<Due>& at(Step due) noexcept { return slots_[index(due)]; }

 private:
  std::size_t index(Step step) const noexcept { return static_cast<std::size_t>(step) & (slots_.size() - 1); }
  std::vector<std::vector<Due>> slots_;
};

/// Adds the weights of all segments, in order, to an input row of a partition.
void deliver(std::span<const Due> due, const std::byte* data, float* row) noexcept;

}  // namespace spikeloom
