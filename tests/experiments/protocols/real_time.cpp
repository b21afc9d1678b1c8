/// Conditioning, criterion 8: TD(lambda) within the trial.
#include <catch2/catch.hpp>

#include <cmath>

#include "networks/conditioning/temporal_difference.hpp"
#include "tests/experiments/collected.hpp"

using namespace spikeloom;

TEST_CASE("prediction errors move from US to CS, and B learns from A alone", "[protocols][conditioning]") {
  const auto run = tests::run_protocol_text(
      "experiment: {name: td}\nmodule: {name: temporal_difference}\nprotocol: {name: real_time}\n");
  CHECK(std::abs(run.metric("delta_us")) < 0.1);
  CHECK(run.metric("delta_cs") > 0.5 * std::pow(0.98, 20));
  CHECK(run.metric("delta_omission") < -0.4);
  CHECK(run.metric("front_slope") == Approx(1).margin(0.1));
  CHECK(run.metric("second_order_peak") > 0.15);
  CHECK(run.metric("second_order_end") < 0.05);
  CHECK(run.metric("delay_trials") < run.metric("trace_trials"));
  CHECK(run.metric("delay_value") > run.metric("trace_value"));
  CHECK(run.metric("interval_longest_share") < 0.8);
  CHECK(run.metric("backward_value") < 0.02);
  CHECK(run.pictures.size() == 7);
}

TEST_CASE("microstimuli, broad in time, carry part of the prediction error to the CS", "[protocols][conditioning]") {
  const auto run = tests::run_protocol_text(
      "experiment: {name: td}\nmodule: {name: temporal_difference, params: {features: microstimuli}}\n"
      "protocol: {name: real_time, params: {schedules: dopamine_transfer}}\n");
  CHECK(run.metric("delta_us") < 0.95);
  CHECK(run.metric("delta_cs") > 0.2);
  CHECK(run.metric("delta_omission") < -0.05);
}

TEST_CASE("with lambda 1 and a small rate the serial compound learns discounted returns", "[networks][conditioning]") {
  TemporalDifference::Params params;
  params.lambda = 1;
  TemporalDifference model(params, 1);
  const TimedTrial trial{{{10, 30}}, 30, 1, 60};
  for (int k = 0; k < 2000; ++k) model.trial(trial);
  const auto value = model.trial(trial, false).value;
  for (int t = 10; t <= 30; ++t)
    CHECK(value[static_cast<std::size_t>(t)] == Approx(std::pow(params.gamma, 30 - t)).margin(1e-3));
  CHECK(value[31] == Approx(0).margin(1e-3));
}
