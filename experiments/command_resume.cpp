/// `spikeloom resume`: goes on where a run was stopped or killed, to the results that it would have had.
#include <fmt/format.h>

#include <chrono>
#include <cmath>

#include "experiments/commands.hpp"
#include "experiments/network_session.hpp"
#include "experiments/process_ranks.hpp"
#include "experiments/simulate.hpp"
#include "experiments/stop_signal.hpp"
#include "io/durable_file.hpp"
#include "io/experiment_file.hpp"
#include "io/run_file.hpp"

namespace spikeloom::experiments {
namespace {

bool is_done(const std::string& directory) {
  return std::filesystem::exists(directory + "/run.json") && io::read_run_file(directory).state == "done";
}

/// Removes what a run that was killed after its last word has left behind.
int leave_done(const SessionOptions& options) {
  io::merge_segments(options.out);
  io::remove_checkpoints(options.out);
  if (!options.quiet) fmt::print(stderr, "{}: the run is done, there is nothing to go on with\n", options.out);
  return done;
}

int resume(SessionOptions options) {
  if (process_ranks().as_first(is_done(options.out))) return process_ranks().is_first() ? leave_done(options) : done;
  catch_stop_signals();  // large checkpoints take time to read
  auto checkpoint = io::read_checkpoint(options.out, process_ranks());
  const auto experiment = io::parse_experiment(checkpoint.experiment, options.out + "/checkpoints");
  if (options.threads == 0)
    options.threads = experiment.run.threads > 0 ? experiment.run.threads : share_of_threads(available_threads());
  options.ranks = &process_ranks();
  options.quiet = options.quiet || !experiment.run.progress || !options.ranks->is_first();
  return experiment.protocol ? run_session(experiment, options, std::move(checkpoint))
                             : run_network(experiment, options, std::move(checkpoint));
}

}  // namespace

void add_resume(CLI::App& app, int& exit_code) {
  struct Options : SessionOptions {
    std::string limit;
    double disk_patience = 60;  // s
  };
  auto options = std::make_shared<Options>();
  options->threads = 0;
  auto* command = app.add_subcommand("resume", "go on with a run that was stopped or killed: the same results");
  command->add_option("RESULTS", options->out, "results directory of the run")->required();
  command->add_option("--threads", options->threads, "threads; need not be as many as before")
      ->check(CLI::Range(1, 4096));
  command->add_option("--data", options->data,
                      "folder of data sets (default: $SPIKELOOM_DATA, ./data, ../shared/data)");
  command->add_option("--max-walltime", options->limit, "stop in time before this limit with a checkpoint");
  command
      ->add_option("--disk-patience", options->disk_patience,
                   "wait so long for room on a full disk [s]; default 60; 2 once the run is to stop")
      ->check(CLI::Range(0.0, 1e6));
  command->add_flag("--no-report", options->no_report, "do not write report.html");
  command->add_flag("--quiet", options->quiet, "no progress, no summary");
  command->callback([options, &exit_code] {
    if (!options->limit.empty()) options->time_limit = time_limit_of(options->limit);
    io::set_disk_patience(std::chrono::milliseconds(std::llround(1000 * options->disk_patience)), stop_requested);
    exit_code = resume(*options);
  });
}

}  // namespace spikeloom::experiments
