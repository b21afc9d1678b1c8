/// Grey images of the MNIST family, learned and made: samples judged by a classifier of real images, and by statistics.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "experiments/protocols/grey_images.hpp"
#include "experiments/protocols/protocols.hpp"
#include "experiments/protocols/training/training.hpp"
#include "io/data_sets.hpp"
#include "networks/training/generator.hpp"
#include "networks/training/sample_statistics.hpp"

namespace spikeloom::experiments {
namespace {

constexpr std::uint32_t classes = grey_image_classes;
constexpr std::size_t per_class = 8;     // images of each class that are shown
constexpr std::size_t compared = 10000;  // training images whose moments are compared
constexpr std::size_t components = 5;

struct Params : TrainingParams {
  std::string images = "mnist";
  int generated = 1000, judge_epochs = 5;
  double side = 28, validation = 0.05;
};

constexpr Predicate some_side{[](double x) { return x == 28 || x == 14 || x == 8; }, "must be 28, 14 or 8"};
constexpr Predicate share{[](double x) { return x >= 0 && x < 1; }, "must be at least 0 and below 1"};

const ParamTable<Params>& params() {
  static const ParamTable<Params> table = ParamTable<Params>{
      {"images", &Params::images, "", "the data set; a folder of this name", finite, {"mnist", "fashion_mnist"}},
      {"side", &Params::side, "", "pixels of the images: 28, or means of 2 x 2 or of 4 x 4 pixels, 14 or 8", some_side},
      {"validation", &Params::validation, "", "share of the training images, drawn at random, for validation", share},
      {"generated", &Params::generated, "", "images that are made", whole_positive},
      {"judge_epochs", &Params::judge_epochs, "",
       "passes over the training images that a classifier learns to judge them",
       whole_positive}}.with(training_params());
  return table;
}

Matrix<float> matrix_of(const DenseData& data, std::size_t most) {
  Matrix<float> rows(std::min(most, data.size()), data.shape().size());
  for (std::size_t i = 0; i < rows.rows(); ++i) std::copy(data[i].begin(), data[i].end(), rows.row(i).begin());
  return rows;
}

DenseData data_of(const Matrix<float>& rows, Shape shape, std::span<const std::int32_t> labels) {
  DenseData data(shape, classes);
  for (std::size_t i = 0; i < rows.rows(); ++i) data.add(rows.row(i), labels[i]);
  return data;
}

/// What a classifier says to images: the class of each, and how likely it is.
struct Verdicts {
  std::vector<std::int32_t> labels;
  std::vector<double> probabilities;
};

/// A dense network that has learned real images by backpropagation.
class Judge {
 public:
  Judge(const Split<DenseData>& data, const Params& task, std::uint64_t seed, int threads) : threads_(threads) {
    ModelArguments arguments;
    arguments.texts = {
        {"rule", "backpropagation"}, {"initial", "orthogonal"}, {"optimiser", "adam"}, {"schedule", "cosine"}};
    arguments.numbers = {{"eta", {0.001}}, {"clip", {0}}};
    arguments.lists = {{"hidden", {256, 256}}};
    params_.epochs = task.judge_epochs, params_.batch = 64, params_.keep = "last";
    const auto shape = data.train.shape();
    learner_ = find_learner("counter_current")
                   ->make(arguments,
                          {.inputs = static_cast<std::uint32_t>(shape.size()),
                           .classes = classes,
                           .epochs = static_cast<std::uint64_t>(params_.epochs),
                           .shape = shape},
                          seed);
    Training training(*learner_, data, params_, seed, threads);
    while (!training.is_over()) training.epoch();
    accuracy_ = training.evaluate(data.test).accuracy;
  }

  double accuracy() const noexcept { return accuracy_; }

  Verdicts operator()(const Matrix<float>& images, Shape shape) {
    const std::vector<std::int32_t> any(images.rows(), 0);
    Verdicts verdicts{.labels = evaluated(data_of(images, shape, any)).first, .probabilities = {}};
    for (const double loss : evaluated(data_of(images, shape, verdicts.labels)).second)
      verdicts.probabilities.push_back(std::exp(-loss));  // cross-entropy of the class it says itself
    return verdicts;
  }

 private:
  std::pair<std::vector<std::int32_t>, std::vector<double>> evaluated(const DenseData& data) {
    std::vector<std::uint32_t> all(data.size());
    for (std::uint32_t k = 0; k < all.size(); ++k) all[k] = k;
    std::vector<Answer> answers(data.size());
    learner_->evaluate({data, all, 0}, answers, threads_);
    std::pair<std::vector<std::int32_t>, std::vector<double>> found;
    for (const auto& answer : answers) {
      found.first.push_back(answer.label);
      found.second.push_back(answer.loss);
    }
    return found;
  }

  int threads_;
  TrainingParams params_;
  std::unique_ptr<Learner> learner_;
  double accuracy_ = 0;
};

class Gallery {
 public:
  Gallery(const ProtocolRun& run, const Params& task, const Split<DenseData>& data)
      : run_(run), task_(task), data_(data), shape_(data.train.shape()) {}

  void show(Generator& generator, const Say& say) {
    std::vector<std::int32_t> asked(static_cast<std::size_t>(task_.generated), -1);
    for (std::size_t i = 0; i < asked.size() && generator.takes_labels(); ++i)
      asked[i] = static_cast<std::int32_t>(i % classes);
    const auto made = generator.generate(asked, run_.experiment.seed, run_.threads, [&](double over) {
      return say(fmt::format("makes images, {:.0f} %", 100 * over));
    });
    if (!say("judges images")) return;
    judge(made, asked, generator.takes_labels());
    compare(made);
    neighbours(made);
  }

 private:
  void metric(std::string name, double value, std::string doc, bool headline = false) {
    run_.output.add(Metric{std::move(name), value, "", std::move(doc), headline});
  }

  void judge(const Matrix<float>& made, std::span<const std::int32_t> asked, bool labelled) {
    Judge classifier(data_, task_, run_.experiment.seed, run_.threads);
    const auto verdicts = classifier(made, shape_);
    const auto real = classifier(matrix_of(data_.test, compared), shape_);
    const auto sure = [](const Verdicts& of) {
      double count = 0;
      for (const double p : of.probabilities) count += p > 0.9 ? 1 : 0;
      return count / static_cast<double>(of.probabilities.size());
    };
    std::vector<double> shares(classes);
    double agreed = 0, finite_images = 0;
    for (std::size_t i = 0; i < made.rows(); ++i) {
      shares[static_cast<std::size_t>(verdicts.labels[i])] += 1 / static_cast<double>(made.rows());
      agreed += verdicts.labels[i] == asked[i] ? 1 : 0;
      finite_images += std::all_of(made.row(i).begin(), made.row(i).end(), [](float v) { return std::isfinite(v); });
    }
    metric("judge_accuracy", classifier.accuracy(), "of the classifier, on real test images");
    metric("sure_share", sure(verdicts), "made images whose class it gives a probability above 0.9", true);
    metric("sure_share_real", sure(real), "real test images, likewise");
    metric("class_share_least", *std::min_element(shares.begin(), shares.end()), "of made images in the rarest class",
           true);
    metric("class_share_most", *std::max_element(shares.begin(), shares.end()), "of made images in the commonest class",
           true);
    if (labelled)
      metric("label_agreement", agreed / static_cast<double>(made.rows()), "made images of the class asked for", true);
    metric("finite_share", finite_images / static_cast<double>(made.rows()), "made images without NaN or infinity");
    run_.output.add(NamedArray{"class_shares", "", "of made images, by the classifier", {"class"}, {classes}, shares});
    show_classes(made, verdicts.labels);
  }

  /// Some images of every class, one row of the picture per class.
  void show_classes(const Matrix<float>& made, std::span<const std::int32_t> labels) {
    NamedArray grid{"made", "", "some of the made images, by class", {"image", "row", "column"}, {}, {}};
    std::uint64_t count = 0;
    for (std::int32_t label = 0; label < static_cast<std::int32_t>(classes); ++label) {
      std::size_t shown = 0;
      for (std::size_t i = 0; i < made.rows() && shown < per_class; ++i) {
        if (labels[i] != label) continue;
        grid.values.insert(grid.values.end(), made.row(i).begin(), made.row(i).end());
        ++shown, ++count;
      }
    }
    grid.shape = {count, shape_.height, shape_.width};
    run_.output.add(std::move(grid));
    run_.output.add(Picture{.kind = Picture::Kind::images,
                            .name = "made",
                            .title = "Made images.",
                            .caption = "Samples of the model, in the order of the classes that a classifier sees.",
                            .z = {.label = "grey", .low = 0, .high = 1},
                            .values = {"arrays/made"},
                            .wide = true});
    run_.output.add(NamedArray{"all_made",
                               "",
                               "every made image",
                               {"image", "row", "column"},
                               {made.rows(), shape_.height, shape_.width},
                               {made.values().begin(), made.values().end()}});
  }

  void compare(const Matrix<float>& made) {
    const auto real = matrix_of(data_.train, compared);
    const auto of_made = column_moments(made), of_real = column_moments(real);
    metric("mean_correlation", correlation(of_made.means, of_real.means), "of mean images, made and real");
    metric("deviation_correlation", correlation(of_made.deviations, of_real.deviations),
           "of the pixels' deviations, made and real");
    const auto made_variances = leading_variances(made, components, run_.threads),
               real_variances = leading_variances(real, components, run_.threads);
    double worst = 0;
    for (std::size_t k = 0; k < made_variances.size(); ++k)
      worst = std::max(worst, std::abs(made_variances[k] / real_variances[k] - 1));
    metric("component_error", worst,
           fmt::format("largest relative difference of the {} leading principal variances", components));
    TrialTable table{
        "components", "principal variances", {{"made", "", "", made_variances}, {"real", "", "", real_variances}}};
    run_.output.add(std::move(table));
  }

  void neighbours(const Matrix<float>& made) {
    const auto real = matrix_of(data_.train, data_.train.size()), held_out = matrix_of(data_.test, made.rows());
    const auto of_made = nearest_neighbours(made, real, run_.threads),
               of_held_out = nearest_neighbours(held_out, real, run_.threads);
    const double distance = median(of_made.distances), usual = median(of_held_out.distances);
    metric("neighbour_distance", distance, "median, from made images to the nearest training images");
    metric("neighbour_distance_real", usual, "median, from test images to the nearest training images");
    metric("neighbour_ratio", usual > 0 ? distance / usual : 0, "of the two: near 0 copies, far above 1 noise", true);
    NamedArray pairs{
        "neighbours", "", "made images, each before its nearest training image", {"image", "row", "column"}, {}, {}};
    const auto shown = std::min<std::size_t>(10, made.rows());
    for (std::size_t i = 0; i < shown; ++i)
      for (const auto& row : {made.row(i), real.row(of_made.nearest[i])})
        pairs.values.insert(pairs.values.end(), row.begin(), row.end());
    pairs.shape = {2 * shown, shape_.height, shape_.width};
    run_.output.add(std::move(pairs));
    run_.output.add(Picture{.kind = Picture::Kind::images,
                            .name = "neighbours",
                            .title = "Nearest neighbours.",
                            .caption = "Made images, each before the training image that is nearest to it.",
                            .z = {.label = "grey", .low = 0, .high = 1},
                            .values = {"arrays/neighbours"},
                            .wide = true});
  }

  const ProtocolRun& run_;
  const Params& task_;
  const Split<DenseData>& data_;
  Shape shape_;
};

ProtocolOutcome run(const ProtocolRun& run) {
  const auto task = params().read(run.experiment.protocol->arguments);
  const auto data = grey_image_split(task.images, static_cast<std::size_t>(task.side), task.validation,
                                     run.experiment.seed, run.data);
  Gallery gallery(run, task, data);
  return train(run, task, data,
               [&](Learner& learner, const Say& say) { gallery.show(dynamic_cast<Generator&>(learner), say); });
}

void require(const ExperimentSpec& experiment, const std::string& data) {
  const auto task = params().read(experiment.protocol->arguments);
  io::read_image_set(task.images, data);
  const auto side = static_cast<std::size_t>(task.side);
  find_learner(experiment.module->name)  // images that do not fit the network are said before results are begun
      ->make(experiment.module->arguments,
             {.inputs = static_cast<std::uint32_t>(side * side), .classes = classes, .shape = {side, side, 1}},
             experiment.seed);
}

}  // namespace

ProtocolInfo image_generation_protocol() {
  return {
      .name = "image_generation",
      .summary = "training: digits (MNIST) or clothes (Fashion-MNIST) are learned and made, and the made ones judged",
      .modules = generator_modules(),
      .params = params().infos(),
      .run = run,
      .require = require};
}

}  // namespace spikeloom::experiments
