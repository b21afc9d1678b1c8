/// Sequence detection: which of two inputs came first? The smallest task that nothing but delays can solve (Meszaros,
/// Knight & Nowotny 2025).
#include "experiments/protocols/protocols.hpp"
#include "experiments/protocols/training/training.hpp"

namespace spikeloom::experiments {
namespace {

struct Params : TrainingParams {
  double interval = 10, duration = 25;
};

const ParamTable<Params>& params() {
  static const ParamTable<Params> table = ParamTable<Params>{
      {"interval", &Params::interval, "ms", "from the first spike to the second", positive},
      {"duration", &Params::duration, "ms", "of a trial",
       positive}}.with(training_params());
  return table;
}

/// One sample of each class: class k begins with input k.
SpikeData both(const Params& task) {
  SpikeData data(2, 2, task.duration);
  data.add({{0.0, 0u}, {task.interval, 1u}}, 0);
  data.add({{0.0, 1u}, {task.interval, 0u}}, 1);
  return data;
}

DataSplit samples(const ExperimentSpec& experiment, const std::string&) {
  const auto task = params().read(experiment.protocol->arguments);
  return {both(task), both(task), both(task)};
}

ProtocolOutcome run(const ProtocolRun& run) {
  return train(run, params().read(run.experiment.protocol->arguments), samples(run.experiment, run.data));
}

void check(const ModelArguments&, const ModelArguments& protocol, std::vector<Problem>& problems) {
  const auto task = params().read(protocol);
  if (task.interval >= task.duration)
    problems.push_back(
        {{}, "protocol.params.interval", "the second spike comes after the trial", "lower it, or raise duration"});
}

}  // namespace

ProtocolInfo sequence_detection_protocol() {
  return {.name = "sequence_detection",
          .summary = "training: which of two inputs came first? (Meszaros et al. 2025)",
          .modules = learner_modules(),
          .params = params().infos(),
          .run = run,
          .check = check,
          .samples = samples};
}

}  // namespace spikeloom::experiments
