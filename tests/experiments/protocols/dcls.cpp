/// DCLS networks as learners: temporal order with and without delays, schedules, threads, resuming, wrong input.
#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>

#include "experiments/protocols/training/training.hpp"
#include "networks/build.hpp"
#include "networks/dcls/dcls_learner.hpp"
#include "networks/tasks/tasks.hpp"
#include "tests/experiments/collected.hpp"

using namespace spikeloom;
using namespace spikeloom::experiments;
using tests::run_protocol_text;

namespace {

std::string experiment(const std::string& protocol, const std::string& module_params, const std::string& params) {
  return "experiment: {name: test, seed: 1}\nmodule: {name: dcls_network, params: {" + module_params +
         "}}\nprotocol: {name: " + protocol + ", params: {" + params + "}}\n";
}

double order_accuracy(const std::string& module_params) {
  return run_protocol_text(experiment("temporal_task", "hidden: [16], " + module_params, "epochs: 30, batch: 64"))
      .metric("test_accuracy");
}

std::string problem_of(const std::string& text) {
  try {
    run_protocol_text(text);
  } catch (const std::exception& error) {
    return error.what();
  }
  return "";
}

std::unique_ptr<DclsLearner> small_learner() {
  DclsModuleParams params;
  params.hidden = {8};
  params.delay_max = 90;
  params.dropout = 0.2;
  return std::make_unique<DclsLearner>(params, LearningProblem{10, 2, 200, 6}, 3);
}

}  // namespace

TEST_CASE("learned delays tell the order of two volleys, no delays do not", "[protocols][dcls][slow]") {
  CHECK(order_accuracy("delays: learned") >= 0.98);
  CHECK(order_accuracy("delays: none") <= 0.60);
}

TEST_CASE("width and rates of a DCLS training follow the published schedule", "[dcls]") {
  DclsModuleParams params;  // 25 steps
  REQUIRE(dcls_kernel_length(params) == 25);
  params.delay_max = 300;
  REQUIRE(dcls_kernel_length(params) == 31);
  params.delay_max = 250;
  REQUIRE(dcls_schedule(params, 0, 40).sigma == Approx(12));
  REQUIRE(dcls_schedule(params, 5, 40).sigma == Approx(std::sqrt(12 * 0.23)));
  REQUIRE(dcls_schedule(params, 10, 40).sigma == Approx(0.23));
  REQUIRE(dcls_schedule(params, 39, 40).sigma == Approx(0.23));
  REQUIRE(dcls_schedule(params, 0, 40).weights == Approx(1.0 / 25));
  REQUIRE(dcls_schedule(params, 11, 40).weights == Approx(1));
  REQUIRE(dcls_schedule(params, 39, 40).weights == Approx(1.0 / 25e4));
  REQUIRE(dcls_schedule(params, 0, 40).delays == 1);
  REQUIRE(dcls_schedule(params, 20, 40).delays == Approx(0.5));
  REQUIRE_FALSE(dcls_schedule(params, 39, 40).settling);
  params.settling = 0.25;
  REQUIRE_FALSE(dcls_schedule(params, 29, 40).settling);
  REQUIRE(dcls_schedule(params, 30, 40).settling);
  params.width = "constant";
  REQUIRE(dcls_schedule(params, 0, 40).sigma == 0.23);
}

TEST_CASE("a DCLS training gives the same curve on any number of threads", "[dcls][threads]") {
  const auto text = experiment("spoken_digits", "hidden: [16], dropout: 0.2",
                               "train: 60, validation: 20, test: 20, epochs: 2, batch: 20, channels: 35");
  const auto one = run_protocol_text(text, 1);
  for (const int threads : {2, 3, 8}) REQUIRE(run_protocol_text(text, threads) == one);
  const auto& inputs = one.columns.at("sample_input/line");  // a test sample's spikes, populations above each other
  const auto& hidden = one.columns.at("sample_hidden_1/line");
  REQUIRE_FALSE(inputs.empty());
  REQUIRE_FALSE(hidden.empty());
  CHECK(*std::max_element(inputs.begin(), inputs.end()) < 35);
  CHECK(*std::min_element(hidden.begin(), hidden.end()) >= 35);
}

TEST_CASE("a DCLS training that is stopped and resumed gives the same bits", "[dcls]") {
  const DataSplit data{make_temporal_order({}, 1, Part::training, 120),
                       make_temporal_order({}, 1, Part::validation, 30), make_temporal_order({}, 1, Part::test, 30)};
  TrainingParams params;
  params.epochs = 6;
  params.batch = 40;
  const auto whole_learner = small_learner(), first_learner = small_learner(), second_learner = small_learner();
  Training whole(*whole_learner, data, params, 7, 1), first(*first_learner, data, params, 7, 2),
      second(*second_learner, data, params, 7, 1);
  std::vector<double> curve, parts;
  while (!whole.is_over()) curve.push_back(whole.epoch()->validation_loss);
  for (int k = 0; k < 3; ++k) parts.push_back(first.epoch()->validation_loss);
  copy_state(first.state(), second.state());
  while (!second.is_over()) parts.push_back(second.epoch()->validation_loss);
  REQUIRE(parts == curve);
  REQUIRE(state_hash(second_learner->state()) == state_hash(whole_learner->state()));
}

TEST_CASE("an exported DCLS network fires in the engine as it does in the trainer", "[dcls][engine]") {
  const auto data = make_temporal_order({}, 1, Part::training, 120);
  const DataSplit split{data, data.part(0, 30), data};
  TrainingParams params;
  params.epochs = 3;
  const auto learner = small_learner();
  Training run(*learner, split, params, 1, 1);
  while (!run.is_over()) run.epoch();
  std::size_t spikes = 0;
  for (std::size_t k = 0; k < 5; ++k) {
    const auto network = learner->as_network(data[k], 0);
    REQUIRE(network);
    std::vector<std::pair<Step, NeuronId>> expected, happened;
    for (const auto& raster : learner->rasters(data[k])) {
      NeuronId first = 0;
      for (const auto& population : network->network.populations) {
        if (population.name == raster.population) break;
        first += *population.size;
      }
      for (std::size_t s = 0; s < raster.times.size(); ++s)
        expected.emplace_back(std::llround(raster.times[s] / network->resolution), first + raster.neurons[s]);
    }
    std::sort(expected.begin(), expected.end());
    const auto steps = static_cast<Step>(std::llround(network->duration / network->resolution));
    const auto stretch = build(*network, 1).engine->run_until(steps, false);
    for (const auto& spike : stretch.spikes) happened.emplace_back(spike.step, spike.neuron);
    REQUIRE(happened == expected);
    spikes += expected.size();
  }
  CHECK(spikes > 60);
  CHECK_THROWS_AS(learner->as_network(data[0], 1), SpecError);
}

TEST_CASE("bins count the spikes of a unit", "[dcls]") {
  SpikeData data(10, 2, 200);
  data.add({{3, 4u}, {9.9, 4u}, {10, 1u}, {5, 2u}}, 0);
  const std::vector<DclsSpike> expected = {{0, 2, 1}, {0, 4, 2}, {1, 1, 1}};
  REQUIRE(small_learner()->binned(data[0]) == expected);
}

TEST_CASE("wrong parameters of DCLS networks and their tasks are named", "[dcls][protocols]") {
  CHECK_THAT(problem_of(experiment("temporal_task", "tau: 5 ms", "")),
             Catch::Contains("module.params.tau") && Catch::Contains("longer than a step"));
  CHECK_THAT(problem_of(experiment("temporal_task", "dropout: 1", "")), Catch::Contains("below 1"));
  CHECK_THAT(problem_of(experiment("temporal_task", "", "gap: 150 ms")),
             Catch::Contains("protocol.params.gap") && Catch::Contains("140 ms"));
  CHECK_THAT(problem_of(experiment("temporal_task", "", "task: motifs, rate: 5 Hz")),
             Catch::Contains("protocol.params.rate") && Catch::Contains("6 Hz"));
  CHECK_THAT(problem_of(experiment("spoken_digits", "", "recordings: shd, channels: 33")),
             Catch::Contains("protocol.params.channels") && Catch::Contains("does not divide"));
  CHECK_THAT(problem_of(experiment("spoken_digits", "", "recordings: shd, count_matched: true")),
             Catch::Contains("only synthetic"));
}
