/// Grey images of the MNIST family, one spike per bright pixel: the brighter, the earlier.
#include "experiments/protocols/protocols.hpp"
#include "experiments/protocols/training/training.hpp"
#include "io/data_sets.hpp"

namespace spikeloom::experiments {
namespace {

constexpr std::uint32_t classes = 10;

struct Params : TrainingParams {
  std::string images = "mnist";
  double t_max = 20, duration = 20, threshold = 1, validation = 5000;
};

constexpr Predicate grey_value{[](double x) { return x >= 0 && x <= 254 && x == static_cast<int>(x); },
                               "must be a whole number from 0 to 254"};
constexpr Predicate whole{[](double x) { return x >= 0 && x <= 4e9 && x == static_cast<double>(static_cast<long>(x)); },
                          "must be a whole number, 0 or more"};

const ParamTable<Params>& params() {
  static const ParamTable<Params> table = ParamTable<Params>{
      {"images", &Params::images, "", "the data set; a folder of this name", finite, {"mnist", "fashion_mnist"}},
      {"t_max", &Params::t_max, "ms", "a pixel of value p fires at t_max (1 - p/255)", positive},
      {"threshold", &Params::threshold, "", "pixels up to this value do not fire", grey_value},
      {"duration", &Params::duration, "ms", "of a trial", positive},
      {"validation", &Params::validation, "", "so many of the training images, the last ones, are for validation",
       whole}}.with(training_params());
  return table;
}

SpikeData encode(const io::LabelledImages& images, std::size_t first, std::size_t count, const Params& task) {
  const std::size_t pixels = std::size_t{images.rows} * images.columns;
  SpikeData data(static_cast<std::uint32_t>(pixels), classes, task.duration);
  for (std::size_t k = first; k < first + count; ++k)
    data.add(latency_code(std::span(images.pixels).subspan(k * pixels, pixels), task.t_max,
                          static_cast<std::uint8_t>(task.threshold)),
             images.labels[k]);
  return data;
}

/// The images, and how many of them are for training.
io::ImageSet images_of(const Params& task, const std::string& data) {
  auto set = io::read_image_set(task.images, data);
  if (task.validation >= set.train.count)
    throw SpecError("protocol.params.validation", "takes all " + std::to_string(set.train.count) + " training images",
                    "lower it");
  return set;
}

DataSplit samples(const ExperimentSpec& experiment, const std::string& data) {
  const auto task = params().read(experiment.protocol->arguments);
  const auto set = images_of(task, data);
  const auto validation = static_cast<std::size_t>(task.validation), training = set.train.count - validation;
  return {encode(set.train, 0, training, task), encode(set.train, training, validation, task),
          encode(set.test, 0, set.test.count, task)};
}

ProtocolOutcome run(const ProtocolRun& run) {
  return train(run, params().read(run.experiment.protocol->arguments), samples(run.experiment, run.data));
}

void require(const ExperimentSpec& experiment, const std::string& data) {
  images_of(params().read(experiment.protocol->arguments), data);
}

void check(const ModelArguments&, const ModelArguments& protocol, std::vector<Problem>& problems) {
  const auto task = params().read(protocol);
  if (task.t_max * (1 - (task.threshold + 1) / 255) >= task.duration)
    problems.push_back({{},
                        "protocol.params.duration",
                        "the spikes of dark pixels come at or after the end of the trial",
                        "raise duration to t_max, or lower t_max"});
}

}  // namespace

ProtocolInfo latency_images_protocol() {
  return {.name = "latency_images",
          .summary = "training: digits (MNIST) or clothes (Fashion-MNIST), one spike per pixel, bright ones first",
          .modules = learner_modules(),
          .params = params().infos(),
          .run = run,
          .check = check,
          .require = require,
          .samples = samples};
}

}  // namespace spikeloom::experiments
