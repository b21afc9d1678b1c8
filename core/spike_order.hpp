/// The canonical order of spikes, in which sums are added: by time, then by neuron.
#pragma once

#include <span>
#include <vector>

#include "core/types.hpp"

namespace spikeloom {

inline bool earlier(const Spike& a, const Spike& b) noexcept {
  if (a.step != b.step) return a.step < b.step;
  if (a.before != b.before) return a.before > b.before;
  return a.neuron < b.neuron;
}

/// Merges sorted lists into `out`; `spare` is memory to work in.
void merge_sorted(std::span<const std::vector<Spike>* const> lists, std::vector<Spike>& out, std::vector<Spike>& spare);

}  // namespace spikeloom
