/// From numbers to spikes: rate code and delta code (the latency code is in spike_data.hpp).
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace spikeloom {

/// Poisson trains of `rate_max` [Hz] times the values, which lie in [0, 1], over `duration` [ms]; a function of seed
/// and sample. Unsorted.
std::vector<std::pair<double, std::uint32_t>> rate_code(std::span<const double> values, double rate_max,
                                                        double duration, std::uint64_t seed, std::uint64_t sample);

/// Send-on-delta: unit 2c fires whenever channel c has risen by `threshold` since its last spike, unit 2c + 1 whenever
/// it has fallen by it. `signal` is [channel][step], steps of `step` [ms]; a spike comes at the step where the change
/// is seen, several changes in one step give several spikes. The first value gives none.
std::vector<std::pair<double, std::uint32_t>> delta_code(std::span<const double> signal, std::size_t channels,
                                                         double step, double threshold);

}  // namespace spikeloom
