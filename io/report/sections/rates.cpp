/// Population rates over the whole run: as recorded, or binned from the spikes.
#include <algorithm>
#include <cmath>
#include <map>

#include "io/report/format.hpp"
#include "io/report/section.hpp"

namespace spikeloom::io::report {
namespace {

constexpr std::size_t most_bins = 1500;
constexpr std::uint64_t least_neurons = 5;  // fewer have spikes, not a rate; a recorded rate is shown anyway

struct Series {
  std::size_t population = 0;
  double bin = 0;              // ms
  std::vector<double> values;  // Hz
};

/// Joins neighbouring bins until at most `most_bins` are left; bins weigh by their length (the last may be short).
Series coarsened(Series series, double duration) {
  const auto factor = (series.values.size() + most_bins - 1) / most_bins;
  if (factor <= 1) return series;
  std::vector<double> values;
  for (std::size_t first = 0; first < series.values.size(); first += factor) {
    double sum = 0, length = 0;
    for (auto k = first; k < std::min(first + factor, series.values.size()); ++k) {
      const double span = std::min(series.bin, duration - static_cast<double>(k) * series.bin);
      sum += series.values[k] * span;
      length += span;
    }
    values.push_back(length > 0 ? sum / length : 0);
  }
  return {series.population, series.bin * static_cast<double>(factor), std::move(values)};
}

Series from_spikes(const Run& run, std::size_t index) {
  Series series{index, run.plan.rate_bin, {}};
  const double duration = run.results.duration(), size = static_cast<double>(run.results.populations()[index].size);
  for (std::size_t k = 0; k < run.activity[index].binned.size(); ++k) {
    const double span = std::min(series.bin, duration - static_cast<double>(k) * series.bin);
    series.values.push_back(span > 0 ? static_cast<double>(run.activity[index].binned[k]) / (size * span / 1000) : 0);
  }
  return series;
}

std::vector<Series> all_series(const Run& run) {
  std::vector<Series> all;
  std::vector<bool> done(run.activity.size(), false);
  for (const auto& recorded : run.results.rates()) {
    const auto index = population_index(run.results, recorded.population);
    if (index == done.size() || done[index]) continue;
    all.push_back(coarsened({index, recorded.bin, recorded.values}, run.results.duration()));
    done[index] = true;
  }
  for (std::size_t index = 0; index < done.size(); ++index)
    if (!done[index] && run.activity[index].recorded && run.results.populations()[index].size >= least_neurons)
      all.push_back(from_spikes(run, index));
  return all;
}

}  // namespace

Json rates_section(const Run& run) {
  std::map<std::pair<double, std::size_t>, std::vector<Series>> groups;  // same bins share a figure
  for (auto& series : all_series(run)) groups[{series.bin, series.values.size()}].push_back(std::move(series));
  if (groups.empty() || run.results.duration() <= 0) return nullptr;
  auto list = Json::array();
  for (const auto& [bins, members] : groups) {
    auto entries = Json::array();
    for (const auto& series : members)
      entries.push_back({{"population", series.population}, {"values", rounded(series.values)}});
    list.push_back({{"bin", bins.first},
                    {"bins", bins.second},
                    {"start", 0},
                    {"stop", run.results.duration()},
                    {"series", entries},
                    {"caption", "Spikes per neuron and second in bins of " + number_text(bins.first) +
                                    " ms, mean over all neurons of a population. Shaded: the stretch that the raster "
                                    "shows; click to move it, drag to zoom."}});
  }
  return {{"groups", list}};
}

}  // namespace spikeloom::io::report
