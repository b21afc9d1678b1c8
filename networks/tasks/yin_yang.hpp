/// The Yin-Yang data set (Kriener, Göltz & Petrovici 2022, arXiv:2102.08211): points of a plane in three classes.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace spikeloom {

/// Points in the disc of radius 0.5 around (0.5, 0.5), given as (x, y, 1 - x, 1 - y), each in [0, 1].
struct YinYangData {
  std::vector<std::array<double, 4>> features;
  std::vector<std::int32_t> labels;  // 0 yang side, 1 yin side, 2 dots

  bool operator==(const YinYangData&) const = default;
};

/// The class of a point of the disc.
std::int32_t yin_yang_class(double x, double y) noexcept;

/// `size` points, the same bits as the reference implementation draws with NumPy's RandomState(seed): the classes are
/// drawn uniformly, then points until one is of that class. Published sets: training 5000 points of seed 42,
/// validation 1000 of seed 41, test 1000 of seed 40.
YinYangData make_yin_yang(std::size_t size, std::uint32_t seed);

}  // namespace spikeloom
