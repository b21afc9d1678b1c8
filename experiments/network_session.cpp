/// Network, results, checkpoints, signals and progress around the engine.
#include "experiments/network_session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>

#include "experiments/commands.hpp"
#include "experiments/progress.hpp"
#include "experiments/simulate.hpp"
#include "experiments/stop_signal.hpp"
#include "io/experiment_file.hpp"
#include "io/network_checkpoint.hpp"
#include "io/report.hpp"
#include "networks/network_ids.hpp"
#include "networks/synapse_columns.hpp"

namespace spikeloom::experiments {
namespace {

using Clock = std::chrono::steady_clock;

/// When checkpoints are due: at intervals of biological time if the experiment says so, else every minute; when a
/// signal asks for one, and when the run stops.
class CheckpointSchedule {
 public:
  explicit CheckpointSchedule(const ExperimentSpec& experiment)
      : at_intervals_(experiment.run.checkpoint_every.has_value()) {}

  bool is_due(bool at_interval, bool stopping) const {
    const bool requested = take_checkpoint_request();
    return stopping || requested || (at_intervals_ ? at_interval : Clock::now() >= due_);
  }
  /// After one has been written, beginning at `begin`.
  void written(Clock::time_point begin) {
    const auto end = Clock::now();
    due_ = end + std::max<Clock::duration>(every, share_of_writing * (end - begin));
  }

 private:
  static constexpr std::chrono::seconds every{60};
  static constexpr int share_of_writing = 50;  // at most one part in so many of the run's time goes into checkpoints

  bool at_intervals_;
  Clock::time_point due_ = Clock::now() + every;
};

/// The weights of a record as they are now; the first rank has the results.
void write_weights(const ExperimentSpec& experiment, const Engine& engine, const WeightRecord& record,
                   io::Results* results) {
  for (std::size_t k = 0; k < experiment.network.projections.size(); ++k) {
    const auto& projection = experiment.network.projections[k];
    if (projection.name != record.projection) continue;
    auto columns = synapses_of(experiment, engine, k);
    if (results == nullptr) return;
    io::WeightTable table{projection.name,
                          projection.from,
                          projection.to,
                          "",
                          0,
                          std::move(columns.sources),
                          std::move(columns.targets),
                          std::move(columns.weights),
                          {}};
    for (const auto& population : experiment.network.populations)
      if (population.name == projection.to) table.unit = find_model(population.model)->receptors.front().weight_unit;
    for (const auto steps : columns.delays)
      table.delays.push_back(static_cast<float>(static_cast<double>(steps) * experiment.resolution));
    table.time = static_cast<double>(engine.now()) * experiment.resolution;
    results->weights(std::move(table));
  }
}

void print_end(const io::RunSummary& summary, const SessionOptions& options) {
  fmt::print(stderr, "{}: {:g} ms in {} (real-time factor {:.3g}), {} spikes, {} synaptic events, {:.0f} MiB\n",
             summary.state, summary.simulated_ms, duration_text(summary.wall_time_s), summary.real_time_factor,
             summary.spikes, summary.synaptic_events, static_cast<double>(summary.peak_memory_bytes) / (1 << 20));
  fmt::print(stderr, "results: {0}/results.h5{1}\n", options.out,
             options.no_report ? "" : "\nreport:  " + options.out + "/report.html");
  if (summary.state != "done") fmt::print(stderr, "go on:   spikeloom resume {}\n", options.out);
}

BuiltNetwork build_shown(const ExperimentSpec& experiment, const SessionOptions& options, double& seconds) {
  const auto start = Clock::now();
  Progress building("building", options.quiet);
  auto network = build(
      experiment, options.threads,
      [&](double fraction) {
        building.update(fraction);
        return !stop_requested();
      },
      *options.ranks);
  building.finish();
  seconds = std::chrono::duration<double>(Clock::now() - start).count();
  if (!options.quiet)
    fmt::print(stderr, "{}: {} neurons, {} synapses, built in {}; {}{} threads\n", experiment.name,
               first_ids(experiment.network).back(), network.engine->synapses(), duration_text(seconds),
               options.ranks->is_alone() ? "" : fmt::format("{} ranks of ", options.ranks->count()), options.threads);
  return network;
}

int stopped_building(const SessionOptions& options, bool goes_on) {
  if (!options.ranks->is_first()) return stopped_early;
  if (goes_on)
    fmt::print(stderr,
               "{0}: stopped before it could go on; its checkpoint is as it was\n    go on: spikeloom resume {0}\n",
               options.out);
  else
    fmt::print(stderr,
               "{}: stopped while the network was being built; nothing has been written\n"
               "    start it again, with more time than building takes\n",
               options.out);
  return stopped_early;
}

/// Of a new run, or of one that goes on: from its begin too, since its header says what the user wrote.
std::unique_ptr<io::Results> open_results(const ExperimentSpec& experiment, const SessionOptions& options,
                                          const std::vector<Probe>& probes,
                                          const std::optional<io::ResumedRun>& resumed) {
  if (resumed) return std::make_unique<io::Results>(options.out, experiment, probes, resumed->files);
  return std::make_unique<io::Results>(options.out, experiment, probes, options.overwrite);
}

}  // namespace

int run_network(const ExperimentSpec& experiment, const SessionOptions& options,
                std::optional<io::Checkpoint> from) try {
  catch_stop_signals();
  catch_checkpoint_signal();
  set_time_limit(options.time_limit);
  auto& ranks = *options.ranks;
  double build_time = 0;
  const auto network = build_shown(experiment, options, build_time);
  auto& engine = *network.engine;
  std::optional<io::ResumedRun> resumed;
  if (from) resumed = from->state.empty() ? io::ResumedRun{} : io::restore_network(*from, engine);
  from.reset();
  const double wall_time_before = resumed ? resumed->wall_time : 0;
  const double begin = static_cast<double>(engine.now()) * experiment.resolution;
  if (resumed && !options.quiet) fmt::print(stderr, "goes on from {:g} ms\n", begin);

  std::unique_ptr<io::Results> results;  // the first rank's
  if (ranks.is_first()) results = open_results(experiment, options, network.probes, resumed);
  io::CheckpointFiles files(options.out, io::expand_experiment(experiment), io::Checkpoint(),
                            std::chrono::milliseconds(0), ranks);
  if (!resumed) files.write([](StateList&) {});  // what to begin again with
  Progress running("running", options.quiet);
  const auto leg_done = [&](double time, double factor) {
    running.update(time / experiment.duration, fmt::format("real-time factor {:.3g}", factor));
    return !stop_requested();
  };
  const auto weights_due = [&](std::size_t k) {
    write_weights(experiment, engine, experiment.record.weights[k], results.get());
  };
  CheckpointSchedule schedule(experiment);
  const auto start = Clock::now();
  const auto cut_possible = [&](bool at_interval, bool stopping) {
    if (ranks.maximum(schedule.is_due(at_interval, stopping)) == 0) return;  // a signal may come to any rank
    const auto now = Clock::now();
    io::save_network(files, engine, results.get(),
                     wall_time_before + std::chrono::duration<double>(now - start).count());
    schedule.written(now);
  };
  auto summary = simulate(experiment, engine, options.threads, results.get(), leg_done, weights_due, cut_possible);
  running.finish();
  summary.build_time_s = build_time;
  summary.wall_time_s += wall_time_before;
  summary.real_time_factor = 1000 * summary.wall_time_s / summary.simulated_ms;
  for (const auto& record : experiment.record.weights) write_weights(experiment, engine, record, results.get());
  const bool is_done = summary.state == "done";
  if (!ranks.is_first()) return is_done ? done : stopped_early;
  results->finish(summary, is_done ? io::AfterMerge::remove_segments : io::AfterMerge::keep_segments);
  if (is_done) files.remove();
  if (!options.no_report) io::write_report(options.out, options.out + "/report.html");
  if (!options.quiet) print_end(summary, options);
  return is_done ? done : stopped_early;
} catch (const BuildStopped&) {
  return stopped_building(options, from.has_value());
}

}  // namespace spikeloom::experiments
