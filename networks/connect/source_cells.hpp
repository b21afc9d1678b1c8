/// Which sources can be near a point: sources sorted into cells that are no smaller than the reach.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "networks/positions.hpp"

namespace spikeloom {

class SourceCells {
 public:
  /// `extent` of an axis is the box that it wraps at, 0 where it does not. An infinite reach makes one cell.
  SourceCells(const Positions& sources, double reach, std::array<double, 3> extent);

  /// Ids of all sources within reach of (x, y, z), and some more; cell by cell, ascending inside a cell.
  void near(double x, double y, double z, std::vector<std::uint32_t>& ids) const;

 private:
  /// One axis cut into `count` equal cells of `length` from `low` on.
  struct Axis {
    double low = 0, length = 0;
    std::int64_t count = 1;
    bool wraps = false;
    double cell_size() const noexcept { return count > 1 ? length / static_cast<double>(count) : 1; }
  };
  static Axis cut(const std::vector<double>& coordinates, double reach, double extent);
  static std::int64_t cell_on(const Axis& axis, double coordinate);
  static std::vector<std::int64_t> neighbours_on(const Axis& axis, double coordinate);
  std::int64_t cells() const noexcept { return axes_[0].count * axes_[1].count * axes_[2].count; }

  std::array<Axis, 3> axes_;
  std::vector<std::uint32_t> begins_, ids_;
};

}  // namespace spikeloom
