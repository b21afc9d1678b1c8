/// Monotone Boltzmann machines that learn: bars and stripes, their ablation, threads, resuming, phases, bad input.
#include "networks/boltzmann/monotone_dbm.hpp"

#include <catch2/catch.hpp>

#include "core/errors.hpp"
#include "core/random.hpp"
#include "experiments/protocols/training/training.hpp"
#include "tests/experiments/collected.hpp"

using namespace spikeloom;
using namespace spikeloom::experiments;

namespace {

tests::Collected boltzmann(const std::string& protocol, const std::string& params, const std::string& module,
                           int threads = 2) {
  return tests::run_protocol_text("experiment: {name: test}\nmodule: {name: monotone_dbm, params: {" + module +
                                      "}}\nprotocol: {name: " + protocol + ", params: {" + params + "}}\n",
                                  threads);
}

tests::Collected bars_and_stripes(const std::string& module, const std::string& params, int threads = 2) {
  return boltzmann("image_completion",
                   "images: bars_and_stripes, side: 6, shares: [0.4], drawn: 2, rounds: 4, " + params,
                   "levels: 2, states: 4, " + module, threads);
}

}  // namespace

TEST_CASE("the rest of bars and stripes is completed from two fifths of their pixels",
          "[boltzmann][protocols][numbers]") {
  const auto run =
      bars_and_stripes("network: dense, hidden: [80], margin: 0.01, eta: 0.005", "made: 3000, epochs: 3, batch: 64");
  CHECK(run.metric("pixel_accuracy") >= 0.85);
  CHECK(run.metric("pixel_accuracy_blind") < 0.6);
  CHECK(run.columns.at("learning/stuck").back() == 0);
  CHECK(run.pictures.contains("completions"));
  const auto& energy = run.columns.at("inference/free_energy");
  CHECK(energy.back() < energy.front());
}

TEST_CASE("machines learn to the same bits on any number of threads, and after resuming", "[boltzmann][threads]") {
  const std::string network = GENERATE("dense", "convolutional");
  DenseData data({6, 6, 1}, 2);
  for (std::size_t k = 0; k < 40; ++k) {
    std::vector<float> image(36);
    for (std::size_t i = 0; i < 36; ++i) image[i] = (k % 2 == 0 ? i % 6 : i / 6) % 3 == k % 3 ? 0.9f : 0.2f;
    data.add(image, static_cast<std::int32_t>(k % 2));
  }
  const Split<DenseData> split{data, data.part(0, 10), data.part(0, 10)};
  TrainingParams of_training;
  of_training.epochs = 2, of_training.batch = 16;
  const auto machine = [&] {
    MonotoneDbmParams params;
    params.network = network, params.levels = 3, params.hidden = {8}, params.eta = 0.01;
    LearningProblem problem;
    problem.classes = 2, problem.shape = data.shape(), problem.epochs = 2;
    return std::make_unique<MonotoneDbm>(params, problem, 1);
  };
  const auto whole = machine();
  Training training(*whole, split, of_training, 1, 1);
  while (!training.is_over()) training.epoch();
  const std::vector<std::int32_t> asked = {0, 1, -1};
  const auto drawn = whole->sample(asked, 3, 1, 1);
  for (const int threads : {2, 3, 8}) {
    const auto first = machine(), second = machine();
    Training before(*first, split, of_training, 1, threads), after(*second, split, of_training, 1, threads);
    before.epoch();
    copy_state(before.state(), after.state());
    while (!after.is_over()) after.epoch();
    CHECK(state_hash(after.state()) == state_hash(training.state()));
    const auto again = second->sample(asked, 3, 1, threads);
    CHECK(std::equal(drawn.values().begin(), drawn.values().end(), again.values().begin()));
  }
}

TEST_CASE("classes that show in a few pixels of dark images are learned by weights that are centred",
          "[boltzmann][numbers]") {
  constexpr std::size_t side = 8, classes = 4, marks = 12;
  DenseData data({side, side, 1}, classes);
  for (std::uint32_t n = 0; n < 600; ++n) {
    std::vector<float> image(side * side);
    for (std::uint32_t k = 0; k < marks; ++k)
      if (uniform(draw(3, Purpose::task, n, k)[0]) < 0.7) image[(n % classes * marks + k) * 3 % image.size()] = 1;
    data.add(image, static_cast<std::int32_t>(n % classes));
  }
  const Split<DenseData> split{data.part(0, 400), data.part(400, 100), data.part(500, 100)};
  TrainingParams of_training;
  of_training.epochs = 3, of_training.batch = 20;
  const auto accuracy = [&](bool centred) {
    MonotoneDbmParams params;
    params.network = "convolutional", params.levels = 2, params.hidden = {8}, params.focus = 0, params.balance = 0;
    params.tolerance = 0.002, params.centred = centred, params.eta = 0.003;
    LearningProblem problem;
    problem.classes = classes, problem.shape = data.shape(), problem.epochs = 3;
    MonotoneDbm machine(params, problem, 1);
    Training training(machine, split, of_training, 1, 2);
    while (!training.is_over()) training.epoch();
    return training.evaluate(split.test).accuracy;
  };
  const double centred = accuracy(true), plain = accuracy(false);
  UNSCOPED_INFO(centred << " " << plain);
  CHECK(centred >= 0.9);
  CHECK(plain < 0.75);
}

TEST_CASE("inference always ends where weights are monotone, and need not where they are free",
          "[boltzmann][protocols][numbers]") {
  const std::string few =
      "groups: 8, nets: 2, scales: [1, 8], alphas: [1, 0.125], strengths: [0.2, 0.8], iterations: 500";
  const auto run = boltzmann("mean_field_inference", few, "margin: 0.1");
  CHECK(run.metric("settled_monotone") == 1);
  CHECK(run.metric("distance_monotone") < 1e-6);
  CHECK(run.metric("residual_monotone") < 1e-6);
  CHECK(run.metric("eigenvalue_monotone") >= 0.1 - 1e-9);
  CHECK(run.metric("eigenvalue_free") < 0);
  CHECK((run.metric("settled_free") < 1 || run.metric("distance_free") > 0.1));
  CHECK(run.columns.at("enumeration/divergence")[0] < run.columns.at("enumeration/divergence")[1]);
  CHECK(boltzmann("mean_field_inference", few, "margin: 0.1", 1) == run);
}

TEST_CASE("what a Boltzmann machine cannot be is said before anything runs", "[boltzmann][protocols]") {
  const auto wrong = [](const std::string& module, const std::string& protocol) {
    return [=] { boltzmann("image_completion", "images: bars_and_stripes, " + protocol, module); };
  };
  CHECK_THROWS_WITH(wrong("hidden: [42]", "side: 6")(), Catch::Contains("multiple of `states`"));
  CHECK_THROWS_WITH(wrong("hidden: []", "side: 6")(), Catch::Contains("hidden layer"));
  CHECK_THROWS_WITH(wrong("margin: 1", "side: 6")(), Catch::Contains("module.params.margin"));
  CHECK_THROWS_WITH(wrong("alpha: 0", "side: 6")(), Catch::Contains("module.params.alpha"));
  CHECK_THROWS_WITH(wrong("eta: .inf", "side: 6")(), Catch::Contains("module.params.eta"));
  CHECK_THROWS_WITH(wrong("features: 10", "side: 6")(), Catch::Contains("is for dense networks"));
  CHECK_THROWS_WITH(wrong("", "side: 40")(), Catch::Contains("protocol.params.side"));
  CHECK_THROWS_WITH(boltzmann("image_completion", "side: 20", ""), Catch::Contains("must be 28, 14 or 8"));
}
