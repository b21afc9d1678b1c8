/// The training loop with a learner whose accuracy is known: curves, best state, early stopping, resuming, threads.
#include "experiments/protocols/training/training.hpp"

#include <catch2/catch.hpp>

#include "tests/experiments/collected.hpp"

using namespace spikeloom;
using namespace spikeloom::experiments;
using tests::run_protocol_text;

namespace {

std::string yin_yang_text(const std::string& module_params, const std::string& params) {
  return "experiment: {name: test, seed: 1}\nmodule: {name: softmax_regression, params: {" + module_params +
         "}}\nprotocol: {name: yin_yang, params: {" + params + "}}\n";
}

/// Two classes by the order of two spikes, with `count` samples of either.
SpikeData order_samples(std::size_t count) {
  SpikeData data(2, 2, 10);
  for (std::size_t k = 0; k < count; ++k) {
    const double early = 0.01 * static_cast<double>(k % 100), late = early + 5;
    data.add({{early, 0u}, {late, 1u}}, 0);
    data.add({{early, 1u}, {late, 0u}}, 1);
  }
  return data;
}

std::unique_ptr<Learner> regression() {
  ModelArguments arguments;
  arguments.texts["features"] = "times";
  return find_learner("softmax_regression")->make(arguments, {2, 2, 10}, 1);
}

TrainingParams short_training() {
  TrainingParams params;
  params.epochs = 6;
  params.batch = 8;
  params.rate_decay = 0.9;
  params.ease_in = 0.1;
  return params;
}

}  // namespace

TEST_CASE("multinomial regression on Yin-Yang features finds 60 to 67 percent", "[protocols][training]") {
  const auto run = run_protocol_text(yin_yang_text("features: times, eta: 0.02", "epochs: 30, batch: 50"));
  CHECK(run.metric("test_accuracy") >= 0.60);
  CHECK(run.metric("test_accuracy") <= 0.67);
  const auto& confusion = run.arrays.at("confusion");
  REQUIRE(confusion.shape == std::vector<std::uint64_t>{3, 4});
  for (std::size_t row = 0; row < 3; ++row) {
    double sum = 0;
    for (std::size_t c = 0; c < 4; ++c) sum += confusion.values[4 * row + c];
    CHECK(sum == Approx(1));
    CHECK(confusion.values[4 * row + 3] == 0);
  }
  CHECK(run.columns.at("learning/epoch").size() == 30);
  CHECK(run.columns.at("learning/train_loss").back() < run.columns.at("learning/train_loss").front());
  const auto counts = run_protocol_text(yin_yang_text("features: counts", "epochs: 2"));
  CHECK(counts.metric("test_accuracy") <= 0.40);
}

TEST_CASE("training gives the same curves on any number of threads, seed by seed", "[protocols][training][threads]") {
  const auto text = yin_yang_text("features: times", "epochs: 3, batch: 64, seeds: 2, train_samples: 500");
  const auto one = run_protocol_text(text, 1);
  CHECK(one.columns.at("learning/seed") == std::vector<double>{1, 1, 1, 2, 2, 2});
  CHECK(one.columns.at("learning_mean/epoch").size() == 3);
  for (const int threads : {2, 3, 8}) REQUIRE(run_protocol_text(text, threads) == one);
}

TEST_CASE("training that is stopped and resumed gives the same curve and the same state", "[protocols][training]") {
  const DataSplit data{order_samples(40), order_samples(10), order_samples(10)};
  const auto whole_learner = regression();
  Training whole(*whole_learner, data, short_training(), 7, 1);
  std::vector<double> curve;
  while (!whole.is_over()) curve.push_back(whole.epoch()->train_loss);
  REQUIRE(curve.size() == 6);

  const auto first_learner = regression(), second_learner = regression();
  Training first(*first_learner, data, short_training(), 7, 1), second(*second_learner, data, short_training(), 7, 2);
  for (std::size_t e = 0; e < 2; ++e) REQUIRE(first.epoch()->train_loss == curve[e]);
  copy_state(first.state(), second.state());
  CHECK(second.epochs() == 2);
  for (std::size_t e = 2; e < 6; ++e) REQUIRE(second.epoch()->train_loss == curve[e]);
  CHECK(second.is_over());
  CHECK(state_hash(second.state()) == state_hash(whole.state()));
  CHECK(second.evaluate(data.test).accuracy == 1);
}

TEST_CASE("the best state is kept, and training stops when it no longer improves", "[protocols][training]") {
  const DataSplit data{order_samples(40), order_samples(10), order_samples(10)};
  auto params = short_training();
  params.epochs = 100;
  params.patience = 3;
  params.rate_decay = 1e-12;  // from the second epoch on nothing moves
  const auto learner = regression();
  Training training(*learner, data, params, 7, 1);
  while (!training.is_over()) training.epoch();
  CHECK(training.epochs() <= 6);
  CHECK(training.best_epoch() + 3 == training.epochs());
  CHECK(training.best_accuracy() == 1);
  const auto before = state_hash(learner->state());
  training.keep_best();
  CHECK(state_hash(learner->state()) != before);
}

TEST_CASE("a stopped training says so and leaves what there is", "[protocols][training]") {
  const auto experiment =
      io::parse_experiment(yin_yang_text("features: times", "epochs: 50, train_samples: 320, batch: 32"), "test.yaml");
  tests::Collected collected;
  const auto outcome = find_protocol("yin_yang")
                           ->run({experiment, 1, collected,
                                  [](std::uint64_t done, std::uint64_t, const std::string&) { return done < 700; }});
  CHECK(outcome.stopped);
  CHECK(collected.columns.at("learning/epoch").size() == 2);
  CHECK(collected.metrics.contains("test_accuracy"));
}

TEST_CASE("times beyond the trial are named with their remedy", "[protocols][training]") {
  const auto complaint = [](const std::string& protocol) -> std::string {
    try {
      io::parse_experiment("experiment: {name: test}\nmodule: {name: softmax_regression}\nprotocol: " + protocol + "\n",
                           "test.yaml");
    } catch (const SpecError& error) {
      return error.what();
    }
    return "";
  };
  CHECK_THAT(complaint("{name: latency_images, params: {duration: 19 ms}}"),
             Catch::Contains("test.yaml:3") && Catch::Contains("protocol.params.duration"));
  CHECK_THAT(complaint("{name: yin_yang, params: {t_late: 50 ms}}"), Catch::Contains("protocol.params.t_late"));
  CHECK_THAT(complaint("{name: sequence_detection, params: {interval: 30 ms, epochs: 1.5}}"),
             Catch::Contains("protocol.params.epochs"));
}
