/// The module counter_current through the training protocols: what it learns, what its ablations do not, threads,
/// resuming.
#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>

#include "experiments/protocols/training/training.hpp"
#include "networks/counter_current/learner.hpp"
#include "tests/experiments/collected.hpp"

using namespace spikeloom;
using namespace spikeloom::experiments;
using tests::run_protocol_text;

namespace {

std::string clusters(const std::string& module_params, const std::string& params) {
  return "experiment: {name: test, seed: 1}\nmodule: {name: counter_current, params: {hidden: [64, 64, 64], " +
         module_params +
         "}}\nprotocol: {name: gaussian_clusters, params: {clusters: 20, dimensions: 40, training: "
         "2000, validation: 500, test: 1000, deviation: 0.8, batch: 100, " +
         params + "}}\n";
}

double accuracy(const std::string& module_params, int epochs) {
  return run_protocol_text(clusters(module_params, "epochs: " + std::to_string(epochs))).metric("test_accuracy");
}

/// Images of a bright row or a bright column, of `side` x `side` pixels.
DenseData bars(std::size_t side, std::size_t count, std::uint32_t classes) {
  DenseData data({side, side, 1}, classes);
  for (std::size_t k = 0; k < count; ++k) {
    std::vector<float> image(side * side, -0.5f);
    const auto at = k / 2 % side;
    for (std::size_t i = 0; i < side; ++i) image[k % 2 == 0 ? at * side + i : i * side + at] = 1;
    data.add(image, classes == 0 ? 0 : static_cast<std::int32_t>(k % 2));
  }
  return data;
}

std::unique_ptr<Learner> learner_of(ModelArguments arguments, const DenseData& data) {
  return find_learner("counter_current")
      ->make(arguments,
             {.inputs = static_cast<std::uint32_t>(data.shape().size()),
              .classes = data.classes(),
              .epochs = 4,
              .shape = data.shape()},
             3);
}

ModelArguments small(const std::string& network, const std::string& rule) {
  ModelArguments arguments;
  arguments.lists["hidden"] = {4, 6};
  arguments.texts = {{"network", network}, {"rule", rule}, {"local_loss", "cosine"}};
  arguments.numbers = {{"eta", {0.1}}, {"eta_feedback", {0.1}}};
  return arguments;
}

}  // namespace

TEST_CASE("counter-current learning trains hidden layers, and needs the right targets for it", "[protocols][layers]") {
  const double intact = accuracy("", 12), shuffled = accuracy("local_targets: shuffled", 12),
               output_only = accuracy("lambda: 0", 12), exact = accuracy("rule: backpropagation", 12),
               frozen = accuracy("feedback: frozen", 12);
  INFO(intact << " " << shuffled << " " << output_only << " " << exact << " " << frozen);
  CHECK(intact >= 0.97);
  CHECK(exact >= 0.97);
  CHECK(exact - intact <= 0.02);
  CHECK(shuffled <= intact - 0.15);
  CHECK(output_only <= intact - 0.1);
  CHECK(frozen >= output_only + 0.05);
  CHECK(frozen <= intact + 0.005);
}

TEST_CASE("the networks of counter-current learning align by themselves", "[protocols][layers]") {
  const auto run = run_protocol_text(clusters("", "epochs: 12"));
  for (int level = 0; level < 4; ++level) {
    const auto& course = run.columns.at("learning/alignment_" + std::to_string(level));
    INFO("level " << level);
    CHECK(course.back() >= (level == 3 ? 0.3 : 0.03));
  }
}

TEST_CASE("nothing is aligned before training", "[protocols][layers]") {
  ModelArguments arguments;
  arguments.lists["hidden"] = {128, 128, 128};
  const auto learner = learner_of(arguments, DenseData({1, 1, 100}, 10));
  const auto measures = learner->measures();
  CHECK(measures.size() == 4);
  for (const auto& measure : measures) {
    INFO(measure.name);
    CHECK(std::abs(measure.value) < (measure.name == "alignment_3" ? 0.1 : 0.03));  // the last has 1,280 weights
  }
}

TEST_CASE("gradients that are clipped to norm 1 keep losses finite for a hundred epochs at rate 1",
          "[protocols][layers][numbers]") {
  const auto run = run_protocol_text(
      "experiment: {name: test, seed: 1}\nmodule: {name: counter_current, params: {hidden: [24, 24]}}\nprotocol: "
      "{name: gaussian_clusters, params: {clusters: 20, dimensions: 40, training: 400, validation: 100, test: 100, "
      "epochs: 100, batch: 100, seeds: 3}}\n");
  const auto& losses = run.columns.at("learning/train_loss");
  CHECK(losses.size() == 300);
  CHECK(std::all_of(losses.begin(), losses.end(), [](double loss) { return std::isfinite(loss) && loss < 10; }));
}

TEST_CASE("inference never reads the feedback network", "[protocols][layers]") {
  const auto data = bars(8, 64, 2);
  const auto learner = learner_of(small("strided", "counter_current"), data);
  const Split<DenseData> split{data, data, data};
  TrainingParams params;
  params.epochs = 2;
  Training training(*learner, split, params, 1, 1);
  while (!training.is_over()) training.epoch();
  const auto before = training.evaluate(data);
  for (const auto& array : learner->state())
    if (array.name.starts_with("feedback"))
      for (auto& value : std::get<std::span<float>>(array.values)) value = 7;
  CHECK(training.evaluate(data).labels == before.labels);
  CHECK(training.evaluate(data).loss == before.loss);
}

TEST_CASE("every network and rule has the same bits on any number of threads", "[protocols][layers][threads]") {
  const std::string network = GENERATE("dense", "strided", "pooled", "autoencoder");
  const std::string rule =
      GENERATE("counter_current", "backpropagation", "feedback_alignment", "direct_feedback_alignment");
  const auto data = bars(8, 80, network == "autoencoder" ? 0 : 2);
  auto arguments = small(network, rule);
  arguments.texts["normalise"] = "true";
  arguments.texts["optimiser"] = "adam";
  arguments.texts["centralise"] = "true";
  const Split<DenseData> split{data, data.part(0, 10), data};
  TrainingParams params;
  params.epochs = 2;
  std::vector<std::uint64_t> hashes;
  for (const int threads : {1, 2, 3, 8}) {
    const auto learner = learner_of(arguments, data);
    Training training(*learner, split, params, 1, threads);
    while (!training.is_over()) CHECK(std::isfinite(training.epoch()->train_loss));
    hashes.push_back(state_hash(training.state()));
  }
  for (const auto hash : hashes) CHECK(hash == hashes.front());
}

TEST_CASE("a dense training that is stopped and resumed goes on to the same bits", "[protocols][layers]") {
  const auto data = bars(8, 80, 2);
  auto arguments = small("strided", "counter_current");
  arguments.texts["optimiser"] = "momentum";
  arguments.texts["schedule"] = "cosine";
  arguments.texts["normalise"] = "true";
  arguments.numbers["momentum"] = {0.8};
  arguments.numbers["warm_up"] = {4};
  const Split<DenseData> split{data, data.part(0, 20), data};
  TrainingParams params;
  params.epochs = 4;
  const auto whole_learner = learner_of(arguments, data), first_learner = learner_of(arguments, data),
             second_learner = learner_of(arguments, data);
  Training whole(*whole_learner, split, params, 1, 1), first(*first_learner, split, params, 1, 1),
      second(*second_learner, split, params, 1, 2);
  while (!whole.is_over()) whole.epoch();
  first.epoch();
  first.epoch();
  copy_state(first.state(), second.state());
  while (!second.is_over()) second.epoch();
  CHECK(state_hash(second.state()) == state_hash(whole.state()));
}

TEST_CASE("an autoencoder begins with a blank image and learns to draw by counter-current losses",
          "[protocols][layers][numbers]") {
  const auto data = bars(8, 64, 0);
  auto arguments = small("autoencoder", GENERATE("counter_current", "backpropagation"));
  arguments.texts["activation"] = "relu";
  arguments.texts["initial"] = "orthogonal";
  arguments.texts["normalise"] = "true";
  arguments.lists["hidden"] = {8, 16};
  const auto learner = learner_of(arguments, data);
  const Split<DenseData> split{data, data, data};
  TrainingParams params;
  params.epochs = 30;
  params.batch = 16;
  Training training(*learner, split, params, 1, 1);
  double blank = 0;
  for (std::size_t k = 0; k < data.size(); ++k)
    for (const float value : data[k]) blank += static_cast<double>(value) * static_cast<double>(value);
  CHECK(training.evaluate(data).loss == Approx(blank / static_cast<double>(data.size() * 64)));
  while (!training.is_over()) training.epoch();
  CHECK(training.evaluate(data).loss < 0.6 * blank / static_cast<double>(data.size() * 64));
}

TEST_CASE("images that pooling cannot halve are refused before training", "[protocols][layers]") {
  const auto data = bars(6, 4, 2);
  CHECK_THROWS_AS(learner_of(small("pooled", "counter_current"), data), SpecError);
}

TEST_CASE("networks that make no sense are refused before training", "[protocols][layers]") {
  const auto complaint = [](const std::string& module_params, const std::string& protocol) -> std::string {
    try {
      run_protocol_text("experiment: {name: test}\nmodule: {name: counter_current, params: {" + module_params +
                        "}}\nprotocol: " + protocol + "\n");
    } catch (const SpecError& error) {
      return error.what();
    }
    return "";
  };
  using Catch::Matchers::Contains;
  const std::string points = "{name: gaussian_clusters, params: {epochs: 1}}";
  CHECK_THAT(complaint("eta: .nan", points), Contains("module.params.eta"));
  CHECK_THAT(complaint("eta_feedback: .inf", points), Contains("module.params.eta_feedback"));
  CHECK_THAT(complaint("hidden: []", points), Contains("needs a hidden level"));
  CHECK_THAT(complaint("network: recurrent", points), Contains("autoencoder"));
  CHECK_THAT(complaint("network: strided", points), Contains("points are no images"));
  CHECK_THAT(complaint("gains: true", points), Contains("normalise: true"));
  CHECK_THAT(complaint("momentum: 0.9", points), Contains("optimiser: momentum"));
  CHECK_THAT(complaint("", "{name: image_learning, params: {task: image}}"), Contains("only an autoencoder"));
}

TEST_CASE("augmented and corrupted samples are functions of seed, sample and update", "[layers]") {
  auto data = bars(8, 6, 0);
  std::vector<float> input(64), again(64), target(64);
  data.read(3, 0, input, target);
  CHECK(input == target);
  CHECK(std::equal(input.begin(), input.end(), data[3].begin()));
  data.augment({.shift = 2, .flip = true, .background = -0.5f}, 9);
  data.corrupt(Corruption::square, 9);
  std::size_t changed = 0;
  for (std::uint64_t update = 0; update < 20; ++update) {
    data.read(3, update, input, target);
    data.read(3, update, again, {});
    CHECK(input == again);
    changed += std::equal(target.begin(), target.end(), data[3].begin()) ? 0 : 1;
    for (std::size_t k = 0; k < 64; ++k) CHECK((input[k] == target[k] || input[k] == -0.5f));
  }
  CHECK(changed > 5);
  CHECK_THROWS_AS(data.add(std::vector<float>(63), 0), std::invalid_argument);
}
