/// Conditioning, criteria 5 to 7: the phenomena, and the ablations that abolish them.
#include <catch2/catch.hpp>

#include "tests/experiments/collected.hpp"

using namespace spikeloom;
using tests::run_protocol_text;

namespace {

std::string phenomena(const std::string& module_params) {
  return "experiment: {name: conditioning}\nmodule: {name: rescorla_wagner, params: {" + module_params +
         "}}\nprotocol: {name: phenomena}\n";
}

}  // namespace

TEST_CASE("the catalogue of phenomena comes out as Rescorla and Wagner have it", "[protocols][conditioning]") {
  const auto run = run_protocol_text(phenomena(""));
  CHECK(run.metric("acquisition_v_a") > 0.999);
  CHECK(run.metric("extinction_v_a") < 0.01);
  CHECK(run.metric("partial_reinforcement_v_a") == Approx(2.0 / 3).margin(0.1));
  CHECK(run.metric("blocking_v_b") <= 0.05);
  CHECK(run.metric("blocking_v_b_control") >= 0.45);
  CHECK(run.metric("unblocking_v_b") > 0.4);
  CHECK(run.metric("overshadowing_v_a") / run.metric("overshadowing_v_b") == Approx(2).epsilon(0.02));
  CHECK(run.metric("overshadowing_v_b") < run.metric("overshadowing_v_b_alone"));
  CHECK(run.metric("conditioned_inhibition_v_b") <= -0.8);
  CHECK(run.metric("conditioned_inhibition_v_bc") < 0.2);
  CHECK(run.metric("conditioned_inhibition_trials_retarded") > run.metric("conditioned_inhibition_trials_new"));
  CHECK(run.metric("overexpectation_v_a") == Approx(0.5).margin(0.05));
  CHECK(run.metric("overexpectation_v_b") == Approx(0.5).margin(0.05));
  CHECK(run.metric("super_conditioning_v_c") > 1.1);
  CHECK(run.metric("second_order_v_b") < 0);
  CHECK(run.metric("contingency_v_a") - run.metric("contingency_v_a_degraded") > 0.5);
  CHECK(run.metric("reacquisition_trials_again") == run.metric("reacquisition_trials_first"));
  CHECK(run.metric("negative_patterning_v_compound") < 0.05);
  CHECK(run.metric("negative_patterning_v_compound_elements") > 0.5);
  CHECK(run.metric("positive_patterning_v_a") < 0.05);
  CHECK(run.metric("positive_patterning_v_a_elements") > 0.3);
  CHECK(run.pictures.size() == 15);
}

TEST_CASE("without the shared error there is neither blocking nor inhibition", "[protocols][conditioning]") {
  const auto run = run_protocol_text(phenomena("error: own"));
  CHECK(run.metric("blocking_v_b") >= 0.9);
  CHECK(run.metric("conditioned_inhibition_v_b") == 0);
}

TEST_CASE("latent inhibition needs associability", "[protocols][conditioning]") {
  const auto with = run_protocol_text(phenomena("attention: pearce_hall"));
  CHECK(with.metric("latent_inhibition_trials_control") == 5);
  CHECK(with.metric("latent_inhibition_trials_preexposed") == 9);
  const auto without = run_protocol_text(phenomena(""));
  CHECK(without.metric("latent_inhibition_trials_preexposed") == without.metric("latent_inhibition_trials_control"));
}

TEST_CASE("random schedules depend on the seed and on nothing else", "[protocols][conditioning]") {
  const auto one = run_protocol_text(phenomena("")), again = run_protocol_text(phenomena(""), 3);
  CHECK(one == again);
  const auto other = run_protocol_text(
      "experiment: {name: conditioning, seed: 2}\nmodule: {name: rescorla_wagner}\nprotocol: {name: phenomena}\n");
  CHECK(other.states.at("partial_reinforcement_half") != one.states.at("partial_reinforcement_half"));
  CHECK(other.states.at("blocking_blocked") == one.states.at("blocking_blocked"));
}
