/// Motion detection: event-camera movies, training, and what is left of accuracy with fewer synapses or delays.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/parallel.hpp"
#include "core/random.hpp"
#include "experiments/protocols/motion_analysis.hpp"
#include "experiments/protocols/protocols.hpp"
#include "experiments/protocols/stages.hpp"

namespace spikeloom::experiments {
namespace {

constexpr std::uint32_t test_movies = 1u << 20, cloud_movies = 1u << 21, order_stream = 340;

struct Params {
  int movies = 256, test = 64, epochs = 8, batch = 8, bins = 100, image = 64, view = 32, clouds = 2;
  double threshold = 2.8, mean_segment = 24, narrow = std::numbers::pi / 32;
  std::vector<double> controls = {1, 3};
  std::vector<double> fractions = {0.0003, 0.001, 0.003, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5};
  std::vector<double> bandwidths = {0.1, 0.5, 1, 2, 8};
};

const ParamTable<Params>& params() {
  static const ParamTable<Params> table{
      {"movies", &Params::movies, "", "for training", whole_positive},
      {"test", &Params::test, "", "movies for testing", whole_positive},
      {"epochs", &Params::epochs, "", "passes over the movies", whole_positive},
      {"batch", &Params::batch, "", "movies per update", whole_positive},
      {"bins", &Params::bins, "", "of a movie", whole_positive},
      {"image", &Params::image, "", "pixels: period of the moving texture, a power of 2", whole_positive},
      {"view", &Params::view, "", "pixels: width of what the camera sees", whole_positive},
      {"threshold", &Params::threshold, "", "of the camera, in standard deviations of the image", positive},
      {"mean_segment", &Params::mean_segment, "", "mean number of bins between changes of motion", positive},
      {"controls", &Params::controls, "", "layers with so many delays are trained beside it", whole_positive},
      {"fractions", &Params::fractions, "", "of the weights that pruning keeps, ascending", positive},
      {"clouds", &Params::clouds, "", "Motion Clouds per class and condition; 0: none", non_negative},
      {"narrow", &Params::narrow, "", "bandwidth of orientation of oriented Motion Clouds [rad]", positive},
      {"bandwidths", &Params::bandwidths, "", "of speed, of Motion Clouds [pixels per bin]", positive}};
  return table;
}

struct Task {
  Params params;
  CameraView view;
  std::vector<MotionMovie> train, test;
};

std::vector<MotionMovie> record(const MotionSet& motions, const CameraView& view, std::uint64_t seed,
                                std::uint32_t first, int count, int threads, Stages& stages) {
  std::vector<MotionMovie> movies(static_cast<std::size_t>(count));
  for_each_index(static_cast<std::size_t>(threads), movies.size(), [&](std::size_t k) {
    stages.pause();
    movies[k] = natural_movie(motions, view, seed, first + static_cast<std::uint32_t>(k));
  });
  return movies;
}

/// Movies of an epoch in random order.
std::vector<std::size_t> order_of(std::size_t movies, std::uint64_t seed, std::uint32_t epoch) {
  std::vector<std::size_t> order(movies);
  for (std::size_t k = 0; k < movies; ++k) order[k] = k;
  for (std::size_t k = movies; k > 1; --k) {
    const auto bits = draw(seed, Purpose::task, order_stream, k, epoch);
    std::swap(order[k - 1], order[below(k, bits[0], bits[1])]);
  }
  return order;
}

/// One detector: mini-batches, and after each epoch the test movies, a step each.
class Course final : public SteppedRun {
 public:
  Course(const ProtocolRun& run, const Task& task, const MotionDetectorParams& module, const std::string& name,
         Stages& stages)
      : run_(run),
        task_(task),
        stages_(stages),
        detector_(module, task.view.size),
        table_{name,
               "after every epoch, on test movies",
               {{"epoch", "", "counted from 1"},
                {"accuracy", "%", "of bins"},
                {"settled", "%", "of bins without a change of motion within the longest delay"}}} {}

  static std::uint64_t steps_of(const Params& params) {
    return static_cast<std::uint64_t>(params.epochs) * (batches(params) + 1);
  }
  std::uint64_t steps() const override { return steps_of(task_.params); }
  void step(std::uint64_t number) override {
    const auto of_epoch = batches(task_.params) + 1, epoch = number / of_epoch + 1, batch = number % of_epoch;
    batch + 1 < of_epoch ? train(static_cast<std::uint32_t>(epoch), batch) : test(epoch);
  }
  /// All of it is looked at afterwards.
  void results(StateArchive& archive) override {
    detector_.state(archive);
    list(archive, table_);
  }
  std::string note(std::uint64_t) const override {
    return table_.columns[1].values.empty()
               ? table_.name
               : fmt::format("{}: accuracy {:.1f} %", table_.name, table_.columns[1].values.back());
  }

  MotionDetector& detector() { return detector_; }
  TrialTable& table() { return table_; }

 private:
  static std::uint64_t batches(const Params& params) {
    return static_cast<std::uint64_t>((params.movies + params.batch - 1) / params.batch);
  }
  void train(std::uint32_t epoch, std::uint64_t batch) {
    const auto order = order_of(task_.train.size(), run_.experiment.seed, epoch);
    const auto first = batch * static_cast<std::size_t>(task_.params.batch);
    std::vector<const MotionMovie*> movies;
    for (auto k = first; k < std::min(first + static_cast<std::size_t>(task_.params.batch), order.size()); ++k)
      movies.push_back(&task_.train[order[k]]);
    detector_.train(movies, run_.threads);
  }
  void test(std::uint64_t epoch) {
    const auto accuracy = accuracy_of(detector_, task_.test, run_.threads, [this] { stages_.pause(); });
    table_.columns[0].values.push_back(static_cast<double>(epoch));
    table_.columns[1].values.push_back(accuracy.all);
    table_.columns[2].values.push_back(accuracy.settled);
  }

  const ProtocolRun& run_;
  const Task& task_;
  Stages& stages_;
  MotionDetector detector_;
  TrialTable table_;
};

void add(const ProtocolRun& run, const std::string& name, double value, const char* unit, const char* doc,
         bool headline = false) {
  run.output.add(Metric{name, value, unit, doc, headline});
}

void show_compression(const ProtocolRun& run, const MotionDetector& detector, const Task& task, Stages& stages) {
  const double chance = 100.0 / static_cast<double>(detector.motions().size());
  const auto delays = detector.layer().shape().delays;
  auto fractions = task.params.fractions;
  fractions.insert(fractions.end(), {1, 0.1});
  const auto rows = stages.rows(fractions.size() + delays, 4, [&](std::size_t k, std::span<double> row) {
    const auto between = [&] { stages.pause(); };
    const auto found = k < fractions.size()
                           ? pruned_accuracy(detector, task.test, 1, fractions[k], between)
                           : shortened_accuracy(detector, task.test, 1, k - fractions.size() + 1, between);
    row[0] = found.fraction, row[1] = found.accuracy, row[2] = found.additions, row[3] = found.expected;
  });
  std::vector<CompressedAccuracy> pruning, shortening;
  for (std::size_t k = 0; k < rows.size() / 4; ++k)
    (k < fractions.size() ? pruning : shortening)
        .push_back({rows[4 * k], rows[4 * k + 1], rows[4 * k + 2], rows[4 * k + 3]});
  const auto tenth = pruning.back();
  pruning.pop_back();

  const auto table = [&](const char* name, const char* doc, std::span<const CompressedAccuracy> curve) {
    TrialTable out{name,
                   doc,
                   {{"fraction", "", "of the synapses that is left"},
                    {"accuracy", "%", "of bins, by event-driven inference"},
                    {"additions", "", "per bin, counted"},
                    {"expected", "", "per bin: fraction times those of the full layer"}}};
    for (const auto& point : curve) {
      out.columns[0].values.push_back(point.fraction), out.columns[1].values.push_back(point.accuracy);
      out.columns[2].values.push_back(point.additions), out.columns[3].values.push_back(point.expected);
    }
    run.output.add(std::move(out));
  };
  table("pruning", "the largest weights are kept", pruning);
  table("shortening", "the shortest delays are kept", shortening);

  double worst = 0;
  for (const auto& point : pruning) worst = std::max(worst, std::abs(point.additions / point.expected - 1));
  add(run, "additions_error", 100 * worst, "%", "largest deviation of counted additions from fraction x full layer");
  add(run, "additions_full", pruning.back().additions, "", "per bin, full layer");
  add(run, "pruning_loss", pruning.back().accuracy - tenth.accuracy, "%", "points lost with a tenth of the weights",
      true);
  add(run, "shortening_loss", shortening.back().accuracy - shortening.front().accuracy, "%",
      "points lost with one delay", true);
  const double half_pruned = half_saturation(pruning, chance), half_shortened = half_saturation(shortening, chance);
  add(run, "half_pruning", half_pruned, "", "fraction of weights at which half of the accuracy is lost");
  add(run, "half_shortening", half_shortened, "", "fraction of delays at which half of the accuracy is lost");
  add(run, "half_ratio", half_shortened / half_pruned, "", "shortening over pruning", true);
  run.output.add(Picture{.name = "compression",
                         .title = "Fewer synapses.",
                         .caption = "Accuracy against the fraction of synapses left: the largest weights carry it, and "
                                    "they lie at all delays.",
                         .x = {"synapses left", "", true},
                         .y = {"accuracy", "%"},
                         .series = {{"pruning", {"trials/pruning/fraction"}, {"trials/pruning/accuracy"}},
                                    {"shortening", {"trials/shortening/fraction"}, {"trials/shortening/accuracy"}}}});
}

void show_kernels(const ProtocolRun& run, const MotionDetector& detector) {
  const auto& layer = detector.layer();
  const auto& shape = layer.shape();
  const int r = static_cast<int>(shape.radius);
  TrialTable table{"kernels",
                   "one row per class",
                   {{"x", "", "pixels per bin, of the motion"},
                    {"y", "", "pixels per bin, of the motion"},
                    {"fit_x", "", "pixels per bin, along which the positive weights lie"},
                    {"fit_y", "", "pixels per bin, along which the positive weights lie"},
                    {"push_pull", "", "correlation of ON and OFF weights"}}};
  double right = 0, strongest = -1;
  for (std::size_t c = 0; c < shape.classes; ++c) {
    const auto v = detector.motions().velocity(c);
    const double speed = std::hypot(v.x, v.y);
    const auto fit = kernel_velocity(layer, c, speed);
    const double fitted = std::hypot(fit.x, fit.y);
    const double angle =
        std::abs(std::remainder(std::atan2(fit.y, fit.x) - std::atan2(v.y, v.x), 2 * std::numbers::pi));
    right += angle <= std::numbers::pi / 9 && std::abs(fitted / speed - 1) <= 0.3;
    const double correlation = push_pull(layer, c);
    strongest = std::max(strongest, correlation);
    const double row[] = {v.x, v.y, fit.x, fit.y, correlation};
    for (std::size_t k = 0; k < 5; ++k) table.columns[k].values.push_back(row[k]);
  }
  run.output.add(std::move(table));
  add(run, "kernels_right", right, "", "classes whose weights lie along their motion, within 20 degrees and 30 %",
      true);
  add(run, "push_pull_worst", strongest, "", "correlation of ON and OFF weights of a class, largest over classes");

  // ON kernels of direction 0, one image per speed and delay.
  NamedArray images{"kernels",
                    "",
                    "ON weights of direction 0",
                    {"speed, delay", "y", "x"},
                    {detector.motions().speeds.size() * shape.delays, shape.width(), shape.width()}};
  Picture picture{
      .kind = Picture::Kind::images,
      .name = "kernels",
      .title = "Weights of the neurons for motion to the right.",
      .caption = "ON weights, delay by delay: what is positive moves with the motion that the neuron answers.",
      .z = {"weight"},
      .values = {"arrays/kernels"},
      .wide = true};
  for (std::size_t s = 0; s < detector.motions().speeds.size(); ++s)
    for (std::size_t dt = 0; dt < shape.delays; ++dt) {
      picture.categories.push_back(fmt::format("{:g}, {}", detector.motions().speeds[s], dt));
      for (int dy = -r; dy <= r; ++dy)
        for (int dx = -r; dx <= r; ++dx)
          images.values.push_back(static_cast<double>(layer.kernel()[shape.place(
              Polarity::on, dt, dy, dx, s * static_cast<std::size_t>(detector.motions().directions))]));
    }
  run.output.add(std::move(images));
  run.output.add(std::move(picture));
}

struct CloudKind {
  double b_v = 0, b_theta = 0;
  bool orthogonal = false;
};

/// Accuracy for each kind of Motion Clouds, over all classes.
std::vector<double> cloud_accuracies(const ProtocolRun& run, const MotionDetector& detector, const Task& task,
                                     std::span<const CloudKind> kinds, Stages& stages) {
  const auto classes = detector.motions().size(), movies = classes * static_cast<std::size_t>(task.params.clouds);
  const auto bins = stages.rows(kinds.size() * movies, 2, [&](std::size_t at, std::span<double> row) {
    const auto& kind = kinds[at / movies];
    const auto k = at % movies, motion = k % classes;
    const auto v = detector.motions().velocity(motion);
    MotionCloud cloud;
    cloud.b_v = kind.b_v, cloud.b_theta = kind.b_theta;
    cloud.theta = kind.orthogonal
                      ? std::atan2(v.y, v.x)
                      : std::numbers::pi * uniform(draw(run.experiment.seed, Purpose::task, order_stream + 1, k)[0]);
    const auto settled =
        settled_of(detector, cloud_movie(detector.motions(), motion, cloud, task.view, run.experiment.seed,
                                         cloud_movies + static_cast<std::uint32_t>(k)));
    row[0] = settled.right, row[1] = settled.all;
  });
  std::vector<double> accuracies;
  for (std::size_t c = 0; c < kinds.size(); ++c) {
    double right = 0, all = 0;
    for (std::size_t k = c * movies; k < (c + 1) * movies; ++k) right += bins[2 * k], all += bins[2 * k + 1];
    accuracies.push_back(all == 0 ? 0 : 100 * right / all);
  }
  return accuracies;
}

void show_clouds(const ProtocolRun& run, const MotionDetector& detector, const Task& task, Stages& stages) {
  const double b_v = MotionCloud{}.b_v;
  std::vector<CloudKind> kinds{{b_v, 0, false}, {b_v, task.params.narrow, false}, {b_v, task.params.narrow, true}};
  for (const double width : task.params.bandwidths) kinds.push_back({width, 0, false});
  const auto accuracies = cloud_accuracies(run, detector, task, kinds, stages);
  const double isotropic = accuracies[0], random = accuracies[1], orthogonal = accuracies[2];
  add(run, "clouds_isotropic", isotropic, "%", "accuracy for Motion Clouds of all orientations");
  add(run, "clouds_random", random, "%", "... of one random orientation: the aperture problem");
  add(run, "clouds_orthogonal", orthogonal, "%", "... with contours orthogonal to their motion");
  TrialTable orientation{"orientation", "Motion Clouds", {{"accuracy", "%", "isotropic, random, orthogonal"}}};
  orientation.columns[0].values = {isotropic, random, orthogonal};
  run.output.add(std::move(orientation));
  TrialTable bandwidth{"bandwidth",
                       "Motion Clouds of all orientations",
                       {{"b_v", "", "pixels per bin", task.params.bandwidths},
                        {"accuracy", "%", "of settled bins", {accuracies.begin() + 3, accuracies.end()}}}};
  run.output.add(std::move(bandwidth));
  run.output.add(
      Picture{.kind = Picture::Kind::bars,
              .name = "orientation",
              .title = "The aperture problem.",
              .caption = "Textures of one random orientation hide the component of motion along their contours.",
              .y = {"accuracy", "%"},
              .series = {{"Motion Clouds", {}, {"trials/orientation/accuracy"}}},
              .categories = {"all orientations", "one at random", "orthogonal to the motion"}});
  run.output.add(Picture{.name = "bandwidth",
                         .title = "Uncertain speed.",
                         .caption = "The broader the band of speeds in the texture, the less can be told.",
                         .x = {"bandwidth of speed", "pixels per bin", true},
                         .y = {"accuracy", "%"},
                         .series = {{"Motion Clouds", {"trials/bandwidth/b_v"}, {"trials/bandwidth/accuracy"}}}});
}

void go(const ProtocolRun& run, const MotionDetectorParams& module, Task& task, Stages& stages) {
  const auto& p = task.params;
  const MotionSet motions{module.directions, module.speeds};
  task.train = record(motions, task.view, run.experiment.seed, 0, p.movies, run.threads, stages);
  task.test = record(motions, task.view, run.experiment.seed, test_movies, p.test, run.threads, stages);
  double events = 0;
  for (const auto& movie : task.test) events += static_cast<double>(movie.events.size());
  add(run, "density", 100 * events / (p.test * p.bins * static_cast<double>(p.view * p.view)), "%",
      "pixels with an event, per bin");

  Course course(run, task, module, "learning", stages);
  stages.carry_out(course);
  Picture learning{
      .name = "learning",
      .title = "Learning.",
      .caption = "Test movies; without delays (one slot) motion cannot be told.",
      .x = {"epoch"},
      .y = {"accuracy", "%", false, 0, 100},
      .series = {{fmt::format("{} delays", module.delays), {"trials/learning/epoch"}, {"trials/learning/accuracy"}}}};
  add(run, "test_accuracy", course.table().columns[1].values.back(), "%", "of bins of test movies", true);
  add(run, "test_accuracy_settled", course.table().columns[2].values.back(), "%",
      "of bins of test movies without a change of motion within the longest delay", true);
  run.output.add(std::move(course.table()));
  for (const double control : p.controls) {
    auto other = module;
    other.delays = static_cast<int>(control);
    const auto name = fmt::format("learning_{}", other.delays);
    Course beside(run, task, other, name, stages);
    stages.carry_out(beside);
    add(run, fmt::format("test_accuracy_{}", other.delays), beside.table().columns[1].values.back(), "%",
        "the same for a layer with so many delays");
    run.output.add(std::move(beside.table()));
    learning.series.push_back({fmt::format("{} delays", other.delays),
                               {fmt::format("trials/{}/epoch", name)},
                               {fmt::format("trials/{}/accuracy", name)}});
  }
  run.output.add(std::move(learning));
  auto& detector = course.detector();
  show_kernels(run, detector);
  show_compression(run, detector, task, stages);
  if (p.clouds > 0) show_clouds(run, detector, task, stages);
  StateArchive state;
  detector.state(state);
  run.output.add(NamedHash{"layer", state_hash(state.take())});
}

ProtocolOutcome run(const ProtocolRun& run) {
  const auto module = motion_detector_params().read(run.experiment.module->arguments);
  Task task{params().read(run.experiment.protocol->arguments), {}, {}, {}};
  const auto& p = task.params;
  task.view = {static_cast<std::size_t>(p.image), static_cast<std::size_t>(p.view), static_cast<std::size_t>(p.bins),
               p.threshold, p.mean_segment};
  const auto networks = 1 + p.controls.size();
  Stages stages(run, networks * Course::steps_of(p) + p.fractions.size() + 2 + static_cast<std::size_t>(module.delays) +
                         (3 + p.bandwidths.size()) * static_cast<std::size_t>(p.clouds * module.directions) *
                             module.speeds.size());
  ProtocolOutcome outcome{.trials = static_cast<std::uint64_t>(p.epochs) * networks};
  try {
    go(run, module, task, stages);
  } catch (const StoppedByUser&) {
    outcome.stopped = true;
  }
  return outcome;
}

void check(const ModelArguments&, const ModelArguments& protocol, std::vector<Problem>& problems) {
  const auto p = params().read(protocol);
  const auto wrong = [&](const char* name, const char* what, const char* remedy) {
    problems.push_back({{}, std::string("protocol.params.") + name, what, remedy});
  };
  if (p.image < 8 || p.image > 1024 || (p.image & (p.image - 1)) != 0)
    wrong("image", "is not a power of 2 from 8 to 1024", "write 64");
  if (p.view > p.image || p.view > 256) wrong("view", "is larger than the image, or than 256", "lower it");
  if (p.bins > 65535) wrong("bins", "exceeds 65535", "lower it");
}

}  // namespace

ProtocolInfo motion_detection_protocol() {
  return {.name = "motion_detection",
          .summary = "an event camera sees moving textures; which motion, bin by bin, and with how few synapses",
          .modules = {"motion_layer"},
          .params = params().infos(),
          .run = run,
          .check = check};
}

}  // namespace spikeloom::experiments
