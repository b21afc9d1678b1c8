/// Grey images of the MNIST family as numbers: their class, or, for an autoencoder, the image itself.
#include <algorithm>

#include "experiments/protocols/protocols.hpp"
#include "experiments/protocols/training/training.hpp"
#include "io/data_sets.hpp"

namespace spikeloom::experiments {
namespace {

constexpr std::uint32_t classes = 10;
constexpr std::uint32_t split_epoch = 0xffffffff;  // names the shuffling that splits the training images

struct Params : TrainingParams {
  std::string images = "mnist", task = "classes", corruption = "none";
  double validation = 0.1, shift = 0;
  int side = 28;
  bool flip = false, standardise = true;
};

constexpr Predicate share{[](double x) { return x >= 0 && x < 1; }, "must be at least 0 and below 1"};
constexpr Predicate few_pixels{[](double x) { return x >= 0 && x <= 14 && x == static_cast<int>(x); },
                               "must be a whole number from 0 to 14"};
constexpr Predicate image_side{[](double x) { return x >= 28 && x <= 64; }, "must lie between 28 and 64"};

const ParamTable<Params>& params() {
  static const ParamTable<Params> table = ParamTable<Params>{
      {"images", &Params::images, "", "the data set; a folder of this name", finite, {"mnist", "fashion_mnist"}},
      {"task", &Params::task, "", "say the class, or draw the image", finite, {"classes", "image"}},
      {"standardise", &Params::standardise, "", "grey values to mean 0 and deviation 1 over the data set; else 0 to 1"},
      {"side", &Params::side, "", "pixels of the images: those of the data set in the middle of a black square",
       image_side},
      {"shift", &Params::shift, "", "training images are moved by up to so many pixels, at random", few_pixels},
      {"flip", &Params::flip, "", "training images are flipped left to right, half of the time"},
      {"corruption", &Params::corruption, "", "what is done to an image that is to be drawn", finite,
       corruption_names()},
      {"validation", &Params::validation, "", "share of the training images, drawn at random, for validation",
       share}}.with(training_params());
  return table;
}

/// From grey bytes to numbers: mean and deviation of the sets are their usual ones.
struct Scale {
  float mean = 0, deviation = 1;

  float operator()(std::uint8_t grey) const { return (static_cast<float>(grey) / 255 - mean) / deviation; }
};

Scale scale_of(const Params& task) {
  if (!task.standardise) return {};
  return task.images == "mnist" ? Scale{0.1307f, 0.3081f} : Scale{0.2860f, 0.3530f};
}

DenseData encode(const io::LabelledImages& images, std::span<const std::uint32_t> chosen, const Params& task) {
  const auto scale = scale_of(task);
  const auto side = static_cast<std::size_t>(task.side);
  const auto top = (side - images.rows) / 2, left = (side - images.columns) / 2;
  DenseData data({side, side, 1}, task.task == "classes" ? classes : 0);
  data.reserve(chosen.size());
  std::vector<float> image(side * side);
  for (const auto k : chosen) {
    std::fill(image.begin(), image.end(), scale(0));
    const auto* grey = images.pixels.data() + std::size_t{k} * images.rows * images.columns;
    for (std::size_t y = 0; y < images.rows; ++y)
      for (std::size_t x = 0; x < images.columns; ++x)
        image[(top + y) * side + left + x] = scale(grey[y * images.columns + x]);
    data.add(image, task.task == "classes" ? images.labels[k] : 0);
  }
  return data;
}

Split<DenseData> samples(const ExperimentSpec& experiment, const std::string& data) {
  const auto task = params().read(experiment.protocol->arguments);
  const auto set = io::read_image_set(task.images, data);
  const auto order = shuffled(set.train.count, experiment.seed, split_epoch);
  const auto validation = static_cast<std::size_t>(task.validation * set.train.count + 0.5);
  std::vector<std::uint32_t> test(set.test.count);
  for (std::uint32_t k = 0; k < set.test.count; ++k) test[k] = k;
  Split<DenseData> split{encode(set.train, std::span(order).subspan(validation), task),
                         encode(set.train, std::span(order).first(validation), task), encode(set.test, test, task)};
  const auto names = corruption_names();
  const auto corruption =
      static_cast<Corruption>(std::find(names.begin(), names.end(), task.corruption) - names.begin());
  split.train.augment({static_cast<std::size_t>(task.shift), task.flip, scale_of(task)(0)}, experiment.seed);
  for (auto* part : {&split.train, &split.validation, &split.test}) part->corrupt(corruption, experiment.seed);
  return split;
}

/// Squared error per pixel of test images for which the mean training image is taken.
double error_of_mean_image(const Split<DenseData>& data) {
  const auto pixels = data.train.shape().size();
  std::vector<double> mean(pixels);
  for (std::size_t k = 0; k < data.train.size(); ++k)
    for (std::size_t p = 0; p < pixels; ++p) mean[p] += static_cast<double>(data.train[k][p]);
  double sum = 0;
  for (std::size_t k = 0; k < data.test.size(); ++k)
    for (std::size_t p = 0; p < pixels; ++p) {
      const double d = static_cast<double>(data.test[k][p]) - mean[p] / static_cast<double>(data.train.size());
      sum += d * d;
    }
  return sum / static_cast<double>(data.test.size() * pixels);
}

ProtocolOutcome run(const ProtocolRun& run) {
  const auto task = params().read(run.experiment.protocol->arguments);
  auto data = samples(run.experiment, run.data);
  if (task.task == "image")
    run.output.add(Metric{"test_loss_blind", error_of_mean_image(data), "",
                          "squared error per pixel if every test image is answered by the mean training image", true});
  return train(run, task, std::move(data));
}

void require(const ExperimentSpec& experiment, const std::string& data) {
  io::read_image_set(params().read(experiment.protocol->arguments).images, data);
}

void check(const ModelArguments& module, const ModelArguments& protocol, std::vector<Problem>& problems) {
  const auto task = params().read(protocol);
  const auto network = module.texts.find("network");
  const bool draws = network != module.texts.end() && network->second == "autoencoder";
  if (draws != (task.task == "image"))
    problems.push_back({{},
                        "protocol.params.task",
                        draws ? "an autoencoder draws images" : "only an autoencoder draws images",
                        draws ? "say task: image" : "say task: classes, or module.params.network: autoencoder"});
  if (task.corruption != "none" && task.task != "image")
    problems.push_back({{},
                        "protocol.params.corruption",
                        "is for images that are to be drawn",
                        "say task: image, or corruption: none"});
}

}  // namespace

ProtocolInfo image_learning_protocol() {
  return {.name = "image_learning",
          .summary = "training: digits (MNIST) or clothes (Fashion-MNIST) as numbers; their class, or the image itself",
          .modules = learner_modules(SampleKind::dense),
          .params = params().infos(),
          .run = run,
          .check = check,
          .require = require,
          .dense_samples = samples};
}

}  // namespace spikeloom::experiments
