/// Cell lists over the positions of sources.
#include "networks/connect/source_cells.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace spikeloom {

SourceCells::Axis SourceCells::cut(const std::vector<double>& coordinates, double reach, double extent) {
  Axis axis{.low = 0, .length = extent, .count = 1, .wraps = extent > 0};
  if (!axis.wraps && !coordinates.empty()) {
    const auto [low, high] = std::minmax_element(coordinates.begin(), coordinates.end());
    axis.low = *low;
    axis.length = *high - *low;
  }
  // A little wider than the reach: of two points within reach, rounding must not put one two cells on.
  const double most = std::floor(axis.length / (reach * (1 + 1e-9)));  // 0 for an infinite reach
  axis.count = std::max<std::int64_t>(1, static_cast<std::int64_t>(std::min(most, 1e6)));
  return axis;
}

std::int64_t SourceCells::cell_on(const Axis& axis, double coordinate) {
  const double cell = std::floor((coordinate - axis.low) / axis.cell_size());
  const auto count = static_cast<double>(axis.count);
  return static_cast<std::int64_t>(axis.wraps ? cell - count * std::floor(cell / count)
                                              : std::clamp(cell, -2.0, count + 1));
}

std::vector<std::int64_t> SourceCells::neighbours_on(const Axis& axis, double coordinate) {
  std::vector<std::int64_t> cells;
  if (axis.count <= 3) {  // all: three neighbours of a wrapping axis would meet
    cells.resize(static_cast<std::size_t>(axis.count));
    std::iota(cells.begin(), cells.end(), std::int64_t{0});
    return cells;
  }
  const std::int64_t centre = cell_on(axis, coordinate);
  for (std::int64_t cell = centre - 1; cell <= centre + 1; ++cell)
    if (axis.wraps)
      cells.push_back((cell + axis.count) % axis.count);
    else if (cell >= 0 && cell < axis.count)
      cells.push_back(cell);
  return cells;
}

SourceCells::SourceCells(const Positions& sources, double reach, std::array<double, 3> extent) {
  axes_ = {cut(sources.x, reach, extent[0]), cut(sources.y, reach, extent[1]), cut(sources.z, reach, extent[2])};
  const auto coarser = [](const Axis& a, const Axis& b) { return a.count < b.count; };
  while (cells() > static_cast<std::int64_t>(sources.size()) + 64)  // cells that are mostly empty only cost memory
    std::max_element(axes_.begin(), axes_.end(), coarser)->count /= 2;
  const auto cell_of = [&](std::size_t k) {
    const std::array<double, 3> at{sources.x[k], sources.y[k], sources.z[k]};
    std::int64_t cell = 0;
    for (std::size_t axis = 3; axis-- > 0;)
      cell =
          cell * axes_[axis].count + std::clamp<std::int64_t>(cell_on(axes_[axis], at[axis]), 0, axes_[axis].count - 1);
    return static_cast<std::size_t>(cell);
  };
  begins_.resize(static_cast<std::size_t>(cells()) + 1);
  for (std::size_t k = 0; k < sources.size(); ++k) ++begins_[cell_of(k) + 1];
  std::partial_sum(begins_.begin(), begins_.end(), begins_.begin());
  ids_.resize(sources.size());
  auto next = begins_;
  for (std::size_t k = 0; k < sources.size(); ++k) ids_[next[cell_of(k)]++] = static_cast<std::uint32_t>(k);
}

void SourceCells::near(double x, double y, double z, std::vector<std::uint32_t>& ids) const {
  ids.clear();
  const auto columns = neighbours_on(axes_[0], x);
  for (const auto layer : neighbours_on(axes_[2], z))
    for (const auto row : neighbours_on(axes_[1], y))
      for (const auto column : columns) {
        const auto cell = static_cast<std::size_t>((layer * axes_[1].count + row) * axes_[0].count + column);
        ids.insert(ids.end(), ids_.begin() + begins_[cell], ids_.begin() + begins_[cell + 1]);
      }
}

}  // namespace spikeloom
