/// Results, checkpoints, signals and progress around a protocol.
#include "experiments/protocol_session.hpp"

#include <fmt/format.h>

#include <atomic>
#include <filesystem>

#include "experiments/commands.hpp"
#include "experiments/progress.hpp"
#include "experiments/protocols/training/start.hpp"
#include "experiments/run_protocol.hpp"
#include "experiments/stop_signal.hpp"
#include "io/experiment_file.hpp"
#include "io/report.hpp"
#include "io/results_file.hpp"
#include "networks/training/learner.hpp"

namespace spikeloom::experiments {
namespace {

void print_headlines(const io::ProtocolData& data) {
  for (const auto& metric : data.metrics)
    if (metric.headline)
      fmt::print(stderr, "  {:<32} {:.4g}{}{}\n", metric.name, metric.value, metric.unit.empty() ? "" : " ",
                 metric.unit);
}

/// Whether its protocol, with its module, computes on all ranks.
bool spans_ranks(const ExperimentSpec& experiment) {
  const auto& protocol = *find_protocol(experiment.protocol->name);
  const auto* learner = protocol.samples ? find_learner(experiment.module->name) : nullptr;
  return protocol.spans_ranks || (learner && learner->spans_ranks);
}

void print_end(const io::RunSummary& summary, const SessionOptions& options) {
  fmt::print(stderr, "{} in {}\n", summary.state, duration_text(summary.wall_time_s));
  print_headlines(io::ResultsFile(options.out).protocol_data());
  fmt::print(stderr, "results: {0}/results.h5{1}\n", options.out,
             options.no_report ? "" : "\nreport:  " + options.out + "/report.html");
  if (summary.state != "done" && std::filesystem::exists(options.out + "/checkpoints"))
    fmt::print(stderr, "go on:   spikeloom resume {}\n", options.out);
}

/// What the ranks after the first one have of checkpoints: the one to go on from.
class ResumedState final : public Checkpoints {
 public:
  explicit ResumedState(SavedState state) : state_(std::move(state)) {}
  const SavedState& resumed() const noexcept override { return state_; }
  bool is_due() const override { return false; }
  void write(const std::function<void(StateList&)>&) override {}

 private:
  SavedState state_;
};

int run_beside(const ExperimentSpec& experiment, const SessionOptions& options, io::Checkpoint from) {
  catch_stop_signals();
  set_time_limit(options.time_limit);
  ResumedState resumed(std::move(from.state));
  const auto trials_done = [](double, const std::string&) { return !stop_requested(); };
  run_protocol(experiment, options.threads, nullptr, trials_done, options.data, &resumed, *options.ranks);
  return done;
}

/// `started` becomes true with the first trial that is over.
int run_into(const ExperimentSpec& experiment, const SessionOptions& options, io::Checkpoint from, Ranks& together,
             std::atomic<bool>& started) {
  const auto& protocol = *find_protocol(experiment.protocol->name);
  const bool resumes = !from.experiment.empty();
  if (!options.quiet)
    fmt::print(stderr, "{}: protocol {} drives module {}; {}{} threads{}\n", experiment.name, protocol.name,
               experiment.module->name, together.is_alone() ? "" : fmt::format("{} ranks of ", together.count()),
               options.threads,
               !resumes             ? ""
               : from.state.empty() ? "; again from its begin"
                                    : "; from a checkpoint");
  catch_stop_signals();
  catch_checkpoint_signal();
  set_time_limit(options.time_limit);
  if (protocol.require) protocol.require(experiment, options.data);
  require_start(experiment, options.out);
  io::Results results(options.out, experiment, {}, options.overwrite || resumes, {},
                      resumes ? io::OldCheckpoints::keep : io::OldCheckpoints::discard);
  io::CheckpointFiles checkpoints(options.out, io::expand_experiment(experiment), std::move(from));
  if (!resumes) checkpoints.write([](StateList&) {});  // what to begin again with
  Progress running("running", options.quiet);
  const auto trials_done = [&](double fraction, const std::string& note) {
    started = true;
    running.update(fraction, note);
    if (take_checkpoint_request()) checkpoints.ask();
    return !stop_requested();
  };
  const auto summary =
      run_protocol(experiment, options.threads, &results, trials_done, options.data, &checkpoints, together);
  running.finish();
  results.finish(summary);
  if (summary.state == "done") checkpoints.remove();
  if (!options.no_report) io::write_report(options.out, options.out + "/report.html");
  if (!options.quiet) print_end(summary, options);
  return summary.state == "done" ? done : stopped_early;
}

/// Wrong input that shows only when the protocol has read its data leaves no results behind.
int run_here(const ExperimentSpec& experiment, const SessionOptions& options, io::Checkpoint from, Ranks& together) {
  const bool is_new = !std::filesystem::exists(options.out);
  std::atomic<bool> started = false;
  const auto tidy = [&] {
    if (is_new && !started) std::filesystem::remove_all(options.out);
  };
  try {
    return run_into(experiment, options, std::move(from), together, started);
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
  const bool together = spans_ranks(experiment);
  if (!together && !ranks.is_alone() && ranks.is_first())
    fmt::print(stderr,
               "note: the protocol {} with module {} computes on one rank; the other {} wait\n"
               "    start it without mpirun, or its runs side by side with `spikeloom sweep`\n",
               experiment.protocol->name, experiment.module->name, ranks.count() - 1);
  int code = done;
  if (ranks.is_first())
    code = run_here(experiment, options, std::move(from), together ? ranks : Ranks::alone());
  else if (together)
    code = run_beside(experiment, options, std::move(from));
  return ranks.as_first(code);
}

}  // namespace spikeloom::experiments
