/// The calendar of projections whose delays learn: arrivals one by one, each at its own step.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <tuple>
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

  /// One that is under way: when it is due, and how many are entered before it for the same step and target.
  struct Arrival {
    std::uint32_t synapse;
    Step due;
    std::uint32_t place;
  };
  /// All that is under way after step `now`, by synapse. `target_of(synapse)` < targets.
  template <class TargetOf>
  std::vector<Arrival> listed(Step now, std::size_t targets, TargetOf target_of) const {
    std::vector<Arrival> all;
    std::vector<std::uint32_t> places(targets);
    for (Step due = now + 1; due <= now + static_cast<Step>(slots_.size()); ++due) {
      for (const auto synapse : slots_[index(due)]) all.push_back({synapse, due, places[target_of(synapse)]++});
      for (const auto synapse : slots_[index(due)]) places[target_of(synapse)] = 0;
    }
    std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.synapse < b.synapse; });
    return all;
  }
  /// Enters a list in any order into an empty calendar.
  void enter(std::vector<Arrival> all) {
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
      return std::tie(a.due, a.place, a.synapse) < std::tie(b.due, b.place, b.synapse);
    });
    for (const auto& arrival : all) add(arrival.due, arrival.synapse);
  }

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
