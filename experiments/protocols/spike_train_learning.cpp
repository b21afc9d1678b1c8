/// Learning spike trains: frozen noise to one train, or two overlapping patterns that only a hidden layer tells apart
/// (Zenke & Ganguli 2018).
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "experiments/protocols/gradient_common.hpp"
#include "experiments/protocols/protocols.hpp"
#include "experiments/protocols/stepped_runs.hpp"
#include "networks/gradient/modules.hpp"

namespace spikeloom::experiments {
namespace {

constexpr std::uint32_t input_stream = 121, target_stream = 122;

struct Params {
  std::string task = "train";
  int trials = 500, inputs = 100, spikes = 5;
  double duration = 500, rate = 10;
};

const ParamTable<Params>& params() {
  static const ParamTable<Params> table{
      {"task",
       &Params::task,
       "",
       "train: frozen noise to a train of spikes; exclusive_or: a spike after pattern A and after B, none after both",
       finite,
       {"train", "exclusive_or"}},
      {"trials", &Params::trials, "", "number of trials, one update each", whole_positive},
      {"inputs", &Params::inputs, "", "number of inputs", whole_positive},
      {"spikes", &Params::spikes, "", "of the target (task train)", whole_positive},
      {"duration", &Params::duration, "ms", "of a trial", positive},
      {"rate", &Params::rate, "Hz", "of an input (task train)", non_negative}};
  return table;
}

struct Patterns {
  SpikeRaster input, target;
};

/// Spikes at steps (neuron, step) as a raster.
SpikeRaster raster_of(std::vector<std::pair<std::size_t, std::uint32_t>> spikes, std::size_t steps) {
  std::sort(spikes.begin(), spikes.end());
  SpikeRaster raster;
  auto next = spikes.begin();
  for (std::size_t t = 0; t < steps; ++t) {
    for (; next != spikes.end() && next->first == t; ++next) raster.add(next->second);
    raster.end_step();
  }
  return raster;
}

/// One target spike at random in each of `spikes` equal stretches, away from the ends.
Patterns train_task(const Params& task, std::size_t steps, double resolution, std::uint64_t seed) {
  std::vector<std::pair<std::size_t, std::uint32_t>> target;
  for (int k = 0; k < task.spikes; ++k) {
    const double share =
        (k + uniform(draw(seed, Purpose::task, target_stream, static_cast<std::uint64_t>(k))[0])) / task.spikes;
    target.emplace_back(static_cast<std::size_t>(task.duration * (0.1 + 0.8 * share) / resolution), 0);
  }
  return {poisson_raster(seed, input_stream, static_cast<std::uint32_t>(task.inputs), steps, task.rate, resolution),
          raster_of(std::move(target), steps)};
}

/// The first half of the inputs spikes twice within 40 ms in pattern A, the second half in B. A comes at 10 % of the
/// trial, B at 40 %, both at 70 %; target spikes 30 ms after the beginnings of A and of B.
Patterns exclusive_or_task(const Params& task, std::size_t steps, double resolution, std::uint64_t seed) {
  std::vector<std::pair<std::size_t, std::uint32_t>> input, target;
  const auto at = [&](double ms) { return static_cast<std::size_t>(ms / resolution); };
  for (std::uint32_t i = 0; i < static_cast<std::uint32_t>(task.inputs); ++i) {
    const auto bits = draw(seed, Purpose::task, input_stream, i);
    const double alone = i < static_cast<std::uint32_t>(task.inputs) / 2 ? 0.1 : 0.4;
    for (const double begin : {alone * task.duration, 0.7 * task.duration})
      for (const auto word : {bits[0], bits[1]}) input.emplace_back(at(begin + 40 * uniform(word)), i);
  }
  for (const double begin : {0.1, 0.4}) target.emplace_back(at(begin * task.duration + 30), 0);
  return {raster_of(std::move(input), steps), raster_of(std::move(target), steps)};
}

/// A trial per step, with its update.
class SpikeLearning final : public SteppedRun {
 public:
  explicit SpikeLearning(const ProtocolRun& run)
      : run_(run),
        module_(superspike_module_params().read(run.experiment.module->arguments)),
        task_(params().read(run.experiment.protocol->arguments)),
        patterns_(task_.task == "train" ? train_task(task_, length(), module_.resolution, run.experiment.seed)
                                        : exclusive_or_task(task_, length(), module_.resolution, run.experiment.seed)),
        learner_(make_superspike(module_, static_cast<std::uint32_t>(task_.inputs), 1, task_.duration,
                                 run.experiment.seed)) {}

  std::uint64_t steps() const override { return static_cast<std::uint64_t>(task_.trials); }
  void step(std::uint64_t number) override {
    const double distance = learner_.trial(patterns_.input, patterns_.target, run_.threads),
                 trial = static_cast<double>(number + 1);
    const auto& output = learner_.history().output();
    learning_.columns[0].values.push_back(trial);
    learning_.columns[1].values.push_back(distance);
    learning_.columns[2].values.push_back(static_cast<double>(output.spikes()));
    const SpikeTrains trains(output, 1);
    for (const auto t : trains.of(0)) {
      outputs_.columns[0].values.push_back(t * module_.resolution);
      outputs_.columns[1].values.push_back(trial);
    }
  }
  void state(StateArchive& archive) override { learner_.state(archive); }
  void results(StateArchive& archive) override {
    list(archive, learning_);
    list(archive, outputs_);
  }
  std::string note(std::uint64_t) const override {
    return fmt::format("distance {:.2f} ms", learning_.columns[1].values.back());
  }

  ProtocolOutcome tell(bool stopped) {
    ProtocolOutcome outcome{.trials = learning_.columns[0].values.size(), .stopped = stopped};
    outcome.simulated_ms = static_cast<double>(outcome.trials) * task_.duration;
    tell_distances();
    run_.output.add(std::move(learning_));
    run_.output.add(std::move(outputs_));
    run_.output.add(raster_table("targets", "target spikes", patterns_.target, module_.resolution));
    run_.output.add(raster_table("inputs", "input spikes of every trial", patterns_.input, module_.resolution));
    const auto& weights = learner_.network().weights;
    run_.output.add(
        trace("weights", "mV", "of all layers, source by source", "synapse", {weights.begin(), weights.end()}));
    show_pictures();
    StateArchive state;
    learner_.state(state);
    run_.output.add(NamedHash{"network", state_hash(state.take())});
    return outcome;
  }

 private:
  std::size_t length() const { return static_cast<std::size_t>(std::llround(task_.duration / module_.resolution)); }

  void tell_distances() {
    const auto& distances = learning_.columns[1].values;
    const auto late = std::min<std::size_t>(20, distances.size());
    const double first = distances.front();
    double last = 0;
    for (std::size_t k = distances.size() - late; k < distances.size(); ++k)
      last += distances[k] / static_cast<double>(late);
    run_.output.add(Metric{"first_distance", first, "ms", "van Rossum distance in the first trial"});
    run_.output.add(Metric{"last_distance", last, "ms", "mean over the last 20 trials"});
    run_.output.add(Metric{"reduction", 1 - last / first, "", "by how much the distance fell", true});
  }

  void show_pictures() {
    run_.output.add(Picture{.name = "learning",
                            .title = "Learning.",
                            .caption = "Van Rossum distance between output and target.",
                            .x = {"trial"},
                            .y = {"distance", "ms"},
                            .series = {{"distance", {"trials/learning/trial"}, {"trials/learning/distance"}}}});
    run_.output.add(Picture{.name = "outputs",
                            .title = "Output spikes, trial by trial.",
                            .caption = "Target spikes stand at trial 0; output spikes should gather above them.",
                            .x = {"time", "ms"},
                            .y = {"trial"},
                            .series = {{"output", {"trials/outputs/time"}, {"trials/outputs/trial"}, Mark::points},
                                       {"target", {"trials/targets/time"}, {"trials/targets/neuron"}, Mark::points}}});
    run_.output.add(raster_picture("inputs", "Inputs.", "The same in every trial."));
  }

  const ProtocolRun& run_;
  SuperSpikeModuleParams module_;
  Params task_;
  Patterns patterns_;
  SuperSpikeLearner learner_;
  TrialTable learning_{"learning",
                       "every trial",
                       {{"trial", "", "counted from 1"},
                        {"distance", "ms", "van Rossum distance to the target"},
                        {"spikes", "", "of the output"}}};
  TrialTable outputs_{
      "outputs", "every output spike", {{"time", "ms", "of the spike"}, {"trial", "", "counted from 1"}}};
};

ProtocolOutcome run(const ProtocolRun& run) {
  SpikeLearning learning(run);
  const bool complete = carry_out(learning, run);
  return learning.tell(!complete);
}

}  // namespace

ProtocolInfo spike_train_learning_protocol() {
  return {.name = "spike_train_learning",
          .summary = "an output neuron learns when to spike",
          .modules = {"superspike_network"},
          .params = params().infos(),
          .run = run};
}

}  // namespace spikeloom::experiments
