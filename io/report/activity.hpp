/// Gathers from the recorded spikes, streamed in blocks, everything that the report shows of them.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "io/results_file.hpp"
#include "io/statistics.hpp"

namespace spikeloom::io::report {

/// A spike of a neuron in the raster plot; `pick` is an index into Activity::picked.
struct PickedSpike {
  double time = 0;  // ms
  std::uint32_t pick = 0;
};

/// What is gathered, decided before any spike is read.
struct ActivityPlan {
  StatisticsWindow window;
  double rate_bin = 10;                             // ms
  std::vector<std::vector<std::uint64_t>> picked;   // per population: neurons of the raster plot, ascending
  std::vector<std::vector<std::uint64_t>> watched;  // per population: neurons with a state trace, ascending
};

/// Of one population.
struct Activity {
  bool recorded = false;  // its spikes were; nothing else is filled otherwise
  ActivityStatistics statistics;
  std::vector<std::uint64_t> counts;     // spikes of every neuron
  std::vector<double> cvs;               // of the neurons that have one
  std::vector<double> correlations;      // of the sampled pairs
  std::vector<std::uint64_t> intervals;  // [k]: intervals of k grid steps (rounded); the last: and longer
  std::vector<std::uint64_t> binned;     // spikes in (k * rate_bin, (k + 1) * rate_bin]
  std::vector<PickedSpike> raster;       // by time
  std::map<std::uint64_t, std::vector<double>> trains;  // spike times [ms] of the watched neurons
};

inline constexpr std::size_t most_rows = 900, least_rows = 300;  // of the raster; a small population gets at least 12
inline constexpr std::size_t most_raster_spikes = 250'000;       // 8 bytes each in the page
inline constexpr std::size_t longest_interval = 1 << 18;         // grid steps

ActivityPlan plan_activity(const ResultsFile& results);
std::vector<Activity> gather_activity(const ResultsFile& results, const ActivityPlan& plan);

}  // namespace spikeloom::io::report
