/// The events of one window, chained by target neuron: only neurons that something arrives at are ever visited.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "core/exact/exact_time.hpp"
#include "core/prefetch.hpp"

namespace spikeloom {

/// A synaptic event at a neuron.
struct Arrival {
  ExactTime time;
  float weight = 0;
  std::uint32_t row = 0;  // receptor's row
};

/// Chains of arrivals of one slice. Simultaneous arrivals keep the order in which they were added.
class Arrivals {
 public:
  explicit Arrivals(std::uint32_t neurons) : last_(neurons, untouched) {}

  void add(std::uint32_t neuron, const Arrival& arrival) {
    touch(neuron);
    links_.push_back({arrival, last_[neuron]});
    last_[neuron] = static_cast<std::uint32_t>(links_.size() - 1);
  }
  /// Lists a neuron that something else than an arrival is due at.
  void touch(std::uint32_t neuron) {
    if (last_[neuron] != untouched) return;
    last_[neuron] = no_link;
    touched_.push_back(neuron);
  }
  std::span<const std::uint32_t> touched() const noexcept { return touched_; }

  /// Hints that of(neuron) will be called soon: first where its chain begins, then its newest link.
  [[gnu::always_inline]] void prefetch_chain(std::uint32_t neuron) const noexcept { fetch_ahead(&last_[neuron]); }
  [[gnu::always_inline]] void prefetch_link(std::uint32_t neuron) const noexcept {
    if (last_[neuron] < no_link) fetch_ahead(&links_[last_[neuron]]);
  }
  /// The neuron's arrivals by time; valid until the next call.
  std::span<const Arrival> of(std::uint32_t neuron) {
    sorted_.clear();
    for (auto link = last_[neuron]; link != no_link; link = links_[link].previous)
      sorted_.push_back(links_[link].arrival);
    std::reverse(sorted_.begin(), sorted_.end());
    sort_by_time();
    return sorted_;
  }
  void clear() noexcept {
    for (const auto neuron : touched_) last_[neuron] = untouched;
    touched_.clear();
    links_.clear();
  }

 private:
  static constexpr std::uint32_t untouched = std::numeric_limits<std::uint32_t>::max();
  static constexpr std::uint32_t no_link = untouched - 1;
  static constexpr std::size_t few = 32;  // insertion sort is faster, above all where they are nearly sorted
  struct Link {
    Arrival arrival;
    std::uint32_t previous;
  };

  void sort_by_time() {
    const auto earlier = [](const Arrival& a, const Arrival& b) { return a.time < b.time; };
    if (sorted_.size() > few) return std::stable_sort(sorted_.begin(), sorted_.end(), earlier);
    for (std::size_t k = 1; k < sorted_.size(); ++k) {
      const Arrival moving = sorted_[k];
      std::size_t at = k;
      for (; at > 0 && earlier(moving, sorted_[at - 1]); --at) sorted_[at] = sorted_[at - 1];
      sorted_[at] = moving;
    }
  }

  std::vector<std::uint32_t> last_;  // newest link of each neuron
  std::vector<std::uint32_t> touched_;
  std::vector<Link> links_;
  std::vector<Arrival> sorted_;
};

}  // namespace spikeloom
