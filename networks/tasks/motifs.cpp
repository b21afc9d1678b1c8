/// Spatio-temporal motifs in noise: only the relative times of spikes tell a motif from its background.
#include <array>
#include <cmath>
#include <numeric>
#include <utility>

#include "networks/tasks/streams.hpp"

namespace spikeloom {
namespace {

constexpr std::uint32_t n_units = 100, n_chosen = 30, n_templates = 10;
constexpr double longest_offset = 50;

/// When the units of a template fire [ms]; negative for those that it leaves out.
std::array<double, n_units> make_template(std::uint64_t seed, std::uint32_t which) {
  auto random = definition_of(TaskStream::motifs, seed, which);
  std::array<std::uint32_t, n_units> order{};
  std::iota(order.begin(), order.end(), 0u);
  std::array<double, n_units> offsets;
  offsets.fill(-1);
  for (std::uint32_t k = 0; k < n_chosen; ++k) {
    std::swap(order[k], order[k + random.below(n_units - k)]);
    offsets[order[k]] = random.uniform(0, longest_offset);
  }
  return offsets;
}

}  // namespace

SpikeData make_motifs(const Motifs& task, std::uint64_t seed, Part part, std::size_t size) {
  SpikeData data(n_units, n_templates, 150);
  std::array<std::array<double, n_units>, n_templates> templates;
  for (std::uint32_t k = 0; k < n_templates; ++k) templates[k] = make_template(seed, k);
  // A unit of the template keeps its expected count: the background gives up what the template adds.
  const double added = 1 - task.dropped, expected = 1e-3 * task.rate * data.duration();
  const double rest = 1e3 * std::max(0.0, expected - added) / data.duration();
  for (std::size_t k = 0; k < size; ++k) {
    auto random = sample_of(TaskStream::motifs, seed, part, k);
    Spikes spikes;
    const auto label = random.below(n_templates);
    const double start = random.uniform(0, 50);
    for (std::uint32_t unit = 0; unit < n_units; ++unit) {
      const double offset = templates[label][unit];
      add_poisson(random, offset < 0 ? task.rate : rest, 0, data.duration(), unit, spikes);
      if (offset >= 0 && random.uniform() >= task.dropped)  // reflected at 0, so that none is lost
        spikes.emplace_back(std::abs(start + offset + random.normal(task.jitter)), unit);
    }
    add_sample(data, std::move(spikes), label);
  }
  return data;
}

}  // namespace spikeloom
