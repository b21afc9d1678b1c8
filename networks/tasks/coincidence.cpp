/// Coincidence with a required delay: by how much the right ear lags behind the left one.
#include "networks/tasks/streams.hpp"

namespace spikeloom {

SpikeData make_coincidence(const Coincidence& task, std::uint64_t seed, Part part, std::size_t size) {
  constexpr auto pairs = coincidence_pairs;
  // Carriers begin before the sample and go on after it: no class loses spikes at a border.
  constexpr double margin = 30;
  SpikeData data(2 * pairs, coincidence_lags.size(), 300);
  const auto within = [&](double t) { return t >= 0 && t < data.duration(); };
  for (std::size_t k = 0; k < size; ++k) {
    auto random = sample_of(TaskStream::coincidence, seed, part, k);
    Spikes spikes, carrier;
    const auto label = random.below(data.classes());
    const double shift = coincidence_lags[label];
    for (std::uint32_t unit = 0; unit < pairs; ++unit) {
      carrier.clear();
      add_poisson(random, task.rate, -margin, data.duration() + margin, unit, carrier);
      for (const auto& left : carrier) {
        const double right = left.first + shift + random.normal(task.jitter);
        if (within(left.first)) spikes.push_back(left);
        if (within(right)) spikes.emplace_back(right, unit + pairs);
      }
    }
    add_sample(data, std::move(spikes), label);
  }
  return data;
}

}  // namespace spikeloom
