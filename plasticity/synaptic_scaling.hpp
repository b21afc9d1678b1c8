/// Synaptic scaling: all weights onto a neuron grow together while it fires less than it should, and shrink while it
/// fires more.
///
///     dw/dt = (w / tau) (1 - target train / rate)
///
/// van Rossum, Bi & Turrigiano 2000 (J Neurosci 20:8812); Turrigiano 2008 (Cell 135:422). Applied once per second,
/// exactly, with the spikes of the second before: what a target emits within the last window may not be known yet, so
/// that a second ends a window early.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "core/models/exponential.hpp"
#include "core/state_archive.hpp"
#include "core/types.hpp"
#include "plasticity/mixed_bits.hpp"

namespace spikeloom {

/// What the user asks for; a rate of 0 asks for nothing.
struct ScalingParams {
  double rate = 0;   // Hz
  double tau = 1e5;  // ms
};

/// Counts the spikes of one slice of target neurons and says by what their weights are multiplied.
class SynapticScaling {
 public:
  SynapticScaling() = default;
  /// `every`: steps between two changes; `window`: longest time, in steps, that spikes take to be known.
  SynapticScaling(const ScalingParams& params, std::uint32_t neurons, std::int32_t every, Step window,
                  double resolution)
      : every_(every), window_(static_cast<std::int32_t>(window)), factors_(neurons) {
    const double span = every * resolution;
    gain_ = span / params.tau;
    per_spike_ = 1e3 / (params.rate * span);
    for (auto& counts : counts_) counts.assign(neurons, 0);
  }

  explicit operator bool() const noexcept { return every_ > 0; }
  bool is_due(std::int32_t step) const noexcept { return every_ > 0 && step > 0 && step % every_ == 0; }

  void count(std::int32_t step, std::span<const std::uint32_t> neurons) noexcept {
    auto& counts = counts_[((step + window_) / every_) & 1];
    for (const auto neuron : neurons) ++counts[neuron];
  }

  /// Factors per neuron for the weights at the begin of `step`, which must be due.
  std::span<const float> factors(std::int32_t step) noexcept {
    auto& counts = counts_[(step / every_ - 1) & 1];
    for (std::size_t i = 0; i < counts.size(); ++i)
      factors_[i] = static_cast<float>(exponential(gain_ * (1 - per_spike_ * counts[i])));
    std::fill(counts.begin(), counts.end(), 0u);
    return factors_;
  }

  void state(StateArchive& archive) {
    if (every_ == 0) return;
    archive.column("spikes_of_even_seconds", counts_[0]);
    archive.column("spikes_of_odd_seconds", counts_[1]);
  }

  /// The same for any partitioning when summed over slices, which begin at `first_target`.
  std::uint64_t hash(std::uint32_t first_target) const noexcept {
    std::uint64_t sum = 0;
    for (const auto& counts : counts_)
      for (std::size_t i = 0; i < counts.size(); ++i)
        if (counts[i] != 0) sum += mixed_bits(std::uint64_t{first_target + i} << 32 | counts[i]);
    return sum;
  }

 private:
  std::int32_t every_ = 0, window_ = 0;
  double gain_ = 0, per_spike_ = 0;
  std::array<std::vector<std::uint32_t>, 2> counts_;  // of even and odd seconds
  std::vector<float> factors_;
};

}  // namespace spikeloom
