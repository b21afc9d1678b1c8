/// Reads what the sections of the report share.
#include "io/report/run.hpp"

#include <algorithm>
#include <exception>

#include "io/experiment_file.hpp"

namespace spikeloom::io::report {
namespace {

void read_resolved_experiment(Run& run) {
  const auto& provenance = run.results.provenance();
  const auto found = provenance.find("experiment");
  if (found == provenance.end()) {
    run.experiment_problem = "the results hold no experiment text";
    return;
  }
  try {
    run.experiment = parse_experiment(found->second, "experiment", run.results.directory());
  } catch (const std::exception& error) {  // a file that it names may be gone, or it comes from another version
    run.experiment_problem = error.what();
  }
}

}  // namespace

std::size_t population_index(const ResultsFile& results, const std::string& name) {
  const auto& populations = results.populations();
  const auto found =
      std::find_if(populations.begin(), populations.end(), [&](const auto& p) { return p.name == name; });
  return static_cast<std::size_t>(found - populations.begin());
}

Run read_run(const ResultsFile& results) {
  Run run{results, plan_activity(results), {}, {}, {}};
  run.activity = gather_activity(results, run.plan);
  read_resolved_experiment(run);
  return run;
}

}  // namespace spikeloom::io::report
