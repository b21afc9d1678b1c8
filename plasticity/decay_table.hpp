/// exp(-n h / tau) by the number of steps: traces decay by a look-up, never by a call of exp.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

namespace spikeloom {

class DecayTable {
 public:
  DecayTable() : factors_(1, 1.0f) {}
  /// `steps`: the time constant in steps. Beyond 17 time constants (4e-8) the factor is 0. Differences never exceed
  /// `longest` if it is given, which bounds the table of long time constants.
  explicit DecayTable(double steps, std::int64_t longest = std::int64_t{1} << 40) {
    const auto negligible = static_cast<std::int64_t>(std::ceil(17 * steps));
    for (std::int64_t n = 0; n <= std::min(negligible, longest); ++n)
      factors_.push_back(n == negligible ? 0.0f : static_cast<float>(std::exp(-static_cast<double>(n) / steps)));
  }

  /// What loops keep in registers.
  struct View {
    const float* factors;
    std::int32_t last;
    /// Factor after `n` steps; any n, and 1 for a negative one.
    [[gnu::always_inline]] float operator()(std::int32_t n) const noexcept {
      const std::int32_t low = n < 0 ? 0 : n;
      return factors[low < last ? low : last];
    }
  };
  View view() const noexcept { return {factors_.data(), static_cast<std::int32_t>(factors_.size()) - 1}; }
  float operator()(std::int32_t n) const noexcept { return view()(n); }

 private:
  std::vector<float> factors_;
};

}  // namespace spikeloom
