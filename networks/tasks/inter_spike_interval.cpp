/// The interval between the two spikes of one unit.
#include "networks/tasks/streams.hpp"

namespace spikeloom {

SpikeData make_inter_spike_interval(const InterSpikeInterval& task, std::uint64_t seed, Part part, std::size_t size) {
  constexpr double step = 10;  // ms, between the intervals of neighbouring classes
  SpikeData data(10, 5, 200);
  for (std::size_t k = 0; k < size; ++k) {
    auto random = sample_of(TaskStream::inter_spike_interval, seed, part, k);
    Spikes spikes;
    const auto label = random.below(data.classes());
    const double onset = random.uniform(0, data.duration() - step * data.classes());
    spikes.emplace_back(onset, 0u);
    spikes.emplace_back(onset + step * (label + 1), 0u);
    for (std::uint32_t unit = 1; unit < data.units(); ++unit)
      add_poisson(random, task.background, 0, data.duration(), unit, spikes);
    add_sample(data, std::move(spikes), label);
  }
  return data;
}

}  // namespace spikeloom
