/// Images of which a part is seen: the rest is filled in and the class said by one net, for any share of pixels.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/random.hpp"
#include "experiments/protocols/grey_images.hpp"
#include "experiments/protocols/protocols.hpp"
#include "experiments/protocols/training/training.hpp"
#include "io/data_sets.hpp"
#include "networks/boltzmann/monotone_dbm.hpp"

namespace spikeloom::experiments {
namespace {

constexpr std::uint32_t bars_stream = 0x4241;
constexpr std::uint32_t first_draw = 0x90000000;  // of what is seen in the test
constexpr std::size_t completed_together = 250;
constexpr const char* bars = "bars_and_stripes";

struct Params : TrainingParams {
  std::string images = "mnist";
  double side = 28, validation = 0.05;
  int made = 4000, completed = 1000, drawn = 20, rounds = 16;
  std::vector<double> shares = {0, 0.1, 0.2, 0.3, 0.4, 0.6, 0.8, 1};
};

constexpr Predicate share_of_images{[](double x) { return x >= 0 && x < 1; }, "must be at least 0 and below 1"};

const ParamTable<Params>& params() {
  static const ParamTable<Params> table = ParamTable<Params>{
      {"images",
       &Params::images,
       "",
       "a data set, the folder of this name; or rows or columns of one colour, whose direction is the class",
       finite,
       {"mnist", "fashion_mnist", bars}},
      {"side", &Params::side, "", "pixels of the images; of a data set 28, or means of squares of pixels, 14 or 8",
       whole_positive},
      {"made", &Params::made, "", "bars and stripes: images for training, and half as many for the test",
       whole_positive},
      {"validation", &Params::validation, "", "share of the training images, drawn at random, for validation",
       share_of_images},
      {"completed", &Params::completed, "", "test images that are completed for each share of pixels seen",
       whole_positive},
      {"shares", &Params::shares, "", "of the pixels that are seen then", fraction},
      {"drawn", &Params::drawn, "", "images that are drawn with nothing seen but the class", whole_positive},
      {"rounds", &Params::rounds, "", "in which their pixels are drawn",
       whole_positive}}.with(training_params());
  return table;
}

/// Every row (class 0) or every column (class 1) black or white, not all the same.
DenseData bars_and_stripes(std::size_t side, std::size_t first, std::size_t count, std::uint64_t seed) {
  DenseData data({side, side, 1}, 2);
  std::vector<float> image(side * side);
  for (auto n = first; n < first + count; ++n) {
    const auto bits = draw(seed, Purpose::task, bars_stream, n);
    const auto colours = 1 + below((std::uint64_t{1} << side) - 2, bits[0], bits[1]);
    const bool stripes = bits[2] % 2 == 1;
    for (std::size_t k = 0; k < image.size(); ++k)
      image[k] = static_cast<float>(colours >> (stripes ? k % side : k / side) & 1);
    data.add(image, stripes ? 1 : 0);
  }
  return data;
}

Split<DenseData> completion_samples(const Params& task, std::uint64_t seed, const std::string& data) {
  const auto side = static_cast<std::size_t>(task.side);
  if (task.images != bars) return grey_image_split(task.images, side, task.validation, seed, data);
  const auto made = static_cast<std::size_t>(task.made);
  const auto validation = static_cast<std::size_t>(task.validation * task.made + 0.5);
  return {bars_and_stripes(side, 0, made - validation, seed),
          bars_and_stripes(side, made - validation, validation, seed),
          bars_and_stripes(side, made, (made + 1) / 2, seed)};
}

/// What was right in a completion of the test images.
struct Score {
  double hidden = 0, right_pixels = 0, grey_error = 0, images = 0, right_labels = 0, iterations = 0;

  double pixels() const { return hidden > 0 ? right_pixels / hidden : 1; }
  double grey() const { return hidden > 0 ? grey_error / hidden : 0; }
  double labels() const { return right_labels / images; }
};

class Completions {
 public:
  Completions(const ProtocolRun& run, const Params& task, const Split<DenseData>& data)
      : run_(run), task_(task), data_(data) {}

  void show(MonotoneDbm& machine, const Say& say) {
    TrialTable table{"shares",
                     "test images, by the share of pixels that is seen",
                     {{"visible", "", "share of pixels that is seen"},
                      {"label_accuracy", "", "share of right classes"},
                      {"pixel_accuracy", "", "hidden pixels whose likeliest level is the right one"},
                      {"grey_error", "", "hidden pixels: mean distance of the expected grey from the true one"},
                      {"pixel_accuracy_told", "", "pixel_accuracy, told the class"},
                      {"iterations", "", "of inference, mean over batches"}}};
    for (std::size_t k = 0; k < task_.shares.size(); ++k) {
      if (!say(fmt::format("completes images, {:.0f} % seen", 100 * task_.shares[k]))) return;
      const auto draw_number = first_draw + static_cast<std::uint32_t>(k);
      const auto alone = score(machine, task_.shares[k], draw_number, false),
                 told = score(machine, task_.shares[k], draw_number, true);
      const std::array<double, 6> row{task_.shares[k], alone.labels(), alone.pixels(),
                                      alone.grey(),    told.pixels(),  alone.iterations};
      for (std::size_t c = 0; c < row.size(); ++c) table.columns[c].values.push_back(row[c]);
    }
    run_.output.add(std::move(table));
    picture("label_accuracy", "Class by what is seen.", "share of right classes", {{"class", "label_accuracy"}});
    picture("pixel_accuracy", "Completion by what is seen.", "share of right pixels",
            {{"class unknown", "pixel_accuracy"}, {"class told", "pixel_accuracy_told"}});
    headline(machine);
    if (say("draws images")) show_drawn(machine);
  }

 private:
  struct Column {
    const char *label, *column;
  };

  void metric(std::string name, double value, std::string doc, bool headline_metric = false) {
    run_.output.add(Metric{std::move(name), value, "", std::move(doc), headline_metric});
  }

  void picture(const char* name, const char* title, const char* axis, const std::vector<Column>& columns) {
    Picture picture{.name = name,
                    .title = title,
                    .caption = "Test images; the machine was trained with one share of pixels seen.",
                    .x = {"share of pixels seen"},
                    .y = {.label = axis, .low = 0, .high = 1}};
    for (const auto& column : columns)
      picture.series.push_back(
          {column.label, {"trials/shares/visible"}, {fmt::format("trials/shares/{}", column.column)}});
    run_.output.add(std::move(picture));
  }

  Score score(MonotoneDbm& machine, double visible, std::uint32_t draw_number, bool told) const {
    Score sum;
    double batches = 0;
    const auto count = std::min(static_cast<std::size_t>(task_.completed), data_.test.size());
    const float unit = 1 / static_cast<float>(machine.levels() - 1);
    for (std::size_t first = 0; first < count; first += completed_together) {
      std::vector<std::uint32_t> samples;
      for (auto k = first; k < std::min(count, first + completed_together); ++k)
        samples.push_back(static_cast<std::uint32_t>(k));
      auto images = machine.partial({data_.test, samples, 0}, visible, draw_number);
      images.labels_seen = told;
      const auto completed = machine.complete(images, run_.threads);
      sum.iterations += completed.convergence.iterations;
      ++batches;
      for (std::size_t i = 0; i < images.size(); ++i) {
        sum.images += 1;
        sum.right_labels += completed.labels[i] == images.labels[i] ? 1 : 0;
        for (std::size_t k = 0; k < images.seen.columns(); ++k) {
          if (images.seen(i, k) != 0) continue;
          sum.hidden += 1;
          sum.right_pixels += completed.levels(i, k) == images.levels(i, k) ? 1 : 0;
          sum.grey_error += static_cast<double>(std::abs(completed.grey(i, k) - unit * images.levels(i, k)));
        }
      }
    }
    sum.iterations /= batches;
    return sum;
  }

  /// As it was trained, beside what can be said without looking: the commonest level of each pixel.
  void headline(MonotoneDbm& machine) {
    const auto visible = MonotoneDbmParams::table().read(run_.experiment.module->arguments).visible;
    const auto as_trained = score(machine, visible, first_draw - 1, false);
    metric("pixel_accuracy", as_trained.pixels(),
           "hidden pixels of test images whose likeliest level is right; as many seen as in training", true);
    metric("label_accuracy", as_trained.labels(), "right classes of the same images", true);
    metric("grey_error", as_trained.grey(), "mean distance of the expected grey of hidden pixels from the true one",
           true);
    const auto levels = static_cast<std::size_t>(machine.levels()), pixels = data_.train.shape().size();
    const auto levels_of = [&](const DenseData& data, std::size_t most) {
      std::vector<std::uint32_t> all(std::min(most, data.size()));
      for (std::uint32_t k = 0; k < all.size(); ++k) all[k] = k;
      return machine.partial({data, all, 0}, 0, 0).levels;
    };
    const auto train = levels_of(data_.train, 10'000),
               test = levels_of(data_.test, static_cast<std::size_t>(task_.completed));
    double right = 0;
    for (std::size_t k = 0; k < pixels; ++k) {
      std::vector<std::size_t> counts(levels);
      for (std::size_t i = 0; i < train.rows(); ++i) ++counts[train(i, k)];
      const auto commonest = std::max_element(counts.begin(), counts.end()) - counts.begin();
      for (std::size_t i = 0; i < test.rows(); ++i) right += test(i, k) == commonest ? 1 : 0;
    }
    metric("pixel_accuracy_blind", right / static_cast<double>(test.size()),
           "the same if every pixel has its commonest level");
  }

  void show_drawn(MonotoneDbm& machine) {
    std::vector<std::int32_t> labels;
    for (int i = 0; i < task_.drawn; ++i) labels.push_back(i % static_cast<std::int32_t>(data_.train.classes()));
    const auto drawn = machine.sample(labels, task_.rounds, run_.experiment.seed, run_.threads);
    const auto shape = data_.train.shape();
    run_.output.add(
        NamedArray{"drawn",
                   "",
                   "images drawn with nothing seen but the class: image i is of class i modulo their number",
                   {"image", "row", "column"},
                   {drawn.rows(), shape.height, shape.width},
                   {drawn.values().begin(), drawn.values().end()}});
    run_.output.add(Picture{.kind = Picture::Kind::images,
                            .name = "drawn",
                            .title = "Drawn images.",
                            .caption = "Pixels are drawn in rounds from their marginals given those drawn before; the "
                                       "class is told.",
                            .z = {.label = "grey", .low = 0, .high = 1},
                            .values = {"arrays/drawn"},
                            .wide = true});
  }

  const ProtocolRun& run_;
  const Params& task_;
  const Split<DenseData>& data_;
};

ProtocolOutcome run(const ProtocolRun& run) {
  const auto task = params().read(run.experiment.protocol->arguments);
  const auto data = completion_samples(task, run.experiment.seed, run.data);
  Completions completions(run, task, data);
  return train(run, task, data,
               [&](Learner& learner, const Say& say) { completions.show(dynamic_cast<MonotoneDbm&>(learner), say); });
}

void require(const ExperimentSpec& experiment, const std::string& data) {
  const auto task = params().read(experiment.protocol->arguments);
  if (task.images != bars) io::read_image_set(task.images, data);
}

void check(const ModelArguments&, const ModelArguments& protocol, std::vector<Problem>& problems) {
  const auto task = params().read(protocol);
  const bool made = task.images == bars;
  if (made && (task.side < 2 || task.side > 16))
    problems.push_back({{}, "protocol.params.side", "bars and stripes have 2 to 16 pixels", "say side: 6"});
  if (!made && task.side != 28 && task.side != 14 && task.side != 8)
    problems.push_back({{}, "protocol.params.side", "must be 28, 14 or 8", "say side: 28"});
  if (made && task.validation * task.made + 0.5 >= task.made)
    problems.push_back({{}, "protocol.params.validation", "leaves nothing to learn from", "lower it"});
}

}  // namespace

ProtocolInfo image_completion_protocol() {
  return {.name = "image_completion",
          .summary = "training: images are completed and their class is said from a part of their pixels",
          .modules = learner_modules(SampleKind::grey),
          .params = params().infos(),
          .run = run,
          .check = check,
          .require = require};
}

}  // namespace spikeloom::experiments
