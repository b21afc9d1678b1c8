/// Pattern generation: a recurrent network driven by frozen noise learns to draw a sum of sines (Bellec et al. 2020).
#include <fmt/format.h>

#include <cmath>

#include "experiments/protocols/gradient_common.hpp"
#include "experiments/protocols/protocols.hpp"
#include "experiments/protocols/stepped_runs.hpp"
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

/// A trial per step, with its update.
class Drawing final : public SteppedRun {
 public:
  explicit Drawing(const ProtocolRun& run)
      : run_(run),
        module_(eprop_module_params().read(run.experiment.module->arguments)),
        task_(params().read(run.experiment.protocol->arguments)),
        input_(poisson_raster(run.experiment.seed, input_stream, inputs(), length(), task_.rate, module_.resolution)),
        target_(sines(task_, length(), module_.resolution, run.experiment.seed)),
        learner_(make_eprop(module_, inputs(), 1, run.experiment.seed)) {
    if (const auto& from = task_.start_from; !from.empty())
      load_weights(learner_.network(), read_start(from, run.experiment.module->name), from);
  }

  std::uint64_t steps() const override { return static_cast<std::uint64_t>(task_.trials); }
  void step(std::uint64_t number) override {
    learner_.train({&input_, 1}, loss_, run_.threads);
    learning_.columns[0].values.push_back(static_cast<double>(number + 1));
    learning_.columns[1].values.push_back(error_);
    learning_.columns[2].values.push_back(mean(learner_.rates()));
  }
  void state(StateArchive& archive) override { learner_.state(archive); }
  void results(StateArchive& archive) override { list(archive, learning_); }
  std::string note(std::uint64_t) const override { return fmt::format("error {:.3f}", error_); }

  ProtocolOutcome tell(bool stopped) {
    ProtocolOutcome outcome{.trials = learning_.columns[0].values.size(), .stopped = stopped};
    outcome.simulated_ms = static_cast<double>(outcome.trials) * task_.duration;
    learner_.evaluate({&input_, 1}, loss_, run_.threads);
    run_.output.add(std::move(learning_));
    run_.output.add(Metric{"error", error_, "", "squared error over the variance of the target, after learning", true});
    run_.output.add(Metric{"rate", mean(learner_.rates()), "Hz", "mean over neurons, after learning", true});
    for (auto& weights : weights_of(learner_.network())) run_.output.add(std::move(weights));
    show(run_, learner_.history(0), target_, module_.resolution);
    StateArchive state;
    learner_.state(state);
    run_.output.add(NamedHash{"network", state_hash(state.take())});
    return outcome;
  }

 private:
  std::uint32_t inputs() const { return static_cast<std::uint32_t>(task_.inputs); }
  std::size_t length() const { return static_cast<std::size_t>(std::llround(task_.duration / module_.resolution)); }

  const ProtocolRun& run_;
  EpropModuleParams module_;
  Params task_;
  SpikeRaster input_;
  std::vector<float> target_;
  EpropLearner<float> learner_;
  double error_ = 1;  // of the last trial
  TrialLoss<float> loss_ = [this](std::size_t, EpropHistory<float>& history) {
    error_ = normalised_squared_error<float>(target_, history.output, 1);
    return squared_loss<float>(target_, history);
  };
  TrialTable learning_{"learning",
                       "every trial, before its update",
                       {{"trial", "", "counted from 1"},
                        {"error", "", "squared error over the variance of the target"},
                        {"rate", "Hz", "mean over neurons"}}};
};

ProtocolOutcome run(const ProtocolRun& run) {
  Drawing drawing(run);
  const bool complete = carry_out(drawing, run);
  return drawing.tell(!complete);
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
