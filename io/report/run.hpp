/// What every section sees of a run: its results, the activity gathered from its spikes, its experiment.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "io/report/activity.hpp"
#include "io/results_file.hpp"
#include "networks/spec.hpp"

namespace spikeloom::io::report {

struct Run {
  const ResultsFile& results;
  ActivityPlan plan;
  std::vector<Activity> activity;            // per population, in order of results.populations()
  std::optional<ExperimentSpec> experiment;  // absent if its text cannot be read again
  std::string experiment_problem;            // why it is absent
};

/// Reads what the sections share; spikes are streamed twice in blocks. FileError if the results are damaged.
Run read_run(const ResultsFile& results);

/// Index of a population; results.populations().size() if there is none of that name.
std::size_t population_index(const ResultsFile& results, const std::string& name);

}  // namespace spikeloom::io::report
