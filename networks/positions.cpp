/// Layouts turned into columns of coordinates; distances of one target to many sources.
#include "networks/positions.hpp"

#include <cmath>

#include "core/errors.hpp"
#include "core/random.hpp"

namespace spikeloom {
namespace {

void require_positive(double number, const char* path) {
  if (!(std::isfinite(number) && number > 0)) throw SpecError(path, "must be a positive length");
}

Positions place(const GridLayout& grid, std::uint32_t size, std::uint64_t, PopulationId) {
  const std::uint64_t places = std::uint64_t{grid.nx} * grid.ny * grid.nz;
  if (places != size)
    throw SpecError("layout",
                    "the grid has " + std::to_string(grid.nx) + " x " + std::to_string(grid.ny) + " x " +
                        std::to_string(grid.nz) + " = " + std::to_string(places) + " places for " +
                        std::to_string(size) + " neurons",
                    "make the product of the grid's shape equal to the size of the population");
  require_positive(grid.spacing, "layout.spacing");
  Positions positions;
  for (std::uint32_t k = 0; k < size; ++k) {
    positions.x.push_back(grid.spacing * (k % grid.nx));
    positions.y.push_back(grid.spacing * (k / grid.nx % grid.ny));
    positions.z.push_back(grid.spacing * (k / grid.nx / grid.ny));
  }
  positions.extent_x = grid.spacing * grid.nx;
  positions.extent_y = grid.spacing * grid.ny;
  positions.extent_z = grid.nz > 1 ? grid.spacing * grid.nz : 0;
  return positions;
}

Positions place(const RandomLayout& box, std::uint32_t size, std::uint64_t seed, PopulationId population) {
  require_positive(box.extent_x, "layout.extent");
  require_positive(box.extent_y, "layout.extent");
  if (box.extent_z != 0) require_positive(box.extent_z, "layout.extent");
  Positions positions;
  for (std::uint32_t k = 0; k < size; ++k) {
    const Draw plane = draw(seed, Purpose::position, population, k, 0);
    const Draw height = draw(seed, Purpose::position, population, k, 1);
    positions.x.push_back(box.extent_x * uniform(plane[0], plane[1]));
    positions.y.push_back(box.extent_y * uniform(plane[2], plane[3]));
    positions.z.push_back(box.extent_z * uniform(height[0], height[1]));
  }
  positions.extent_x = box.extent_x;
  positions.extent_y = box.extent_y;
  positions.extent_z = box.extent_z;
  return positions;
}

Positions place(const ArrayLayout& array, std::uint32_t size, std::uint64_t, PopulationId) {
  const auto require_size = [size](const std::vector<double>& column, const char* name) {
    if (column.size() == size) return;
    throw SpecError(
        "layout", std::to_string(column.size()) + " " + name + " coordinates for " + std::to_string(size) + " neurons",
        "give one coordinate per neuron");
  };
  require_size(array.x, "x");
  require_size(array.y, "y");
  if (!array.z.empty()) require_size(array.z, "z");
  Positions positions{.x = array.x, .y = array.y, .z = array.z};
  positions.z.resize(size, 0.0);
  return positions;
}

/// `difference` along one axis, by the shorter way round if the axis wraps at `extent`.
double along_axis(double difference, double extent) noexcept {
  return extent > 0 ? difference - extent * std::round(difference / extent) : difference;
}

}  // namespace

Positions place_neurons(const std::optional<Layout>& layout, std::uint32_t size, std::uint64_t seed,
                        PopulationId population) {
  if (!layout) return {};
  return std::visit([&](const auto& kind) { return place(kind, size, seed, population); }, *layout);
}

void distances_to(const Positions& targets, std::uint32_t target, const Positions& sources,
                  std::span<const std::uint32_t> ids, bool periodic, std::vector<float>& out) {
  out.resize(ids.size());
  const double extent_x = periodic ? targets.extent_x : 0;
  const double extent_y = periodic ? targets.extent_y : 0;
  const double extent_z = periodic ? targets.extent_z : 0;
  for (std::size_t k = 0; k < ids.size(); ++k) {
    const double dx = along_axis(sources.x[ids[k]] - targets.x[target], extent_x);
    const double dy = along_axis(sources.y[ids[k]] - targets.y[target], extent_y);
    const double dz = along_axis(sources.z[ids[k]] - targets.z[target], extent_z);
    out[k] = static_cast<float>(std::sqrt(dx * dx + dy * dy + dz * dz));
  }
}

}  // namespace spikeloom
