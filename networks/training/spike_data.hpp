/// Labelled spike trains: what a learner is trained on, whatever generator, file or encoder they come from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "networks/training/samples.hpp"

namespace spikeloom {

/// One sample: spikes in order of time (at equal times: of unit), `times` [ms] in [0, duration).
struct SpikeSample {
  std::span<const double> times;
  std::span<const std::uint32_t> units;
  std::int32_t label = 0;
};

/// Samples one after another in common columns.
class SpikeData final : public Samples {
 public:
  /// `duration` [ms] of every sample.
  SpikeData(std::uint32_t units, std::uint32_t classes, double duration)
      : Samples(classes), units_(units), duration_(duration) {}

  /// Adds a sample; sorts its spikes. Throws std::invalid_argument if a time, a unit or the label is out of range.
  void add(std::vector<std::pair<double, std::uint32_t>> spikes, std::int32_t label);

  SpikeSample operator[](std::size_t k) const noexcept {
    const auto first = begin_[k], count = begin_[k + 1] - first;
    return {std::span(times_).subspan(first, count), std::span(sources_).subspan(first, count), labels_[k]};
  }
  std::uint32_t units() const noexcept { return units_; }
  double duration() const noexcept { return duration_; }
  std::size_t spikes() const noexcept { return times_.size(); }

  /// Samples [first, first + count).
  SpikeData part(std::size_t first, std::size_t count) const;

 private:
  std::uint32_t units_;
  double duration_;
  std::vector<std::size_t> begin_ = {0};
  std::vector<double> times_;
  std::vector<std::uint32_t> sources_;
};

using DataSplit = Split<SpikeData>;

/// Numbers 0 ... size - 1 in an order that is a function of seed and epoch (Fisher & Yates).
std::vector<std::uint32_t> shuffled(std::size_t size, std::uint64_t seed, std::uint32_t epoch);

/// Latency code of grey values: one spike at t_max (1 - value / 255) for every value above `threshold`: bright is
/// early.
std::vector<std::pair<double, std::uint32_t>> latency_code(std::span<const std::uint8_t> values, double t_max,
                                                           std::uint8_t threshold);

}  // namespace spikeloom
