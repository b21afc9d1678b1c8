/// The calendar of due segments: what is read at which step, in canonical order.
///
/// A segment is read when the first step of its block is due, and added to the input rows of that step and the next
/// ones. Spikes are collected in order of (emission step, source); what arrives at a target at one step is therefore
/// added in the order of (step of reading, emission step, source), whatever the partitioning.
#pragma once

#include <bit>
#include <span>
#include <vector>

#include "core/synapse_table.hpp"

namespace spikeloom {

class Calendar {
 public:
  /// `depth`: longest delay plus longest window [steps].
  explicit Calendar(Step depth) : slots_(std::bit_ceil(static_cast<std::size_t>(depth) + 1)) {}

  void add(Step due, const Segment& segment) { slots_[index(due)].push_back(segment); }
  std::vector<Segment>& at(Step due) noexcept { return slots_[index(due)]; }

 private:
  std::size_t index(Step step) const noexcept { return static_cast<std::size_t>(step) & (slots_.size() - 1); }
  std::vector<std::vector<Segment>> slots_;
};

/// The input rows of the next `block_steps` steps, from the one that is advanced next.
using InputRows = std::array<float*, block_steps>;

/// Adds the weights of all segments, in order, to the input rows of a partition.
void deliver(std::span<const Segment> due, const std::byte* data, const InputRows& rows) noexcept;

}  // namespace spikeloom
