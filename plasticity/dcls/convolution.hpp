/// Spikes through kernels of delays, forwards and backwards. Everything lies as [step][target] and [delay][target], so
/// that one spike is one long contiguous sum.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "plasticity/dcls/kernel.hpp"

namespace spikeloom {

/// Spikes of one sample by source: those of source i are number begin[i] .. begin[i + 1] - 1, in order of time.
/// `values` are 1 or the number of spikes in a bin, times what dropout makes up for.
template <class Real>
struct SpikeColumns {
  std::vector<std::uint32_t> begin = {0}, steps = {};
  std::vector<Real> values = {};

  void clear() {
    begin.assign(1, 0);
    steps.clear();
    values.clear();
  }
  void add(std::size_t step, Real value) {
    steps.push_back(static_cast<std::uint32_t>(step));
    values.push_back(value);
  }
  void end_source() { begin.push_back(static_cast<std::uint32_t>(steps.size())); }
};

/// drive[t + d][target] += value * kernel[d][target] for every spike of one source at t. `drive` has rows for every
/// t + d.
template <class Real>
void add_drive(const SpikeColumns<Real>& spikes, std::size_t source, std::span<const Real> kernel, std::size_t targets,
               std::span<Real> drive) {
  for (auto k = spikes.begin[source]; k < spikes.begin[source + 1]; ++k) {
    const Real value = spikes.values[k];
    const Real* __restrict from = kernel.data();
    Real* __restrict to = drive.data() + spikes.steps[k] * targets;
    for (std::size_t x = 0; x < kernel.size(); ++x) to[x] += value * from[x];
  }
}

/// by_kernel[d][target] += value * by_drive[t + d][target] for every spike of one source at t.
template <class Real>
void add_kernel_gradient(const SpikeColumns<Real>& spikes, std::size_t source, std::span<const Real> by_drive,
                         std::size_t targets, std::span<Real> by_kernel) {
  for (auto k = spikes.begin[source]; k < spikes.begin[source + 1]; ++k) {
    const Real value = spikes.values[k];
    const Real* __restrict from = by_drive.data() + spikes.steps[k] * targets;
    Real* __restrict to = by_kernel.data();
    for (std::size_t x = 0; x < by_kernel.size(); ++x) to[x] += value * from[x];
  }
}

/// by_spikes[t][source] = sum over d, target of by_drive[t + d][target] kernels[d][target][source], t < steps; added in
/// that order. `kernels` has the sources side by side; `by_drive` has rows for every t + d.
template <class Real>
void spike_gradient(std::span<const Real> by_drive, std::span<const Real> kernels, const KernelShape& shape,
                    std::size_t steps, std::span<Real> by_spikes) {
  constexpr std::size_t rows = 8, columns = 32;  // sums of a block stay in registers
  const std::size_t n = shape.sources, terms = shape.row();
  for (std::size_t t = 0; t < steps; t += rows)
    for (std::size_t i = 0; i < n; i += columns) {
      const std::size_t height = steps - t < rows ? steps - t : rows, width = n - i < columns ? n - i : columns;
      Real sum[rows][columns] = {};
      const Real* __restrict from = by_drive.data() + t * shape.targets;
      const Real* __restrict kernel = kernels.data() + i;
      if (height == rows && width == columns)
        for (std::size_t x = 0; x < terms; ++x)
          for (std::size_t r = 0; r < rows; ++r)
            for (std::size_t c = 0; c < columns; ++c) sum[r][c] += from[r * shape.targets + x] * kernel[x * n + c];
      else
        for (std::size_t x = 0; x < terms; ++x)
          for (std::size_t r = 0; r < height; ++r)
            for (std::size_t c = 0; c < width; ++c) sum[r][c] += from[r * shape.targets + x] * kernel[x * n + c];
      for (std::size_t r = 0; r < height; ++r)
        for (std::size_t c = 0; c < width; ++c) by_spikes[(t + r) * n + i + c] = sum[r][c];
    }
}

}  // namespace spikeloom
