/// `spikeloom run`: experiment in, results directory and report out.
#include <fmt/format.h>

#include <chrono>
#include <cstdio>

#include "core/errors.hpp"
#include "experiments/commands.hpp"
#include "experiments/progress.hpp"
#include "experiments/protocol_session.hpp"
#include "experiments/simulate.hpp"
#include "experiments/stop_signal.hpp"
#include "io/experiment_file.hpp"
#include "io/report.hpp"
#include "networks/network_ids.hpp"

namespace spikeloom::experiments {
namespace {

struct RunOptions {
  std::string experiment, out, data;
  std::vector<std::string> sets;
  int threads = 0;
  bool overwrite = false, quiet = false, no_report = false;
};

/// The weights of a record as they are now.
void write_weights(const ExperimentSpec& experiment, const Engine& engine, const WeightRecord& record,
                   io::Results& results) {
  for (std::size_t k = 0; k < experiment.network.projections.size(); ++k) {
    const auto& projection = experiment.network.projections[k];
    if (projection.name != record.projection) continue;
    auto columns = synapses_of(experiment, engine, k);
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
    results.weights(std::move(table));
  }
}

void print_summary(const io::RunSummary& summary, const std::string& out, bool with_report) {
  fmt::print(stderr, "{}: {:g} ms in {} (real-time factor {:.3g}), {} spikes, {} synaptic events, {:.0f} MiB\n",
             summary.state, summary.simulated_ms, duration_text(summary.wall_time_s), summary.real_time_factor,
             summary.spikes, summary.synaptic_events, static_cast<double>(summary.peak_memory_bytes) / (1 << 20));
  fmt::print(stderr, "results: {0}/results.h5{1}\n", out, with_report ? "\nreport:  " + out + "/report.html" : "");
}

int run(const RunOptions& options) {
  auto experiment = io::read_experiment(options.experiment, options.sets);
  for (const auto& warning : experiment.warnings) fmt::print(stderr, "warning: {}\n", warning);
  if (experiment.sweep)
    throw SpecError("sweep", "this experiment is a sweep of many runs; `run` does one",
                    "use `spikeloom sweep`, or --set sweep=~ for one run with the other values of the file");
  const int threads = options.threads > 0          ? options.threads
                      : experiment.run.threads > 0 ? experiment.run.threads
                                                   : available_threads();
  const std::string out = options.out.empty() ? "results/" + experiment.name : options.out;
  const bool quiet = options.quiet || !experiment.run.progress;

  if (experiment.protocol)
    return run_session(experiment, {out, options.data, threads, options.overwrite, quiet, options.no_report});

  const auto build_start = std::chrono::steady_clock::now();
  Progress building("building", quiet);
  auto network = build(experiment, threads, [&](double fraction) { building.update(fraction); });
  building.finish();
  const double build_time = std::chrono::duration<double>(std::chrono::steady_clock::now() - build_start).count();
  if (!quiet)
    fmt::print(stderr, "{}: {} neurons, {} synapses, built in {}; {} threads\n", experiment.name,
               first_ids(experiment.network).back(), network.engine->synapses(), duration_text(build_time), threads);

  io::Results results(out, experiment, network.probes, options.overwrite);
  catch_stop_signals();
  Progress running("running", quiet);
  const auto leg_done = [&](double time, double factor) {
    running.update(time / experiment.duration, fmt::format("real-time factor {:.3g}", factor));
    return !stop_requested();
  };
  const auto weights_due = [&](std::size_t k) {
    write_weights(experiment, *network.engine, experiment.record.weights[k], results);
  };
  auto summary = simulate(experiment, *network.engine, threads, &results, leg_done, weights_due);
  running.finish();
  summary.build_time_s = build_time;
  for (const auto& record : experiment.record.weights) write_weights(experiment, *network.engine, record, results);
  results.finish(summary);
  if (!options.no_report) io::write_report(out, out + "/report.html");
  if (!quiet) print_summary(summary, out, !options.no_report);
  return summary.state == "done" ? done : stopped_early;
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
  command->add_flag("--overwrite", options->overwrite, "replace the results of an earlier run in the same directory");
  command->add_flag("--no-report", options->no_report, "do not write report.html");
  command->add_flag("--quiet", options->quiet, "no progress, no summary");
  command->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace spikeloom::experiments
