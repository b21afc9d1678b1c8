/// Pattern generation: a recurrent network driven by frozen noise learns to draw a sum of sines (Bellec et al. 2020).
#include <fmt/format.h>

#include <cmath>

#include "experiments/protocols/gradient_common.hpp"
#include "experiments/protocols/protocols.hpp"
#include "experiments/protocols/training/start.hpp"
#include "networks/gradient/modules.hpp"
#include "plasticity/gradient/loss.hpp"

namespace spikeloom::experiments {
namespace {

constexpr std::uint32_t input_stream = 101, phase_stream = 102;

struct Params {
  int trials = 300, inputs = 100;
  double duration = 1000, rate = 10, amplitude = 0.5;
  std::vector<double> frequencies = {1, 2, 3};
  std::string start_from = {};
};

const ParamTable<Params>& params() {
  static const ParamTable<Params> table{
      {"trials", &Params::trials, "", "number of trials, one update each", whole_positive},
      {"inputs", &Params::inputs, "", "number of frozen Poisson inputs", whole_positive},
      {"duration", &Params::duration, "ms", "of a trial", positive},
      {"rate", &Params::rate, "Hz", "of an input", non_negative},
      {"amplitude", &Params::amplitude, "", "of each sine of the target"},
      {"frequencies", &Params::frequencies, "Hz", "of the sines; their phases are random", positive},
      {"start_from", &Params::start_from, "", start_from_doc}};
  return table;
}

std::vector<float> sines(const Params& task, std::size_t steps, double resolution, std::uint64_t seed) {
  std::vector<float> target(steps);
  for (std::size_t t = 0; t < steps; ++t) {
    double sum = 0;
    for (std::size_t f = 0; f < task.frequencies.size(); ++f) {
      const double phase = uniform(draw(seed, Purpose::task, phase_stream, f)[0]);
      sum += task.amplitude *
             std::sin(2 * M_PI * (1e-3 * task.frequencies[f] * static_cast<double>(t) * resolution + phase));
    }
    target[t] = static_cast<float>(sum);
  }
  return target;
}

double mean(std::span<const double> values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

void show(const ProtocolRun& run, const EpropHistory<float>& history, const std::vector<float>& target,
          double resolution) {
  run.output.add(trace("time", "ms", "of a trial", "step", times(history.steps, resolution)));
  run.output.add(trace("target", "", "what the readout should do", "step", {target.begin(), target.end()}));
  run.output.add(
      trace("output", "", "the readout after learning", "step", {history.output.begin(), history.output.end()}));
  run.output.add(raster_table("raster", "spikes of the recurrent neurons after learning", history.spikes, resolution));
  run.output.add(Picture{.name = "learning",
                         .title = "Learning.",
                         .caption = "Squared error over the variance of the target: 1 is a flat line.",
                         .x = {"trial"},
                         .y = {"normalised squared error", "", true},
                         .series = {{"error", {"trials/learning/trial"}, {"trials/learning/error"}}}});
  run.output.add(Picture{.name = "output",
                         .title = "Output against target.",
                         .caption = "The readout after the last trial.",
                         .x = {"time", "ms"},
                         .y = {"readout"},
                         .series = {{"target", {"arrays/time"}, {"arrays/target"}, Mark::dashed},
                                    {"output", {"arrays/time"}, {"arrays/output"}}}});
  run.output.add(raster_picture("raster", "Spikes after learning.", "Every recurrent neuron over one trial."));
}

ProtocolOutcome run(const ProtocolRun& run) {
  const auto module = eprop_module_params().read(run.experiment.module->arguments);
  const auto task = params().read(run.experiment.protocol->arguments);
  const auto seed = run.experiment.seed;
  const auto steps = static_cast<std::size_t>(std::llround(task.duration / module.resolution));
  const auto inputs = static_cast<std::uint32_t>(task.inputs);
  const auto input = poisson_raster(seed, input_stream, inputs, steps, task.rate, module.resolution);
  const auto target = sines(task, steps, module.resolution, seed);
  auto learner = make_eprop(module, inputs, 1, seed);
  if (!task.start_from.empty())
    load_weights(learner.network(), read_start(task.start_from, run.experiment.module->name), task.start_from);
  double error = 1;
  const TrialLoss<float> loss = [&](std::size_t, EpropHistory<float>& history) {
    error = normalised_squared_error<float>(target, history.output, 1);
    return squared_loss<float>(target, history);
  };

  TrialTable table{"learning",
                   "every trial, before its update",
                   {{"trial", "", "counted from 1"},
                    {"error", "", "squared error over the variance of the target"},
                    {"rate", "Hz", "mean over neurons"}}};
  ProtocolOutcome outcome;
  for (int k = 1; k <= task.trials && !outcome.stopped; ++k) {
    learner.train({&input, 1}, loss, run.threads);
    table.columns[0].values.push_back(k);
    table.columns[1].values.push_back(error);
    table.columns[2].values.push_back(mean(learner.rates()));
    ++outcome.trials;
    outcome.stopped =
        !run.progress(outcome.trials, static_cast<std::uint64_t>(task.trials), fmt::format("error {:.3f}", error));
  }
  learner.evaluate({&input, 1}, loss, run.threads);

  run.output.add(std::move(table));
  run.output.add(Metric{"error", error, "", "squared error over the variance of the target, after learning", true});
  run.output.add(Metric{"rate", mean(learner.rates()), "Hz", "mean over neurons, after learning", true});
  for (auto& weights : weights_of(learner.network())) run.output.add(std::move(weights));
  show(run, learner.history(0), target, module.resolution);
  run.output.add(NamedHash{"network", state_hash(state_of(learner))});
  outcome.simulated_ms = static_cast<double>(outcome.trials) * task.duration;
  return outcome;
}

}  // namespace

ProtocolInfo pattern_generation_protocol() {
  return {.name = "pattern_generation",
          .summary = "a network driven by frozen noise learns to draw a sum of sines",
          .modules = {"eprop_network"},
          .params = params().infos(),
          .run = run};
}

}  // namespace spikeloom::experiments
