/// An axon bundle under a chain of glial cells: spikes go in, pass from segment to segment, come out delayed.
#pragma once

#include <queue>
#include <vector>

#include "core/state_archive.hpp"
#include "plasticity/glial_segment.hpp"

namespace spikeloom {

/// A spike on its way: where it is, or will be, at `time` [ms].
struct AxonSpike {
  double time = 0;
  std::uint32_t axon = 0;
};

class MyelinBundle {
 public:
  /// Conduction times at the start are drawn around tau_nom / segments from the seed.
  MyelinBundle(const MyelinParams& params, std::size_t axons, std::uint64_t seed, std::uint32_t stream,
               bool instantaneous = false);

  /// A spike enters the bundle. Spikes may be told in any order, but not before the time of the last advance().
  void enter(const AxonSpike& spike) { waiting_.front().push(spike); }

  /// All spikes that enter up to `known` [ms] have been told: takes every segment as far as that determines, which is
  /// tau_min / segments further from each to the next, and appends the spikes that leave the bundle, in no order that
  /// matters. What leaves up to known + tau_min is complete then.
  void advance(double known, std::vector<AxonSpike>& out);

  std::size_t axons() const noexcept { return segments_.front().conduction().size(); }
  /// Conduction time of an axon now [ms].
  double conduction(std::size_t axon) const noexcept;
  std::vector<GlialSegment>& segments() noexcept { return segments_; }
  const std::vector<GlialSegment>& segments() const noexcept { return segments_; }
  /// Saves or restores everything that changes, alike in all partitions.
  void state(StateArchive& archive);
  /// Over everything that later spikes of an axon depend on.
  std::uint64_t hash_of(std::size_t axon) const;
  /// Every spike inside the bundle, as an addition mod 2^64, for the axons that `counts` says how often to count.
  std::uint64_t hash_of_waiting(const std::vector<std::uint32_t>& counts) const;

 private:
  struct Later {
    bool operator()(const AxonSpike& a, const AxonSpike& b) const noexcept {
      return a.time != b.time ? a.time > b.time : a.axon > b.axon;
    }
  };
  /// A queue whose content can be looked at.
  struct Queue : std::priority_queue<AxonSpike, std::vector<AxonSpike>, Later> {
    const std::vector<AxonSpike>& content() const noexcept { return c; }
  };

  std::vector<GlialSegment> segments_;
  std::vector<Queue> waiting_;  // before each segment
  double shortest_;             // conduction time of a segment, a little less for rounding
};

}  // namespace spikeloom
