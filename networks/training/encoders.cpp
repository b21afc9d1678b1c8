/// Rate code by exponential intervals; delta code by a level that follows the signal in whole thresholds.
#include "networks/training/encoders.hpp"

#include <stdexcept>

#include "networks/tasks/streams.hpp"

namespace spikeloom {
namespace {

constexpr std::uint32_t rate_stream = 0x5243;

}  // namespace

std::vector<std::pair<double, std::uint32_t>> rate_code(std::span<const double> values, double rate_max,
                                                        double duration, std::uint64_t seed, std::uint64_t sample) {
  Spikes spikes;
  DrawSequence random(seed, rate_stream, sample);
  for (std::uint32_t unit = 0; unit < values.size(); ++unit) {
    if (!(values[unit] >= 0 && values[unit] <= 1)) throw std::invalid_argument("a rate code takes values from 0 to 1");
    add_poisson(random, rate_max * values[unit], 0, duration, unit, spikes);
  }
  return spikes;
}

std::vector<std::pair<double, std::uint32_t>> delta_code(std::span<const double> signal, std::size_t channels,
                                                         double step, double threshold) {
  if (!(threshold > 0) || channels == 0 || signal.size() % channels != 0)
    throw std::invalid_argument("a delta code takes a threshold above 0 and equally long channels");
  Spikes spikes;
  const std::size_t steps = signal.size() / channels;
  for (std::size_t c = 0; c < channels && steps > 0; ++c) {
    const auto values = signal.subspan(c * steps, steps);
    const auto unit = static_cast<std::uint32_t>(2 * c);
    // The level is the first value plus a whole number of thresholds: no rounding error adds up.
    double moved = 0;
    for (std::size_t t = 1; t < steps; ++t) {
      const double time = static_cast<double>(t) * step;
      for (; values[t] - values[0] >= (moved + 1) * threshold; ++moved) spikes.emplace_back(time, unit);
      for (; values[t] - values[0] <= (moved - 1) * threshold; --moved) spikes.emplace_back(time, unit + 1);
    }
  }
  return spikes;
}

}  // namespace spikeloom
