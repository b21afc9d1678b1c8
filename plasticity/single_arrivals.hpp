/// The calendar of projections whose delays learn: arrivals one by one, each at its own step.
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

#include "core/types.hpp"

namespace spikeloom {

/// Synapses (by index) and the steps at which something arrives at them, in the order in which they were entered.
class SingleArrivals {
 public:
  /// `ahead`: how many steps before its due step an arrival may be entered.
  explicit SingleArrivals(Step ahead) : slots_(std::bit_ceil(static_cast<std::size_t>(ahead) + 1)) {}

  void add(Step due, std::uint32_t synapse) { slots_[index(due)].push_back(synapse); }
  std::vector<std::uint32_t>& at(Step due) noexcept { return slots_[index(due)]; }

  /// Calls visit(due, synapse) for all that is still under way after step `now`.
  template <class Visit>
  void for_each(Step now, Visit visit) const {
    for (Step due = now + 1; due <= now + static_cast<Step>(slots_.size()); ++due)
      for (const auto synapse : slots_[index(due)]) visit(due, synapse);
  }

 private:
  std::size_t index(Step step) const noexcept { return static_cast<std::size_t>(step) & (slots_.size() - 1); }
  std::vector<std::vector<std::uint32_t>> slots_;
};

}  // namespace spikeloom
