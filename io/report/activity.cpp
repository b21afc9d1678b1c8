/// Two streams over the spikes: counts, intervals, bins and picks first, pair correlations second.
#include "io/report/activity.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "io/report/run.hpp"

namespace spikeloom::io::report {
namespace {

constexpr std::uint64_t block = 1 << 20;  // spikes read at once
constexpr std::size_t rate_bins = 1500;   // about one per pixel
constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();

/// `wanted` of `size` neurons, evenly spread, the same for every run of the same size.
std::vector<std::uint64_t> spread(std::uint64_t size, std::uint64_t wanted) {
  wanted = std::min(size, wanted);
  std::vector<std::uint64_t> ids(wanted);
  for (std::uint64_t k = 0; k < wanted; ++k) ids[k] = (2 * k + 1) * size / (2 * wanted);
  return ids;
}

/// Width of the rate bins [ms]: the smallest of 1, 2, 5, 10, 20, ... times the resolution that is at least 1 ms, cuts
/// the run into at most `rate_bins`, and holds about 20 spikes; but never less than about 20 bins.
double rate_bin(const ResultsFile& results, std::uint64_t spikes) {
  const double duration = results.duration();
  const double filled = spikes ? 20 * duration / static_cast<double>(spikes) : duration;
  const double least = std::max({1.0, duration / static_cast<double>(rate_bins), std::min(filled, duration / 40)});
  double bin = results.resolution();
  for (int k = 0; bin < least; ++k) bin *= k % 3 == 1 ? 2.5 : 2;
  return bin;
}

std::uint64_t recorded_spikes(const ResultsFile& results) {
  std::uint64_t spikes = 0;
  for (const auto& name : results.spike_populations()) spikes += results.spike_count(name);
  return spikes;
}

/// Rows of the raster plot: fewer where the page could not hold all of their spikes.
std::uint64_t raster_rows(std::uint64_t spikes, std::uint64_t neurons) {
  const double expected = neurons ? static_cast<double>(spikes) / static_cast<double>(neurons) * most_rows : 0;
  const double fitting = expected > 0 ? most_rows * (0.95 * most_raster_spikes / expected) : most_rows;
  return static_cast<std::uint64_t>(std::clamp(fitting, 1.0 * least_rows, 1.0 * most_rows));
}

template <class Act>
void for_each_block(const ResultsFile& results, const std::string& population, Act&& act) {
  const auto count = results.spike_count(population);
  for (std::uint64_t first = 0; first < count; first += block)
    act(results.spike_block(population, first, std::min(block, count - first)));
}

/// Per neuron: place among the picked ones, and whether its train is kept.
class Sorter {
 public:
  Sorter(std::uint64_t size, const std::vector<std::uint64_t>& picked, const std::vector<std::uint64_t>& watched,
         double resolution, double rate_bin, double duration)
      : pick_(size, none), last_(size, -1), watched_(size, false), resolution_(resolution), rate_bin_(rate_bin) {
    for (std::uint32_t k = 0; k < picked.size(); ++k) pick_[picked[k]] = k;
    for (const auto neuron : watched) watched_[neuron] = true;
    bins_ = static_cast<std::size_t>(std::max(1.0, std::ceil(duration / rate_bin - 1e-9)));
  }

  void add(const PopulationSpikes& spikes, Activity& activity) {
    activity.intervals.resize(longest_interval + 1);
    activity.binned.resize(bins_);
    for (std::size_t k = 0; k < spikes.times.size(); ++k) {
      const double time = spikes.times[k];
      const auto neuron = spikes.neurons[k];
      if (last_[neuron] >= 0) {
        const auto steps = static_cast<std::size_t>(std::llround((time - last_[neuron]) / resolution_));
        ++activity.intervals[std::min(steps, longest_interval)];
      }
      last_[neuron] = time;
      const double bin = std::ceil(time / rate_bin_ - 1e-9) - 1;
      ++activity.binned[std::min(static_cast<std::size_t>(std::max(bin, 0.0)), bins_ - 1)];
      if (pick_[neuron] != none) activity.raster.push_back({time, pick_[neuron]});
      if (watched_[neuron]) activity.trains[neuron].push_back(time);
    }
  }

 private:
  std::vector<std::uint32_t> pick_;
  std::vector<double> last_;
  std::vector<bool> watched_;
  double resolution_, rate_bin_;
  std::size_t bins_ = 1;
};

Activity gather_population(const ResultsFile& results, const ActivityPlan& plan, std::size_t index) {
  const auto& population = results.populations()[index];
  Activity activity;
  activity.recorded = true;
  ActivityCounter counter(population.size, plan.window);
  Sorter sorter(population.size, plan.picked[index], plan.watched[index], results.resolution(), plan.rate_bin,
                results.duration());
  sorter.add({}, activity);
  for_each_block(results, population.name, [&](const PopulationSpikes& spikes) {
    counter.add(spikes.times, spikes.neurons);
    sorter.add(spikes, activity);
  });
  activity.statistics = counter.statistics();
  activity.counts.assign(counter.counts().begin(), counter.counts().end());
  activity.cvs = counter.cvs();
  const auto sample = counter.sample();
  if (sample.size() < 2) return activity;
  PairCorrelation pairs(sample, population.size, plan.window);
  for_each_block(results, population.name,
                 [&](const PopulationSpikes& spikes) { pairs.add(spikes.times, spikes.neurons); });
  activity.correlations = pairs.coefficients();
  activity.statistics.correlation = pairs.mean();
  return activity;
}

}  // namespace

ActivityPlan plan_activity(const ResultsFile& results) {
  const auto& populations = results.populations();
  ActivityPlan plan;
  plan.window.end = results.duration();
  plan.rate_bin = rate_bin(results, recorded_spikes(results));
  plan.picked.resize(populations.size());
  plan.watched.resize(populations.size());
  std::uint64_t neurons = 0;
  for (const auto& name : results.spike_populations()) neurons += populations.at(population_index(results, name)).size;
  const auto rows = raster_rows(recorded_spikes(results), neurons);
  for (const auto& name : results.spike_populations()) {
    const auto index = population_index(results, name);
    const auto size = populations[index].size;
    const std::uint64_t share = neurons <= rows ? size : std::max<std::uint64_t>(12, size * rows / neurons);
    plan.picked[index] = spread(size, share);
  }
  for (const auto& report : results.reports())
    if (const auto index = population_index(results, report.population); index < populations.size())
      for (const auto neuron : report.neurons)
        if (neuron < populations[index].size) plan.watched[index].push_back(neuron);
  return plan;
}

std::vector<Activity> gather_activity(const ResultsFile& results, const ActivityPlan& plan) {
  std::vector<Activity> activity(results.populations().size());
  for (const auto& name : results.spike_populations()) {
    const auto index = population_index(results, name);
    activity[index] = gather_population(results, plan, index);
  }
  return activity;
}

}  // namespace spikeloom::io::report
