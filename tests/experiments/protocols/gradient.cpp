/// Three-factor learning, criteria 6 to 10: the tasks, and the ablations that must fail.
#include <catch2/catch.hpp>

#include "tests/experiments/collected.hpp"

using namespace spikeloom;
using tests::run_protocol_text;

namespace {

std::string experiment(int seed, const std::string& module, const std::string& module_params,
                       const std::string& protocol, const std::string& params) {
  return "experiment: {name: test, seed: " + std::to_string(seed) + "}\nmodule: {name: " + module + ", params: {" +
         module_params + "}}\nprotocol: {name: " + protocol + ", params: {" + params + "}}\n";
}

double pattern_error(int seed, const std::string& module_params) {
  return run_protocol_text(experiment(seed, "eprop_network", module_params, "pattern_generation", "")).metric("error");
}

double evidence_error(const std::string& module_params, const std::string& params) {
  return run_protocol_text(experiment(1, "eprop_network",
                                      "beta: 0.0174, eta: 0.005, rate_cost: 2e-6, neurons: 60, " + module_params,
                                      "evidence_accumulation", params))
      .metric("error");
}

double spike_reduction(int seed, const std::string& module_params, const std::string& params) {
  return run_protocol_text(experiment(seed, "superspike_network", module_params, "spike_train_learning", params))
      .metric("reduction");
}

tests::Collected force(const std::string& module_params) {
  return run_protocol_text(experiment(1, "force_izhikevich", "neurons: 300, " + module_params, "function_generation",
                                      "duration: 5 s, learn_from: 1 s, learn_until: 3.5 s"));
}

}  // namespace

TEST_CASE("e-prop learns a pattern with symmetric and random feedback", "[protocols][eprop][slow]") {
  const double symmetric = pattern_error(2, ""), random = pattern_error(2, "feedback: random");
  CHECK(symmetric <= 0.12);
  CHECK(random <= 0.15);
}

TEST_CASE("without credit in time or in the network e-prop falls behind", "[protocols][eprop][slow]") {
  const double symmetric = pattern_error(3, "");
  CHECK(symmetric <= 0.12);
  CHECK(pattern_error(3, "learn: readout") >= 1.5 * symmetric);
  CHECK(pattern_error(3, "signals: permuted") >= 0.45);
}

TEST_CASE("SuperSpike learns a train of five spikes", "[protocols][superspike][slow]") {
  for (const int seed : {1, 2}) CHECK(spike_reduction(seed, "eta: 0.05, weight_sd: 2 mV", "trials: 500") >= 0.8);
}

TEST_CASE("a hidden layer with random feedback solves what one layer cannot", "[protocols][superspike][slow]") {
  const std::string task = "task: exclusive_or, trials: 400";
  CHECK(spike_reduction(1, "hidden: 40, weight_sd: 4 mV, eta: 0.1", task) >= 0.8);
  CHECK(spike_reduction(1, "hidden: 0, weight_sd: 4 mV, eta: 0.1", task) <= 0.6);
  CHECK(spike_reduction(1, "hidden: 40, weight_sd: 4 mV, eta: 0.1, slope: averaged", task) <= 0.5);
  CHECK(spike_reduction(1, "hidden: 40, weight_sd: 4 mV, eta: 0.1, learn: outputs", task) <= 0.5);
}

TEST_CASE("plateaus write a place field and move it", "[protocols][btsp]") {
  const auto run = run_protocol_text(experiment(1, "btsp_neuron", "", "linear_track", ""));
  CHECK(run.metric("peak_1") == Approx(10'000).margin(1000));
  CHECK(run.metric("asymmetry_1") >= 1.5);
  CHECK(run.metric("width_1") >= 3000);
  CHECK(run.metric("width_1") <= 6000);
  CHECK(run.metric("peak_2") == Approx(14'000).margin(1000));
  CHECK(run.metric("change_at_old_peak_2") <= -0.15);
  const auto silent = run_protocol_text(experiment(1, "btsp_neuron", "", "linear_track", "plateau: 0 ms"));
  for (const double weight : silent.arrays.at("weights").values) REQUIRE(weight == 0);
}

TEST_CASE("FORCE teaches a small reservoir a sine that goes on alone", "[protocols][force][slow]") {
  const auto run = force("");
  CHECK(run.metric("training_error") <= 0.15);
  CHECK(run.metric("correlation") >= 0.75);
  const auto never = force("learn: false");
  CHECK(never.metric("error") == Approx(1));
  CHECK(never.metric("correlation") == 0);
  CHECK(force("q: 0 pA").metric("correlation") <= 0.5);
}

TEST_CASE("tasks of gradient-like learning give the same bits on any number of threads", "[protocols][threads]") {
  const std::string text =
      GENERATE(as<std::string>{},
               experiment(1, "eprop_network", "neurons: 30, adaptive: 0.5, feedback: adaptive, readout_decay: 0.001",
                          "evidence_accumulation", "updates: 3, batch: 5, test_batches: 1, delay_max: 600 ms"),
               experiment(1, "superspike_network", "hidden: 20, weight_sd: 4 mV", "spike_train_learning", "trials: 5"),
               experiment(1, "force_izhikevich", "neurons: 150", "function_generation",
                          "duration: 200 ms, learn_from: 20 ms, learn_until: 150 ms"));
  const auto one = run_protocol_text(text, 1);
  for (const int threads : {2, 3, 8}) REQUIRE(run_protocol_text(text, threads) == one);
}

TEST_CASE("an e-prop network with adaptive thresholds remembers evidence, one without does not",
          "[protocols][eprop][slow]") {
  const std::string short_task =
      "updates: 60, batch: 16, cues: 3, delay_min: 300 ms, delay_max: 400 ms, test_batches: 8";
  CHECK(evidence_error("adaptive: 0.5", short_task) <= 0.15);
  CHECK(evidence_error("adaptive: 0", short_task) >= 0.25);
}

TEST_CASE("wrong parameters of these tasks are named with their remedies", "[protocols]") {
  const auto problem = [](const std::string& text) -> std::string {
    try {
      run_protocol_text(text);
    } catch (const SpecError& error) {
      return error.what();
    }
    return "";
  };
  CHECK_THAT(problem(experiment(1, "eprop_network", "", "evidence_accumulation", "cues: 4")),
             Catch::Contains("protocol.params.cues") && Catch::Contains("odd"));
  CHECK_THAT(problem(experiment(1, "force_izhikevich", "", "function_generation", "learn_from: 20 s")),
             Catch::Contains("learn_until") && Catch::Contains("before it begins"));
  CHECK_THAT(problem(experiment(1, "force_lif", "p: 0", "function_generation", "")),
             Catch::Contains("module.params.p"));
  CHECK_THAT(problem(experiment(1, "superspike_network", "hidden: 2.5", "spike_train_learning", "")),
             Catch::Contains("whole number"));
  CHECK_THAT(problem(experiment(1, "btsp_neuron", "", "linear_track", "plateaus: [30 s]")),
             Catch::Contains("within `lap`"));
}
