/// Rate and delta codes: counts by rate, a signal that can be put together again from its spikes.
#include "networks/training/encoders.hpp"

#include <catch2/catch.hpp>

#include <cmath>

using namespace spikeloom;

TEST_CASE("a rate code fires as often as its values say", "[training][encoders]") {
  const std::vector<double> values = {0, 0.1, 1};
  std::vector<double> counts(3);
  for (std::uint64_t sample = 0; sample < 200; ++sample)
    for (const auto& [time, unit] : rate_code(values, 100, 500, 1, sample)) {
      REQUIRE(time >= 0);
      REQUIRE(time < 500);
      counts[unit] += 1.0 / 200;
    }
  CHECK(counts[0] == 0);
  CHECK(counts[1] == Approx(5).margin(4 * std::sqrt(5 / 200.0)));
  CHECK(counts[2] == Approx(50).margin(4 * std::sqrt(50 / 200.0)));
  CHECK(rate_code(values, 100, 500, 1, 7) == rate_code(values, 100, 500, 1, 7));
  CHECK(rate_code(values, 100, 500, 1, 7) != rate_code(values, 100, 500, 1, 8));
  CHECK_THROWS_AS(rate_code(std::vector{1.5}, 100, 500, 1, 0), std::invalid_argument);
}

TEST_CASE("a delta code follows its signal to within a threshold", "[training][encoders]") {
  constexpr std::size_t steps = 200;
  std::vector<double> signal;
  for (int c = 0; c < 2; ++c)
    for (std::size_t t = 0; t < steps; ++t) signal.push_back(c + std::sin(0.1 * static_cast<double>(t) * (c + 1)));
  const double threshold = 0.15;
  const auto spikes = delta_code(signal, 2, 0.5, threshold);
  for (std::size_t c = 0; c < 2; ++c)
    for (std::size_t t = 0; t < steps; ++t) {
      double level = signal[c * steps];
      for (const auto& [time, unit] : spikes)
        if (unit / 2 == c && time <= 0.5 * static_cast<double>(t)) level += unit % 2 == 0 ? threshold : -threshold;
      REQUIRE(std::abs(level - signal[c * steps + t]) < threshold + 1e-12);
    }
  CHECK(delta_code(std::vector<double>{0, 1}, 1, 1, 0.25) ==
        std::vector<std::pair<double, std::uint32_t>>{{1, 0}, {1, 0}, {1, 0}, {1, 0}});
  CHECK(delta_code(std::vector<double>{0, 0, 0}, 1, 1, 0.25).empty());
  CHECK_THROWS_AS(delta_code(std::vector<double>{1, 2, 3}, 2, 1, 0.25), std::invalid_argument);
}
