/// Spoken digits as spikes of a cochlea: synthetic ones, or the Heidelberg recordings where they are at hand.
#include "experiments/protocols/protocols.hpp"
#include "experiments/protocols/training/training.hpp"
#include "io/spike_recordings.hpp"
#include "networks/tasks/tasks.hpp"

namespace spikeloom::experiments {
namespace {

constexpr Predicate whole{[](double x) { return x >= 0 && x <= 1e7 && x == static_cast<double>(static_cast<long>(x)); },
                          "must be a whole number, 0 or more"};

struct Params : TrainingParams {
  std::string recordings = "synthetic", test_time = "forward";
  double train = 2000, validation = 400, test = 500, data_seed = 1, duration = 1000;
  int channels = 140;
  bool count_matched = false;
};

const ParamTable<Params>& params() {
  static const ParamTable<Params> table = ParamTable<Params>{
      {"recordings",
       &Params::recordings,
       "",
       "made here, or read: Spiking Heidelberg Digits, Spiking Speech Commands",
       finite,
       {"synthetic", "shd", "ssc"}},
      {"train", &Params::train, "", "synthetic training samples", whole},
      {"validation", &Params::validation, "", "synthetic validation samples; shd: taken from training", whole},
      {"test", &Params::test, "", "synthetic test samples", whole},
      {"data_seed", &Params::data_seed, "", "of synthetic digits, voices and samples", whole},
      {"channels", &Params::channels, "", "inputs: of the synthetic cochlea; groups of the 700 recorded channels",
       whole_positive},
      {"duration", &Params::duration, "ms", "of a recorded sample; what comes later is left out", positive},
      {"count_matched", &Params::count_matched, "", "synthetic: four spikes of every channel in every sample"},
      {"test_time",
       &Params::test_time,
       "",
       "synthetic: test samples run forward, or backward (ablation)",
       finite,
       {"forward", "backward"}}}.with(training_params());
  return table;
}

SpikeData synthetic(const Params& task, Part part, double samples) {
  SpokenDigits digits;
  digits.channels = task.channels;
  digits.count_matched = task.count_matched;
  digits.reversed = part == Part::test && task.test_time == "backward";
  return make_spoken_digits(digits, static_cast<std::uint64_t>(task.data_seed), part,
                            static_cast<std::size_t>(samples));
}

DataSplit recorded(const Params& task, const std::string& data) {
  const auto layout = task.recordings == "shd" ? io::heidelberg_digits() : io::speech_commands();
  auto set = io::read_recordings(layout, data, static_cast<std::uint32_t>(task.channels), task.duration);
  if (set.validation.size() > 0) return set;
  const auto validation = static_cast<std::size_t>(task.validation);
  if (validation >= set.train.size())
    throw SpecError("protocol.params.validation", "takes all " + std::to_string(set.train.size()) + " training samples",
                    "lower it");
  const auto training = set.train.size() - validation;
  return {set.train.part(0, training), set.train.part(training, validation), std::move(set.test)};
}

DataSplit samples(const ExperimentSpec& experiment, const std::string& data) {
  const auto task = params().read(experiment.protocol->arguments);
  if (task.recordings != "synthetic") return recorded(task, data);
  return {synthetic(task, Part::training, task.train), synthetic(task, Part::validation, task.validation),
          synthetic(task, Part::test, task.test)};
}

ProtocolOutcome run(const ProtocolRun& run) {
  return train(run, params().read(run.experiment.protocol->arguments), samples(run.experiment, run.data));
}

/// Recordings are looked for before anything is written.
void require(const ExperimentSpec& experiment, const std::string& data) {
  const auto task = params().read(experiment.protocol->arguments);
  if (task.recordings == "shd") io::find_recordings(io::heidelberg_digits(), data);
  if (task.recordings == "ssc") io::find_recordings(io::speech_commands(), data);
}

void check(const ModelArguments&, const ModelArguments& protocol, std::vector<Problem>& problems) {
  const auto task = params().read(protocol);
  const auto refuse = [&](const char* name, const char* what, const char* remedy) {
    problems.push_back({{}, std::string("protocol.params.") + name, what, remedy});
  };
  if (task.recordings != "synthetic" && 700 % task.channels != 0)
    refuse("channels", "does not divide the 700 recorded channels", "give 140 (groups of five), 700, 350, 100 or 70");
  if (task.recordings != "synthetic" && (task.count_matched || task.test_time == "backward"))
    refuse("recordings", "only synthetic digits can be count-matched or run backward", "leave those parameters out");
  if (task.recordings == "synthetic" && (task.train < 1 || task.test < 1))
    refuse(task.train < 1 ? "train" : "test", "needs at least one sample", "raise it");
}

}  // namespace

ProtocolInfo spoken_digits_protocol() {
  return {.name = "spoken_digits",
          .summary = "training: spoken digits as spikes, synthetic or recorded (Cramer et al. 2022)",
          .modules = learner_modules(),
          .params = params().infos(),
          .run = run,
          .check = check,
          .require = require,
          .samples = samples};
}

}  // namespace spikeloom::experiments
