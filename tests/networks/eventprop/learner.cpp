/// The eventprop_network learner: threads, resuming, silent neurons, the regulariser, export to the engine, bad input.
#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>

#include "experiments/protocols/training/training.hpp"
#include "networks/build.hpp"
#include "networks/eventprop/eventprop_learner.hpp"
#include "tests/experiments/collected.hpp"

using namespace spikeloom;
using experiments::Training;
using experiments::TrainingParams;

namespace {

/// Samples of two classes: which of two groups of five inputs comes first, with some disorder.
SpikeData order_task(std::size_t samples) {
  SpikeData data(10, 2, 40);
  for (std::size_t k = 0; k < samples; ++k) {
    std::vector<std::pair<double, std::uint32_t>> spikes;
    const auto label = static_cast<std::int32_t>(k % 2);
    for (std::uint32_t unit = 0; unit < 10; ++unit) {
      const bool first = (unit < 5) == (label == 0);
      spikes.emplace_back((first ? 2 : 14) + 4 * uniform(draw(3, Purpose::task, unit, k)[0]), unit);
    }
    data.add(std::move(spikes), label);
  }
  return data;
}

EventPropParams params() {
  EventPropParams p;
  p.hidden = {12};
  p.delays = "synaptic";
  p.delay_input = {0, 10};
  p.delay_max = 20;
  p.w_input = {1.6, 0.8};
  p.w_output = {0.3, 0.5};
  p.eta = 0.03;
  p.eta_delay = 0.3;
  return p;
}

std::unique_ptr<EventPropLearner> learner_of(const EventPropParams& p, const SpikeData& data) {
  return std::make_unique<EventPropLearner>(p, LearningProblem{data.units(), data.classes(), data.duration()}, 1);
}

TrainingParams training(int epochs) {
  TrainingParams p;
  p.epochs = epochs;
  p.batch = 20;
  return p;
}

std::vector<EventPropParams> variants() {
  auto recurrent = params();
  recurrent.recurrent = true;
  recurrent.k_reg = 1e-3;
  recurrent.nu = 2;
  recurrent.loss = "sum_exp";
  auto grid = recurrent;
  grid.resolution = 0.5;
  grid.loss = "max_voltage";
  auto closed = params();
  closed.gradient = "closed_form";
  closed.tau_m = 10;
  closed.single_spike = true;
  closed.readout = "spiking";
  closed.loss = "ttfs";
  closed.delay_coding = "sigmoid";
  closed.silent = "bump";
  auto axonal = params();
  axonal.delays = "axonal";
  axonal.silent = "raise";
  axonal.loss = "per_time";
  return {params(), recurrent, grid, closed, axonal};
}

/// (step, neuron counted over the firing layers) of what the engine makes of an exported network.
std::vector<std::pair<Step, std::uint32_t>> engine_spikes(const ExperimentSpec& experiment, std::uint32_t inputs) {
  const auto built = build(experiment, 1);
  const auto stretch =
      built.engine->run_until(static_cast<Step>(std::llround(experiment.duration / experiment.resolution)), false);
  std::vector<std::pair<Step, std::uint32_t>> spikes;
  for (const auto& spike : stretch.spikes)
    if (spike.neuron >= inputs) spikes.emplace_back(spike.step, spike.neuron - inputs);
  std::sort(spikes.begin(), spikes.end());
  return spikes;
}

std::vector<std::pair<Step, std::uint32_t>> trainer_spikes(const std::vector<Learner::Raster>& rasters,
                                                           double resolution, std::uint32_t hidden) {
  std::vector<std::pair<Step, std::uint32_t>> spikes;
  for (std::size_t layer = 1; layer < rasters.size(); ++layer)
    for (std::size_t k = 0; k < rasters[layer].times.size(); ++k)
      spikes.emplace_back(static_cast<Step>(std::llround(rasters[layer].times[k] / resolution)),
                          rasters[layer].neurons[k] + (layer > 1 ? hidden : 0));
  std::sort(spikes.begin(), spikes.end());
  return spikes;
}

}  // namespace

TEST_CASE("EventProp learns the same on any number of threads", "[eventprop][threads]") {
  const auto data = order_task(100);
  const DataSplit split{data, data.part(0, 20), data.part(0, 20)};
  for (const auto& p : variants()) {
    std::vector<std::uint64_t> hashes;
    for (const int threads : {1, 2, 3, 8}) {
      const auto learner = learner_of(p, data);
      Training run(*learner, split, training(2), 1, threads);
      while (!run.is_over()) run.epoch();
      hashes.push_back(state_hash(run.state()));
    }
    CHECK(hashes == std::vector<std::uint64_t>(4, hashes[0]));
  }
}

TEST_CASE("EventProp training that is stopped and resumed gives the same curve", "[eventprop]") {
  const auto data = order_task(60);
  const DataSplit split{data, data.part(0, 20), data.part(0, 20)};
  for (const auto& p : variants()) {
    const auto first = learner_of(p, data), second = learner_of(p, data);
    Training whole(*first, split, training(4), 1, 1), rest(*second, split, training(4), 1, 1);
    for (int epoch = 0; epoch < 2; ++epoch) whole.epoch();
    experiments::copy_state(whole.state(), rest.state());
    for (int epoch = 0; epoch < 2; ++epoch) REQUIRE(whole.epoch()->train_loss == rest.epoch()->train_loss);
    CHECK(state_hash(whole.state()) == state_hash(rest.state()));
  }
}

TEST_CASE("EventProp tells the order of two volleys; weights and delays both learn it", "[eventprop]") {
  const auto data = order_task(100);
  const DataSplit split{data, data.part(0, 0), data};
  for (const std::string learn : {"all", "delays"}) {
    auto p = params();
    p.learn = learn;
    const auto learner = learner_of(p, data);
    Training run(*learner, split, training(25), 1, 1);
    while (!run.is_over()) run.epoch();
    CHECK(run.evaluate(data).accuracy >= (learn == "all" ? 0.99 : 0.9));
  }
}

TEST_CASE("a tempotron learns the order of two volleys by steps of its delays alone", "[eventprop][numbers]") {
  const auto data = order_task(100);
  const DataSplit split{data, data.part(0, 0), data};
  const auto accuracy = [&](double eta_delay) {
    auto p = params();
    p.hidden = {};
    p.loss = "tempotron";
    p.optimiser = "sgd";
    p.learn = "delays";
    p.w_output = {0.6, 0};
    p.tau_m = 10;
    p.delay_output = {0, 10};
    p.eta_delay = eta_delay;
    const auto learner = learner_of(p, data);
    Training run(*learner, split, training(25), 1, 1);
    while (!run.is_over()) run.epoch();
    return run.evaluate(data).accuracy;
  };
  CHECK(accuracy(10) >= 0.99);
  CHECK(accuracy(0) <= 0.9);
}

TEST_CASE("weights of silent neurons grow until they fire", "[eventprop]") {
  const auto data = order_task(60);
  const DataSplit split{data, data.part(0, 0), data};
  auto p = params();
  p.w_input = {0.01, 0.001};
  p.eta = 0;
  p.eta_delay = 0;
  const auto silent = [&](const std::string& rule, double raise) {
    p.silent = rule;
    p.raise = raise;
    const auto learner = learner_of(p, data);
    Training run(*learner, split, training(30), 1, 1);
    double last = -1;
    while (!run.is_over()) last = run.epoch()->measures[1];
    return last;
  };
  CHECK(silent("none", 0) == 12);
  CHECK(silent("bump", 0) <= 0.3 * 12);
  CHECK(silent("raise", 0.1) == 0);
}

TEST_CASE("output neurons that should have fired and did not are woken", "[eventprop]") {
  const auto data = order_task(60);
  const DataSplit split{data, data.part(0, 0), data};
  const auto unanswered = [&](double wake) {
    auto p = params();
    p.readout = "spiking";
    p.loss = "ttfs";
    p.w_output = {0.01, 0.001};
    p.eta = 0;
    p.eta_delay = 0;
    p.wake = wake;
    const auto learner = learner_of(p, data);
    Training run(*learner, split, training(30), 1, 1);
    while (!run.is_over()) run.epoch();
    const auto labels = run.evaluate(data).labels;
    return std::count(labels.begin(), labels.end(), -1);
  };
  CHECK(unanswered(0) == 60);
  CHECK(unanswered(0.05) == 0);
}

TEST_CASE("the activity regulariser pulls spike counts towards its target", "[eventprop]") {
  const auto data = order_task(60);
  const DataSplit split{data, data.part(0, 0), data};
  const auto distance = [&](double k_reg) {
    auto p = params();
    p.k_reg = k_reg;
    p.nu = 4;
    const auto learner = learner_of(p, data);
    Training run(*learner, split, training(20), 1, 1);
    double spikes = 0;
    while (!run.is_over()) spikes = run.epoch()->measures[0];
    return std::abs(spikes - 4);
  };
  CHECK(distance(0.1) < 0.5 * distance(0));
}

TEST_CASE("an exported network fires in the engine as it does in the trainer", "[eventprop][engine]") {
  const auto data = order_task(60);
  const DataSplit split{data, data.part(0, 0), data};
  const bool recurrent = GENERATE(false, true), single = GENERATE(false, true);
  auto p = params();
  p.readout = "spiking";
  p.loss = "ttfs";
  p.recurrent = recurrent;
  p.w_recurrent = {0.1, 0.5};
  p.single_spike = single;
  p.resolution = 0.1;
  const auto learner = learner_of(p, data);
  Training run(*learner, split, training(3), 1, 1);
  while (!run.is_over()) run.epoch();
  std::size_t spikes = 0;
  for (std::size_t k = 0; k < 10; ++k) {
    const auto network = learner->as_network(data[k], 0);
    REQUIRE(network);
    const auto expected = trainer_spikes(learner->rasters(data[k]), 0.1, 12);
    REQUIRE(engine_spikes(*network, 10) == expected);
    spikes += expected.size();
  }
  CHECK(spikes > 60);
}

TEST_CASE("a network trained at exact times is exported with a resolution only", "[eventprop][engine]") {
  const auto data = order_task(10);
  const auto learner = learner_of(params(), data);
  CHECK_THROWS_AS(learner->as_network(data[0], 0), SpecError);
  const auto network = learner->as_network(data[0], 0.1);
  CHECK(engine_spikes(*network, 10) == trainer_spikes(learner->rasters(data[0]), 0.1, 12));
}

TEST_CASE("two inputs in order are told apart by their delays after twenty passes", "[eventprop][protocols]") {
  const auto run_with = [](const std::string& eta_delay) {
    return tests::run_protocol_text(
        "experiment: {name: test, seed: 1}\n"
        "module: {name: eventprop_network, params: {hidden: [], tau_m: 10 ms, tau_s: 5 ms, loss: max_voltage, "
        "delay_max: 10 ms, w_output: [1, 0], delays: synaptic, learn: delays, delay_values: [0 ms, 10 ms, 10 ms, 0 "
        "ms], "
        "eta_delay: " +
        eta_delay +
        "}}\n"
        "protocol: {name: sequence_detection, params: {epochs: 20, batch: 1, keep: last, rate_decay: 0.9}}\n");
  };
  const auto learned = run_with("1");
  CHECK(learned.metric("test_accuracy") == 1);
  const std::vector<double> best = {10, 0, 0, 10};
  for (std::size_t k = 0; k < 4; ++k)
    CHECK(std::abs(learned.arrays.at("delays_input_output").values[k] - best[k]) <= 2);
  CHECK(run_with("0").metric("test_accuracy") == 0);
}

TEST_CASE("parameters that do not fit each other are named with their remedies", "[eventprop]") {
  const auto complaint = [](const std::string& module) -> std::string {
    try {
      tests::run_protocol_text("experiment: {name: test}\nmodule: {name: eventprop_network, params: {" + module +
                               "}}\nprotocol: {name: yin_yang, params: {epochs: 1}}\n");
    } catch (const SpecError& error) {
      return error.what();
    }
    return "";
  };
  using Catch::Contains;
  CHECK_THAT(complaint("loss: ttfs"),
             Contains("test.yaml:2") && Contains("spike times") && Contains("readout: spiking"));
  CHECK_THAT(complaint("readout: spiking"), Contains("mean_voltage is a loss on potentials"));
  CHECK_THAT(complaint("delay_input: [-1 ms, 2 ms]"), Contains("delays must not be negative"));
  CHECK_THAT(complaint("delay_output: [0 ms, 20 ms]"), Contains("above delay_max"));
  CHECK_THAT(complaint("gradient: closed_form"), Contains("tau_m = 2 tau_s") && Contains("single_spike: true"));
  CHECK_THAT(complaint("hidden: [3.5]"), Contains("whole numbers"));
  CHECK_THAT(complaint("learn: delays"), Contains("no delays to learn"));
  CHECK_THAT(complaint("tau_s: 0.01 ms"), Contains("600"));
  CHECK_THAT(complaint("delays: synaptic, delay_values: [1 ms]"), Contains("has 1 delays for 400"));
}
