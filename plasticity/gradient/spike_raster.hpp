/// Spikes of one trial on the grid, readable by step and by neuron.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

namespace spikeloom {

/// Which neurons spiked in each step: steps are appended in order, neurons of a step in ascending order.
class SpikeRaster {
 public:
  void clear() {
    neurons_.clear();
    ends_.clear();
  }
  void add(std::uint32_t neuron) { neurons_.push_back(neuron); }
  void end_step() { ends_.push_back(static_cast<std::uint32_t>(neurons_.size())); }

  std::size_t steps() const noexcept { return ends_.size(); }
  std::size_t spikes() const noexcept { return neurons_.size(); }
  /// Neurons that spiked in a step, ascending; none before the first step (`step` may be -1).
  std::span<const std::uint32_t> at(std::ptrdiff_t step) const noexcept {
    if (step < 0) return {};
    const auto k = static_cast<std::size_t>(step);
    const std::uint32_t begin = k == 0 ? 0 : ends_[k - 1];
    return {neurons_.data() + begin, ends_[k] - begin};
  }

  /// Spikes of each of `count` neurons.
  std::vector<std::uint32_t> counts(std::size_t count) const {
    std::vector<std::uint32_t> result(count);
    for (const auto neuron : neurons_) ++result[neuron];
    return result;
  }

 private:
  std::vector<std::uint32_t> neurons_;
  std::vector<std::uint32_t> ends_;
};

/// The same spikes by neuron: the steps of neuron i, ascending (a step repeats if the neuron spiked twice in it).
class SpikeTrains {
 public:
  SpikeTrains() = default;
  SpikeTrains(const SpikeRaster& raster, std::size_t neurons) : begin_(neurons + 1), steps_(raster.spikes()) {
    const auto counts = raster.counts(neurons);
    for (std::size_t i = 0; i < neurons; ++i) begin_[i + 1] = begin_[i] + counts[i];
    auto next = begin_;
    for (std::size_t t = 0; t < raster.steps(); ++t)
      for (const auto neuron : raster.at(static_cast<std::ptrdiff_t>(t)))
        steps_[next[neuron]++] = static_cast<std::uint32_t>(t);
  }
  std::span<const std::uint32_t> of(std::size_t neuron) const noexcept {
    return {steps_.data() + begin_[neuron], begin_[neuron + 1] - begin_[neuron]};
  }

 private:
  std::vector<std::uint32_t> begin_;
  std::vector<std::uint32_t> steps_;
};

}  // namespace spikeloom
