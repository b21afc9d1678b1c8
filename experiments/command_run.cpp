/// `spikeloom run`: experiment in, results directory and report out.
#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <cstdio>

#include "core/errors.hpp"
#include "experiments/commands.hpp"
#include "experiments/dry_run.hpp"
#include "experiments/network_session.hpp"
#include "experiments/process_ranks.hpp"
#include "experiments/simulate.hpp"
#include "experiments/stop_signal.hpp"
#include "io/durable_file.hpp"
#include "io/experiment_file.hpp"

namespace spikeloom::experiments {
namespace {

struct RunOptions {
  std::string experiment, out, data, time_limit;
  std::vector<std::string> sets;
  int threads = 0;
  bool overwrite = false, quiet = false, no_report = false, dry = false, try_anyway = false;
  int ranks = 0;
  double rate = 5, disk_patience = 60;
};

int run(const RunOptions& options) {
  if (!options.dry) catch_stop_signals();  // large experiments take time to read, too
  auto experiment = io::read_experiment(options.experiment, options.sets);
  auto& ranks = process_ranks();
  if (ranks.is_first())
    for (const auto& warning : experiment.warnings) fmt::print(stderr, "warning: {}\n", warning);
  if (experiment.sweep)
    throw SpecError("sweep", "this experiment is a sweep of many runs; `run` does one",
                    "use `spikeloom sweep`, or --set sweep=~ for one run with the other values of the file");
  const int threads = options.threads > 0          ? options.threads
                      : experiment.run.threads > 0 ? experiment.run.threads
                                                   : share_of_threads(available_threads());
  if (options.dry) {
    if (experiment.protocol)
      throw SpecError("protocol", "what a protocol will need cannot be told beforehand",
                      "--dry-run is for experiments that run a network");
    print_prediction(experiment, {options.ranks > 0 ? options.ranks : ranks.count(), threads, options.rate});
    return done;
  }
  const std::string out = options.out.empty() ? "results/" + experiment.name : options.out;
  const bool quiet = options.quiet || !experiment.run.progress || !ranks.is_first();

  SessionOptions session{out, options.data, threads, options.overwrite, quiet, options.no_report, {}};
  session.ranks = &ranks;
  io::set_disk_patience(std::chrono::milliseconds(std::llround(1000 * options.disk_patience)), stop_requested);
  if (!options.time_limit.empty()) session.time_limit = time_limit_of(options.time_limit);
  if (experiment.protocol) return run_session(experiment, session);
  if (!options.try_anyway) require_room(experiment, ranks.count(), ranks.count_here(), threads, out);
  return run_network(experiment, session);
}

}  // namespace

void add_run(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<RunOptions>();
  auto* command = app.add_subcommand("run", "run an experiment: results.h5, run.json and report.html in a directory");
  command->add_option("EXPERIMENT", options->experiment, "YAML file")->required();
  command->add_option("--out", options->out, "results directory (default: results/<name of the experiment>)");
  command->add_option("--threads", options->threads, "threads (default: run.threads, else all this process may use)")
      ->check(CLI::Range(1, 4096));
  command->add_option("--set", options->sets, "path=value: change the experiment, e.g. populations.exc.size=400")
      ->allow_extra_args(false);
  command->add_option("--data", options->data,
                      "folder of data sets (default: $SPIKELOOM_DATA, ./data, ../shared/data)");
  command->add_option("--max-walltime", options->time_limit,
                      "stop in time before this limit with a checkpoint: 90 s, 2 h, 01:30:00 (default: the job's)");
  command->add_flag("--dry-run", options->dry, "say what the run will need (memory, time, disk), and do not run");
  command->add_option("--ranks", options->ranks, "with --dry-run: on so many ranks of --threads threads each")
      ->needs("--dry-run")
      ->check(CLI::Range(1, 1000000));
  command->add_option("--rate", options->rate, "with --dry-run: firing rate of all neurons [Hz]")
      ->needs("--dry-run")
      ->check(CLI::Range(0.0, 1000.0));
  command->add_flag("--try-anyway", options->try_anyway, "run although memory or disk will not do by the estimate");
  command->add_flag("--overwrite", options->overwrite, "replace the results of an earlier run in the same directory");
  command
      ->add_option("--disk-patience", options->disk_patience,
                   "wait so long for room on a full disk [s]; default 60; 2 once the run is to stop")
      ->check(CLI::Range(0.0, 1e6));
  command->add_flag("--no-report", options->no_report, "do not write report.html");
  command->add_flag("--quiet", options->quiet, "no progress, no summary");
  command->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace spikeloom::experiments
