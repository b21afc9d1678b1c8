/// Numbers for tests of DCLS networks.
#pragma once

#include <vector>

#include "core/random.hpp"
#include "plasticity/dcls/inference.hpp"

namespace spikeloom::tests {

/// Uniform in (low, high), a function of everything else.
inline double number(std::uint64_t seed, std::uint32_t stream, double low, double high, std::uint64_t id = 0) {
  return low + (high - low) * uniform(draw(seed, Purpose::task, 900 + stream, id)[0]);
}

/// Every unit spikes in every step with probability `p`, sometimes twice.
inline std::vector<DclsSpike> random_spikes(std::uint64_t seed, std::size_t units, std::size_t steps, double p) {
  std::vector<DclsSpike> spikes;
  for (std::uint32_t t = 0; t < steps; ++t)
    for (std::uint32_t i = 0; i < units; ++i)
      if (const double x = number(seed, 50, 0, 1, t * units + i); x < p)
        spikes.push_back({t, i, x < 0.1 * p ? 2.0f : 1.0f});
  return spikes;
}

}  // namespace spikeloom::tests
