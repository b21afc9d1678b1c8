/// Yin-Yang: is a point in the upper half, the lower half or a dot? Coordinates come as spike times.
#include "networks/tasks/yin_yang.hpp"

#include "experiments/protocols/protocols.hpp"
#include "experiments/protocols/training/training.hpp"

namespace spikeloom::experiments {
namespace {

constexpr std::uint32_t train_seed = 42, validation_seed = 41, test_seed = 40;  // of the published arrays
constexpr std::size_t train_size = 5000, other_size = 1000;

struct Params : TrainingParams {
  double t_early = 1.5, t_late = 20, duration = 40, bias = -1;
};

const ParamTable<Params>& params() {
  static const ParamTable<Params> table = ParamTable<Params>{
      {"t_early", &Params::t_early, "ms", "spike time of a coordinate 0", non_negative},
      {"t_late", &Params::t_late, "ms", "spike time of a coordinate 1", non_negative},
      {"bias", &Params::bias, "ms", "time of a fifth input's spike in every sample; negative: no such input"},
      {"duration", &Params::duration, "ms", "of a trial",
       positive}}.with(training_params());
  return table;
}

SpikeData encode(const Params& task, std::size_t count, std::uint32_t seed) {
  const bool biased = task.bias >= 0;
  SpikeData data(biased ? 5 : 4, 3, task.duration);
  const auto points = make_yin_yang(count, seed);
  for (std::size_t k = 0; k < count; ++k) {
    std::vector<std::pair<double, std::uint32_t>> spikes;
    for (std::uint32_t unit = 0; unit < 4; ++unit)
      spikes.emplace_back(task.t_early + points.features[k][unit] * (task.t_late - task.t_early), unit);
    if (biased) spikes.emplace_back(task.bias, 4u);
    data.add(std::move(spikes), points.labels[k]);
  }
  return data;
}

DataSplit samples(const ExperimentSpec& experiment, const std::string&) {
  const auto task = params().read(experiment.protocol->arguments);
  return {encode(task, train_size, train_seed), encode(task, other_size, validation_seed),
          encode(task, other_size, test_seed)};
}

ProtocolOutcome run(const ProtocolRun& run) {
  return train(run, params().read(run.experiment.protocol->arguments), samples(run.experiment, run.data));
}

void check(const ModelArguments&, const ModelArguments& protocol, std::vector<Problem>& problems) {
  const auto task = params().read(protocol);
  for (const auto& [name, time] : {std::pair{"t_early", task.t_early}, {"t_late", task.t_late}, {"bias", task.bias}})
    if (time >= task.duration)
      problems.push_back({{},
                          std::string("protocol.params.") + name,
                          "lies at or after the end of the trial",
                          "lower it, or raise duration"});
}

}  // namespace

ProtocolInfo yin_yang_protocol() {
  return {.name = "yin_yang",
          .summary = "training: which part of the Yin-Yang disc is a point in? (Kriener et al. 2022)",
          .modules = learner_modules(),
          .params = params().infos(),
          .run = run,
          .check = check,
          .samples = samples};
}

}  // namespace spikeloom::experiments
