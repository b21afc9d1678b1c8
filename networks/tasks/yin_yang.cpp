/// Draws as NumPy's RandomState does: MT19937, masked rejection for integers, 53 bits for a uniform number.
#include "networks/tasks/yin_yang.hpp"

#include <cmath>
#include <random>

namespace spikeloom {
namespace {

constexpr double r_big = 0.5, r_small = 0.1;

double distance(double x, double y, double from_x, double from_y) noexcept {
  return std::sqrt((x - from_x) * (x - from_x) + (y - from_y) * (y - from_y));
}

/// RandomState.randint(3): two bits, drawn again until they are below three.
std::int32_t goal_class(std::mt19937& bits) {
  for (;;)
    if (const auto value = static_cast<std::int32_t>(bits() & 3); value < 3) return value;
}

/// RandomState.random_sample: 53 bits from two words, in [0, 1).
double uniform_53(std::mt19937& bits) {
  const auto high = static_cast<double>(bits() >> 5);
  const auto low = static_cast<double>(bits() >> 6);
  return (high * 0x1p26 + low) * 0x1p-53;
}

}  // namespace

std::int32_t yin_yang_class(double x, double y) noexcept {
  const double right = distance(x, y, r_big + r_big / 2, r_big), left = distance(x, y, r_big / 2, r_big);
  if (right < r_small || left < r_small) return 2;
  const bool in_right_dot = right <= r_small, around_left_dot = left > r_small && left <= r_big / 2;
  return in_right_dot || around_left_dot || (y > r_big && right > r_big / 2) ? 1 : 0;
}

YinYangData make_yin_yang(std::size_t size, std::uint32_t seed) {
  std::mt19937 bits(seed);
  YinYangData data;
  data.features.reserve(size);
  data.labels.reserve(size);
  while (data.labels.size() < size) {
    const auto goal = goal_class(bits);
    double x = 0, y = 0;
    do {
      x = uniform_53(bits) * 2 * r_big;
      y = uniform_53(bits) * 2 * r_big;
    } while (distance(x, y, r_big, r_big) > r_big || yin_yang_class(x, y) != goal);
    data.features.push_back({x, y, 1 - x, 1 - y});
    data.labels.push_back(goal);
  }
  return data;
}

}  // namespace spikeloom
