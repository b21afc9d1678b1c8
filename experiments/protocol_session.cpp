/// Results, checkpoints, signals and progress around a protocol.
#include "experiments/protocol_session.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "experiments/commands.hpp"
#include "experiments/progress.hpp"
#include "experiments/protocols/training/start.hpp"
#include "experiments/run_protocol.hpp"
#include "experiments/stop_signal.hpp"
#include "io/experiment_file.hpp"
#include "io/report.hpp"
#include "io/results_file.hpp"

namespace spikeloom::experiments {
namespace {

void print_headlines(const io::ProtocolData& data) {
  for (const auto& metric : data.metrics)
    if (metric.headline)
      fmt::print(stderr, "  {:<32} {:.4g}{}{}\n", metric.name, metric.value, metric.unit.empty() ? "" : " ",
                 metric.unit);
}

void print_end(const io::RunSummary& summary, const SessionOptions& options) {
  fmt::print(stderr, "{} in {}\n", summary.state, duration_text(summary.wall_time_s));
  print_headlines(io::ResultsFile(options.out).protocol_data());
  fmt::print(stderr, "results: {0}/results.h5{1}\n", options.out,
             options.no_report ? "" : "\nreport:  " + options.out + "/report.html");
  if (summary.state != "done" && std::filesystem::exists(options.out + "/checkpoints"))
    fmt::print(stderr, "go on:   spikeloom resume {}\n", options.out);
}

/// `started` becomes true with the first trial that is over.
int run_into(const ExperimentSpec& experiment, const SessionOptions& options, io::Checkpoint from, bool& started) {
  const auto& protocol = *find_protocol(experiment.protocol->name);
  const bool resumes = !from.state.empty();
  if (!options.quiet)
    fmt::print(stderr, "{}: protocol {} drives module {}; {} threads{}\n", experiment.name, protocol.name,
               experiment.module->name, options.threads, resumes ? "; from a checkpoint" : "");
  if (protocol.require) protocol.require(experiment, options.data);
  require_start(experiment, options.out);
  io::Results results(options.out, experiment, {}, options.overwrite || resumes, {},
                      resumes ? io::OldCheckpoints::keep : io::OldCheckpoints::discard);
  io::CheckpointFiles checkpoints(options.out, io::expand_experiment(experiment), std::move(from));
  catch_stop_signals();
  set_time_limit(options.time_limit);
  Progress running("running", options.quiet);
  const auto trials_done = [&](double fraction, const std::string& note) {
    started = true;
    running.update(fraction, note);
    return !stop_requested();
  };
  const auto summary = run_protocol(experiment, options.threads, &results, trials_done, options.data, &checkpoints);
  running.finish();
  results.finish(summary);
  if (summary.state == "done") checkpoints.remove();
  if (!options.no_report) io::write_report(options.out, options.out + "/report.html");
  if (!options.quiet) print_end(summary, options);
  return summary.state == "done" ? done : stopped_early;
}

/// Wrong input that shows only when the protocol has read its data leaves no results behind.
int run_here(const ExperimentSpec& experiment, const SessionOptions& options, io::Checkpoint from) {
  const bool is_new = !std::filesystem::exists(options.out);
  bool started = false;
  const auto tidy = [&] {
    if (is_new && !started) std::filesystem::remove_all(options.out);
  };
  try {
    return run_into(experiment, options, std::move(from), started);
  } catch (const SpecError&) {
    tidy();
    throw;
  } catch (const FileError&) {
    tidy();
    throw;
  }
}

}  // namespace

int run_session(const ExperimentSpec& experiment, const SessionOptions& options, io::Checkpoint from) {
  auto& ranks = *options.ranks;
  if (!ranks.is_alone() && ranks.is_first())
    fmt::print(stderr,
               "note: the protocol {} computes on one rank; the other {} wait\n"
               "    start it without mpirun, or its runs side by side with `spikeloom sweep`\n",
               experiment.protocol->name, ranks.count() - 1);
  return ranks.as_first(ranks.is_first() ? run_here(experiment, options, std::move(from)) : int{done});
}

}  // namespace spikeloom::experiments
