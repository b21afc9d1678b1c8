/// Every protocol that does not train by epochs, stopped anywhere: it goes on to the same results, on any ranks.
#include "experiments/protocols/stages.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <set>

#include "tests/experiments/collected.hpp"
#include "tests/experiments/saved_states.hpp"
#include "tests/reference/on_ranks.hpp"

using namespace spikeloom;
using experiments::Stages;
using experiments::StoppedByUser;
using tests::Collected;
using tests::SavedStates;

namespace {

struct Said {
  Collected collected;
  std::uint64_t calls = 0;  // how often it asked whether to go on
  bool stopped = false;
};

/// Stopped when it asks for the `stop_at`-th time, if that is not 0.
Said run(const ExperimentSpec& experiment, Checkpoints* checkpoints, int threads, std::uint64_t stop_at = 0,
         Ranks& ranks = Ranks::alone()) {
  Said said;
  std::atomic<std::uint64_t> calls = 0;
  const auto progress = [&](std::uint64_t, std::uint64_t, const std::string&) {
    return ++calls < stop_at || stop_at == 0;
  };
  said.stopped = find_protocol(experiment.protocol->name)
                     ->run({experiment, threads, said.collected, progress, {}, checkpoints, &ranks})
                     .stopped;
  said.calls = calls;
  return said;
}

/// What the first of two ranks says; the second one is told to stop.
Said run_on_two(const ExperimentSpec& experiment, SavedStates& states, std::uint64_t stop_at) {
  Said first;
  reference::on_ranks(2, 11, [&](Ranks& ranks) {
    SavedStates own;
    own.from = states.from;
    auto said = run(experiment, ranks.is_first() ? &states : &own, 1, ranks.is_first() ? 0 : stop_at, ranks);
    if (ranks.is_first()) first = std::move(said);
  });
  return first;
}

struct Example {
  const char *module, *module_params, *protocol, *params;
  bool goes_on = true;  // or begins again, since it takes less than a second
};

const std::vector<Example> examples = {
    {"eprop_network", "neurons: 12, feedback: adaptive, readout_decay: 0.01, half_life: 5, signals: permuted",
     "pattern_generation", "trials: 12, inputs: 10, duration: 60 ms"},
    {"eprop_network", "neurons: 12, adaptive: 0.5, rate_cost: 1e-5, optimiser: momentum", "evidence_accumulation",
     "updates: 6, batch: 3, test_batches: 3, cues: 3, group: 4, cue: 20 ms, gap: 5 ms, delay_min: 20 ms, delay_max: 40 "
     "ms, recall: 20 ms"},
    {"superspike_network", "hidden: 5, weight_sd: 20 mV", "spike_train_learning",
     "task: exclusive_or, trials: 12, inputs: 10, duration: 80 ms"},
    {"btsp_neuron", "inputs: 20", "linear_track", "lap: 3 s, laps: 2, plateaus: [1 s, 2 s]"},
    {"force_izhikevich", "neurons: 40", "function_generation",
     "duration: 200 ms, learn_from: 30 ms, learn_until: 130 ms"},
    {"force_lif", "neurons: 40, update_steps: 7", "function_generation",
     "duration: 250 ms, learn_from: 30 ms, learn_until: 190 ms"},
    {"myelin_bundle", "axons: 4, segments: 2", "synchronisation", "duration: 5 s, epoch: 1 s, seeds: 2"},
    {"delay_detector", "", "pattern_detection",
     "presentations: 30, block: 10, seeds: 2, pattern: 5, distractors: 10, variants: [aligning, published]"},
    {"direction_detectors", "neurons: 4", "direction_detection",
     "presentations: 250, scored: 50, seeds: 2, side: 6, dots: 3, variants: [aligning, frozen_delays], interval: 30 "
     "ms"},
    {"motion_layer", "directions: 2, speeds: [1], delays: 3, radius: 2", "motion_detection",
     "movies: 4, test: 2, epochs: 2, batch: 2, bins: 12, image: 16, view: 8, clouds: 1, controls: [1], fractions: "
     "[0.1, "
     "0.5], bandwidths: [1]"},
    {"associative_memory", "d_key: 8, d_value: 8", "recall",
     "draws: 3, key_lengths: [16], loads: [1], capacity_lengths: [8, 16], passes: 3, heads: [1, 2]"},
    {"associative_memory", "d_key: 16, d_value: 8", "propagation",
     "draws: 3, pairs: 4, layers: 2, heads: [1, 2], voters: [1, 3], stages: 3"},
    {"multitasking_hopfield", "neurons: 60", "multitasking",
     "draws: 3, sweeps: 5, dilutions: [0.2, 0.4], temperatures: [0.5], examples: [5]"},
    {"dale_langevin", "", "mixture_sampling", "samples: 200, paths: 300, pairs: 2000, steps: [5, 10]"},
    {"dale_langevin", "", "dale_law",
     "updates: 1e6, weights: 20, sparse: 3, samples: 10, iterations: 10, lengths: [0.5, 1]"},
    {"monotone_dbm", "", "mean_field_inference",
     "groups: 3, states: 2, nets: 2, starts: 2, iterations: 50, scales: [1, 2], alphas: [1], binary_groups: 3, "
     "strengths: [0.5]"},
    {"temporal_difference", "", "real_time", "trials: 20", false},
    {"rescorla_wagner", "", "phenomena", "schedules: [blocking, overshadowing]", false},
};

ExperimentSpec experiment_of(const Example& example) {
  return io::parse_experiment(std::string("experiment: {name: test, seed: 3}\nmodule: {name: ") + example.module +
                                  ", params: {" + example.module_params + "}}\nprotocol: {name: " + example.protocol +
                                  ", params: {" + example.params + "}}\n",
                              "test.yaml");
}

}  // namespace

TEST_CASE("every protocol is stopped here or trains by epochs", "[checkpoint][protocols]") {
  std::set<std::string> stopped = {"meet"};
  for (const auto& example : examples) stopped.insert(example.protocol);
  for (const auto& protocol : protocol_catalogue()) {
    const bool trains = std::any_of(protocol.params.begin(), protocol.params.end(),
                                    [](const auto& param) { return param.name == "epochs"; });
    INFO(protocol.name);
    CHECK((trains || stopped.contains(protocol.name)));
  }
}

TEST_CASE("a protocol that is stopped anywhere goes on to the same results", "[checkpoint][protocols]") {
  for (const auto& example : examples) {
    INFO(example.protocol << " with " << example.module);
    const auto experiment = experiment_of(example);
    const auto whole = run(experiment, nullptr, 1);
    REQUIRE_FALSE(whole.stopped);
    REQUIRE_FALSE(whole.collected.metrics.empty());
    REQUIRE(run(experiment, nullptr, 2).collected == whole.collected);
    // Again and again, each time a little later: a row that is left in the middle begins again.
    auto leap = whole.calls / 4 + 1;
    SavedState from;
    std::uint64_t stops = 0;
    while (true) {
      SavedStates states;
      states.from = from;
      const auto said = run(experiment, &states, stops % 2 == 0 ? 1 : 2, leap);
      if (!said.stopped) {
        CHECK(said.collected == whole.collected);
        break;
      }
      REQUIRE(++stops < 20);
      leap += leap / 4;
      if (!example.goes_on) break;
      if (!states.all.empty()) from = states.all.back();  // or it was stopped before it was further than before
    }
    CHECK(stops > 0);
  }
}

TEST_CASE("protocols that span ranks give the same results on two of them, and when one is stopped",
          "[checkpoint][ranks]") {
  for (const auto& example : examples) {
    if (!find_protocol(example.protocol)->spans_ranks) continue;
    INFO(example.protocol << " with " << example.module);
    const auto experiment = experiment_of(example);
    const auto whole = run(experiment, nullptr, 1);
    SavedStates states;
    CHECK(run_on_two(experiment, states, 0).collected == whole.collected);
    SavedStates stopped;
    REQUIRE(run_on_two(experiment, stopped, whole.calls / 8 + 1).stopped);
    REQUIRE_FALSE(stopped.all.empty());
    for (const bool together : {false, true}) {
      SavedStates again;
      again.from = stopped.all.back();
      const auto said = together ? run_on_two(experiment, again, 0) : run(experiment, &again, 2);
      CHECK(said.collected == whole.collected);
    }
  }
}

TEST_CASE("what a protocol has computed before it was stopped is not computed again", "[checkpoint][protocols]") {
  const auto experiment = experiment_of(examples.front());
  Collected collected;
  std::uint64_t computed = 0;
  const auto protocol = [&](SavedStates& states, std::uint64_t stop_at) {
    std::uint64_t calls = 0;
    const auto progress = [&](std::uint64_t, std::uint64_t, const std::string&) { return ++calls != stop_at; };
    const ProtocolRun run{experiment, 1, collected, progress, {}, &states};
    Stages stages(run);
    std::vector<double> all;
    for (const std::size_t count : {5, 100}) {
      const auto rows = stages.rows(count, 2, [&](std::size_t k, std::span<double> row) {
        ++computed;
        row[0] = static_cast<double>(k), row[1] += 1;
      });
      all.insert(all.end(), rows.begin(), rows.end());
    }
    return all;
  };
  SavedStates states;
  CHECK_THROWS_AS(protocol(states, 25), StoppedByUser);
  REQUIRE(states.all.size() == 1);
  CHECK(computed == 25);
  SavedStates again;
  again.from = states.all.back();
  const auto all = protocol(again, 0);
  CHECK(computed == 105);
  REQUIRE(all.size() == 210);
  for (std::size_t k = 0; k < 105; ++k) {
    CHECK(all[2 * k] == static_cast<double>(k < 5 ? k : k - 5));
    CHECK(all[2 * k + 1] == 1);
  }
}
