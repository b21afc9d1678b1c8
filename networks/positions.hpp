/// Where the neurons of a population are, and how far apart two neurons are.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "networks/spec.hpp"

namespace spikeloom {

/// Columns of coordinates [um], one entry per neuron; all empty if the population has no layout. A two-dimensional
/// layout has z = 0 throughout. `extent` is the box that periodic distances wrap at, 0 where it does not wrap (z of a
/// two-dimensional layout, and every axis of an array layout, whose box is unknown).
struct Positions {
  std::vector<double> x, y, z;
  double extent_x = 0, extent_y = 0, extent_z = 0;

  bool empty() const noexcept { return x.empty(); }
  std::size_t size() const noexcept { return x.size(); }
};

/// Positions of a population's neurons; a function of (layout, size, seed, population) alone. Throws SpecError (with a
/// path below the population: "layout") if the layout has no place for exactly `size` neurons.
Positions place_neurons(const std::optional<Layout>& layout, std::uint32_t size, std::uint64_t seed,
                        PopulationId population);

/// Distances [um] between one neuron and many of another population: out[k] = |sources[ids[k]] - targets[target]|,
/// wrapped at the target layout's extent if `periodic`.
void distances_to(const Positions& targets, std::uint32_t target, const Positions& sources,
                  std::span<const std::uint32_t> ids, bool periodic, std::vector<float>& out);

}  // namespace spikeloom
