/// Temporal order: which of two volleys comes first, a gap apart.
#include <algorithm>

#include "networks/tasks/streams.hpp"

namespace spikeloom {

SpikeData make_temporal_order(const TemporalOrder& task, std::uint64_t seed, Part part, std::size_t size) {
  constexpr std::uint32_t group = 5;
  SpikeData data(2 * group, 2, 200);
  for (std::size_t k = 0; k < size; ++k) {
    auto random = sample_of(TaskStream::temporal_order, seed, part, k);
    Spikes spikes;
    const auto label = random.below(2);
    const double start = random.uniform(10, 40);
    for (std::uint32_t unit = 0; unit < 2 * group; ++unit) {
      const bool second = (unit < group) == (label == 1);
      spikes.emplace_back(std::max(0.0, start + (second ? task.gap : 0) + random.normal(task.jitter)), unit);
      add_poisson(random, task.background, 0, data.duration(), unit, spikes);
    }
    add_sample(data, std::move(spikes), label);
  }
  return data;
}

}  // namespace spikeloom
