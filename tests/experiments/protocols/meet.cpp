/// The what/when experiments, shortened: criteria on one seed at full size, ablations, threads, wrong input.
#include <catch2/catch.hpp>

#include "core/errors.hpp"
#include "tests/experiments/collected.hpp"

using namespace spikeloom;
using tests::run_protocol_text;

namespace {

std::string meet(const std::string& protocol_params, const std::string& module_params = "") {
  return "experiment: {name: what_when, seed: 1}\nmodule: {name: what_when_reservoir, params: {" + module_params +
         "}}\nprotocol: {name: meet, params: {" + protocol_params + "}}\n";
}

std::string control(const std::string& name) {
  return meet("experiments: [controls], control_seeds: 1, controls: " + name);
}

}  // namespace

TEST_CASE("local readouts learn what and when within a block", "[protocols][meet][slow]") {
  const auto local = run_protocol_text(meet("experiments: [stationary], seeds: 1, levels: [0.8]"));
  const auto tests_of = [&](const std::string& column) { return local.columns.at("tests/" + column).back(); };
  CHECK(tests_of("nrmse") < 0.35);
  CHECK(tests_of("correlation") > 0.93);
  CHECK(std::abs(tests_of("latency_a") - 300) <= 25);
  CHECK(std::abs(tests_of("latency_b") - 600) <= 45);
  CHECK(std::abs(tests_of("p_a") - 0.8) <= 0.2);
}

TEST_CASE("amplitudes grade with probability", "[protocols][meet][slow]") {
  const auto run = run_protocol_text(meet("experiments: stationary, seeds: 1, levels: [0, 0.5, 1]"), 2);
  CHECK(run.metric("r_amplitude_a") >= 0.95);
  CHECK(run.metric("r_amplitude_b") <= -0.95);
  CHECK(run.metric("amplitude_a_last_level") >= 0.85);
  CHECK(run.metric("amplitude_b_last_level") <= 0.05);
}

TEST_CASE("probability and latency lie on directions of their own", "[protocols][meet][slow]") {
  const auto run = run_protocol_text(meet("experiments: grid, seeds: 1, block: 60, grid_levels: [0.1, 0.9]"), 2);
  CHECK(run.metric("r_pc1_p") >= 0.9);
  CHECK(run.metric("r_pc1_latency") <= 0.3);
  CHECK(run.metric("r_pc2_latency") >= 0.8);
  CHECK(run.metric("r_pc2_p") <= 0.3);
  CHECK(run.metric("what_when_cosine") <= 0.25);
}

TEST_CASE("local rules find back after a switch, least squares does not", "[protocols][meet][slow]") {
  const auto run = run_protocol_text(meet("experiments: switching, seeds: 1, test_every: 50"), 2);
  CHECK(run.metric("nrmse_trial_0") == 1);
  CHECK(run.metric("nrmse_trial_50") < 0.45);
  CHECK(run.metric("nrmse_trial_100") < 0.35);
  CHECK(run.metric("nrmse_local_new_p") <= 0.6);
  CHECK(run.metric("nrmse_rls_new_p") >= 1.5 * run.metric("nrmse_local_new_p"));
  CHECK(run.metric("nrmse_local_new_latency") <= 0.65);
  CHECK(run.metric("latency_error_local_new") <= 40);
  CHECK(run.metric("latency_error_rls_old") <= 40);
}

TEST_CASE("a bump that is shuffled in time teaches nothing", "[protocols][meet][slow]") {
  const auto run = run_protocol_text(control("shuffled_error"));
  CHECK(run.metric("shuffled_error_nrmse") >= 0.8);
  CHECK(run.metric("shuffled_error_correlation") <= 0.6);
  CHECK(run.metric("shuffled_error_amplitude_a") <= 0.3);
}

TEST_CASE("a random channel gate loses which event comes when", "[protocols][meet][slow]") {
  const auto run = run_protocol_text(control("random_gate"));
  CHECK(run.metric("random_gate_latency_difference") < 30);
  CHECK(run.metric("random_gate_nrmse") >= 0.45);
}

TEST_CASE("without a channel gate timing absorbs the probability", "[protocols][meet][slow]") {
  const auto run = run_protocol_text(control("no_channel_gate"));
  CHECK(run.metric("no_channel_gate_peak_sum") <= 1.3);
  CHECK(run.metric("no_channel_gate_amplitude_a") <= 0.7);
}

TEST_CASE("a gate that is shut outside the window leaves crosstalk between times", "[protocols][meet][slow]") {
  const auto run = run_protocol_text(control("strict_gate"));
  CHECK(run.metric("strict_gate_nrmse") >= 0.7);
  CHECK(run.metric("strict_gate_latency_error") <= 30);
}

TEST_CASE("without the error factor weights diverge; without noise learning is nearly exact",
          "[protocols][meet][slow]") {
  const auto run = run_protocol_text(meet("experiments: [controls], control_seeds: 1, controls: [no_error, quiet]"));
  CHECK(run.metric("no_error_nrmse") > 10);
  CHECK(run.metric("quiet_nrmse") <= 0.15);
}

TEST_CASE("exploration learns what and when from reward alone, and nothing from a reward by chance",
          "[protocols][meet][slow]") {
  const std::string explore = "learner: exploration, eta_when: 0.05, exploration_noise: 0.1, exploration_memory: 2 ms";
  const auto run = run_protocol_text(
      meet(
          "experiments: [switching, controls], controls: [random_reward], baseline: local, seeds: 1, control_seeds: 1, "
          "block: 160, test_every: 80",
          explore),
      2);
  CHECK(run.metric("nrmse_trial_160") < 0.45);
  CHECK(run.metric("correlation_block_1") > 0.88);
  CHECK(run.metric("latency_error_frequent") <= 40);
  CHECK(run.metric("latency_error_rare") <= 60);
  CHECK(run.metric("nrmse_exploration_new_p") < 0.9);
  CHECK(run.metric("nrmse_local_new_p") < 0.6);
  CHECK(run.metric("random_reward_nrmse") >= 0.9);
  CHECK(run.metric("random_reward_correlation") < 0.6);
}

TEST_CASE("the experiments give the same bits on any number of threads", "[protocols][meet]") {
  const std::string small = meet(
      "seeds: 2, control_seeds: 1, block: 4, test_every: 2, test_trials: 1, levels: [0.2, 0.8], grid_levels: [0.2, "
      "0.8], "
      "grid_shifts: [0 ms, 50 ms], due: [100 ms, 200 ms], due_switched: [150 ms, 250 ms]",
      "neurons: 100, settling: 20 ms, trial: 300 ms, what_window: 100 ms");
  const auto one = run_protocol_text(small, 1);
  for (const int threads : {2, 3, 8}) CHECK(run_protocol_text(small, threads) == one);
  CHECK(one.metric("nrmse_trial_0") == 1);
  CHECK(one.states.size() == 2 * (2 + 2 + 4) + 7);
  CHECK(one.pictures.size() == 7);
}

TEST_CASE("a gate for a channel that does not exist is named before anything runs", "[protocols][meet]") {
  const auto problems_of = [](const std::string& yaml) {
    try {
      io::parse_experiment(yaml, "test.yaml");
    } catch (const SpecError& error) {
      return error.problems();
    }
    return std::vector<Problem>{};
  };
  const auto gate = problems_of(meet("open_gates: [0, 2]"));
  REQUIRE(gate.size() == 1);
  CHECK(gate[0].path == "protocol.params.open_gates");
  CHECK(gate[0].place.line == 3);
  CHECK(gate[0].what == "there is no channel 2");
  CHECK(gate[0].remedy == "channels count from 0 to 1");
  CHECK(problems_of(meet("", "channels: 3")).at(0).path == "module.params.channels");
  CHECK(problems_of(meet("due: [300 ms, 950 ms]")).at(0).path == "protocol.params.due");
  CHECK(problems_of(meet("due: [300 ms]")).at(0).what == "has 1 times for two events");
  CHECK(problems_of(meet("", "what_window: 2000 ms")).at(0).path == "module.params.what_window");
  CHECK(problems_of(meet("", "tau_r: 0 ms")).at(0).path == "module.params.tau_r");
  CHECK(problems_of(meet("", "gate: sometimes")).at(0).path == "module.params.gate");
}
