/// Delayed match to sample: whether a code comes back after a delay.
#include <array>
#include <numeric>
#include <utility>

#include "networks/tasks/streams.hpp"

namespace spikeloom {
namespace {

constexpr std::uint32_t n_units = 40, n_active = 8, n_codes = 10;

/// The units of a code.
std::array<std::uint32_t, n_active> make_code(std::uint64_t seed, std::uint32_t which) {
  auto random = definition_of(TaskStream::match_to_sample, seed, which);
  std::array<std::uint32_t, n_units> order;
  std::iota(order.begin(), order.end(), 0u);
  std::array<std::uint32_t, n_active> code;
  for (std::uint32_t k = 0; k < n_active; ++k) {
    std::swap(order[k], order[k + random.below(n_units - k)]);
    code[k] = order[k];
  }
  return code;
}

}  // namespace

SpikeData make_match_to_sample(const MatchToSample& task, std::uint64_t seed, Part part, std::size_t size) {
  constexpr double first = 10, width = 5;
  SpikeData data(n_units, 2, 250);
  std::array<std::array<std::uint32_t, n_active>, n_codes> codes;
  for (std::uint32_t k = 0; k < n_codes; ++k) codes[k] = make_code(seed, k);
  for (std::size_t k = 0; k < size; ++k) {
    auto random = sample_of(TaskStream::match_to_sample, seed, part, k);
    const auto label = random.below(2), sample = random.below(n_codes);
    const auto test = label == 1 ? sample : (sample + 1 + random.below(n_codes - 1)) % n_codes;
    const double delay = task.delay + random.uniform(-task.spread, task.spread);
    Spikes spikes;
    for (const auto unit : codes[sample]) spikes.emplace_back(first + random.uniform(0, width), unit);
    for (const auto unit : codes[test]) spikes.emplace_back(first + delay + random.uniform(0, width), unit);
    add_sample(data, std::move(spikes), label);
  }
  return data;
}

}  // namespace spikeloom
