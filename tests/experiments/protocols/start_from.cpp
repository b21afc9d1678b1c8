/// Trainings that start from what another one left in its results, module by module; what cannot be started from.
#include <catch2/catch.hpp>

#include "core/errors.hpp"
#include "experiments/protocols/training/start.hpp"
#include "networks/training/learner.hpp"
#include "tests/experiments/collected.hpp"
#include "tests/io/synthetic_run.hpp"

using namespace spikeloom;
using tests::TemporaryDirectory;

namespace {

/// A module, its protocol, and what keeps its weights where they are.
struct StartCase {
  std::string module, params, still, protocol, task;
};

std::string start_text(const StartCase& c, const std::string& module_params, const std::string& task) {
  return "experiment: {name: test, seed: 3}\nmodule: {name: " + c.module + ", params: {" + c.params + module_params +
         "}}\nprotocol: {name: " + c.protocol + ", params: {epochs: 1, " + c.task + task + "}}\n";
}

/// The run in memory, and its arrays as results in `directory`.
tests::Collected run_into_results(const std::filesystem::path& directory, const std::string& text) {
  auto collected = tests::run_protocol_text(text);
  io::Results results(directory, io::parse_experiment(text, "test.yaml"), {}, false);
  for (const auto& [name, array] : collected.arrays) results.add(ProtocolItem(array));
  results.finish(tests::done());
  return collected;
}

const std::string start_points = "train_samples: 96, validation_samples: 40, test_samples: 40";
const std::string start_clusters = "clusters: 10, dimensions: 6, training: 60, validation: 20, test: 20";
const std::string start_bars =
    "images: bars_and_stripes, side: 4, made: 60, completed: 10, drawn: 2, rounds: 2, shares: [1]";

const std::vector<StartCase> start_cases = {
    {"softmax_regression", "features: times", ", eta: 0", "yin_yang", start_points},
    {"eventprop_network", "hidden: [6], delays: synaptic, delay_coding: sigmoid, w_input: [3, 2]",
     ", learn: weights, eta: 0", "yin_yang", start_points},
    {"dcls_network", "hidden: [6], resolution: 2 ms, delay_max: 10 ms, afferents: 2, normalise: false",
     ", eta: 0, eta_delay: 0", "yin_yang", start_points},
    {"counter_current", "hidden: [5, 4]", ", eta: 0, eta_end: 0, eta_feedback: 0", "gaussian_clusters", start_clusters},
    {"counter_current_spiking", "hidden: [5, 4], duration: 10 ms", ", eta: 0, eta_end: 0, eta_feedback: 0",
     "gaussian_clusters", start_clusters},
    {"monotone_dbm", "network: dense, levels: 2, states: 2, hidden: [6]", ", eta: 0, eta_end: 0, schedule: constant",
     "image_completion", start_bars}};

}  // namespace

TEST_CASE("every module's training starts from the arrays of another one", "[protocols][training][start_from]") {
  for (const auto& c : start_cases) {
    const TemporaryDirectory folder;
    const auto first = run_into_results(folder / "first", start_text(c, "", ""));
    const auto from = ", start_from: " + (folder / "first").string();
    const auto still = tests::run_protocol_text(start_text(c, c.still, from + ", batch: 40"));
    const auto afresh = tests::run_protocol_text(start_text(c, c.still, ", batch: 40"));
    std::size_t compared = 0;
    INFO(c.module);
    for (const auto& [name, array] : first.arrays) {
      if (name.find("weight") == std::string::npos && name.find("positions") == std::string::npos &&
          name.find("coupling") == std::string::npos)
        continue;
      CHECK(still.arrays.at(name).values == array.values);
      CHECK(afresh.arrays.at(name).values != array.values);
      ++compared;
    }
    CHECK(compared > 0);
  }
}

TEST_CASE("results that a training cannot start from are named with a remedy", "[protocols][training][start_from]") {
  const TemporaryDirectory folder;
  const auto& eventprop = start_cases[1];
  run_into_results(folder / "first", start_text(eventprop, "", ""));
  const auto complaint = [&](const StartCase& c, const std::string& params, const std::string& from) -> std::string {
    const auto text = start_text(c, params, ", start_from: '" + from + "'");
    try {
      experiments::require_start(io::parse_experiment(text, "test.yaml"), (folder / "out").string());
      tests::run_protocol_text(text);
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "nothing";
  };
  const auto first = (folder / "first").string();
  CHECK_THAT(complaint(eventprop, "", (folder / "nowhere").string()),
             Catch::Contains("protocol.params.start_from") && Catch::Contains("there is neither") &&
                 Catch::Contains("name the results directory"));
  CHECK_THAT(complaint(start_cases[0], "", first),
             Catch::Contains("holds a eventprop_network, and this experiment's module is softmax_regression"));
  auto wider = eventprop;
  wider.params = "hidden: [7]";
  const auto sizes = complaint(wider, "", first + "/results.h5");
  CHECK_THAT(sizes, Catch::Contains("first/results.h5: arrays.weights_input_hidden: is [4 x 6]") &&
                        Catch::Contains("this network's is [4 x 7]") && Catch::Contains("same sizes"));
  CHECK_THAT(sizes, Catch::Contains("6 x 3"));  // all at once
  auto delayed = eventprop;
  delayed.params = "hidden: [6], delays: axonal";
  CHECK_THAT(complaint(delayed, "", first), Catch::Contains("delays_"));
  CHECK(complaint(eventprop, "", first) == "nothing");
  const auto again = io::parse_experiment(start_text(eventprop, "", ", start_from: " + first), "test.yaml");
  CHECK_THROWS_WITH(experiments::require_start(again, first),
                    Catch::Contains("where this run writes") && Catch::Contains("--out"));
}

TEST_CASE("an e-prop network starts from the weights that another task has left", "[protocols][eprop][start_from]") {
  const TemporaryDirectory folder;
  const auto text = [](const std::string& module, const std::string& protocol) {
    return "experiment: {name: test, seed: 3}\nmodule: {name: eprop_network, params: {neurons: 9, feedback: random, " +
           module + "}}\nprotocol: {name: pattern_generation, params: {trials: 2, duration: 50 ms, " + protocol +
           "}}\n";
  };
  const auto first = run_into_results(folder / "first", text("eta: 0.01", "inputs: 5"));
  const auto from = ", start_from: " + (folder / "first").string();
  const auto still = tests::run_protocol_text(text("eta: 0", "inputs: 5, frequencies: [5 Hz]" + from));
  for (const char* name : {"weights_in", "weights_recurrent", "weights_out", "bias"})
    CHECK(still.arrays.at(name).values == first.arrays.at(name).values);
  CHECK_THROWS_WITH(tests::run_protocol_text(text("eta: 0", "inputs: 6" + from)),
                    Catch::Contains("arrays.weights_in: is [5 x 9], and this network's is [6 x 9]"));
}

TEST_CASE("a diffusion network starts from averaged weights", "[networks][diffusion][start_from]") {
  const LearningProblem problem{.classes = 2, .epochs = 1, .shape = {2, 2, 1}};
  ModelArguments arguments;
  arguments.lists["hidden"] = {3};
  const auto make = [&](std::uint64_t seed) { return find_learner("dale_langevin")->make(arguments, problem, seed); };
  const auto one = make(1), other = make(2);
  const auto arrays = one->arrays();
  load_arrays(*other, arrays, "one");
  CHECK(state_hash(other->state()) == state_hash(one->state()));
}
