/// What came of all runs of a sweep, as one table.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "networks/sweep.hpp"

namespace spikeloom::experiments {

struct SweepOutcome {
  std::size_t index = 0;
  std::string state;  // "done", "stopped", "failed", "missing"; of a run that is going on or was killed "running"
  std::map<std::string, double> metrics = {};
  double wall_time_s = 0;
  int threads = 0;
};

/// DIR/points/0007.
std::filesystem::path directory_of_run(const std::filesystem::path& sweep_directory, std::size_t index);

/// What the run's directory says of it.
SweepOutcome outcome_of(const std::filesystem::path& sweep_directory, std::size_t index);

/// Writes DIR/sweep.csv (values as they were given) and DIR/summary (results.h5 with the table in /trials/sweep,
/// run.json and a report with pictures of metrics against parameters). Returns the outcomes, by index.
std::vector<SweepOutcome> collect_sweep(const ExperimentSpec& experiment, const Sweep& sweep,
                                        const std::filesystem::path& sweep_directory);

}  // namespace spikeloom::experiments
