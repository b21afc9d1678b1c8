/// The protocols of local delay plasticity, shortened, with their ablations.
#include <catch2/catch.hpp>

#include <algorithm>

#include "tests/experiments/collected.hpp"

using namespace spikeloom;
using tests::run_protocol_text;

namespace {

constexpr const char* detection = R"(
experiment: {name: t, seed: 1}
module: {name: delay_detector, params: {resolution: 0.25 ms, b_plus: 0.1 ms, b_minus: 0.1 ms}}
protocol:
  name: pattern_detection
  params: {presentations: 1000, seeds: 2, variants: [aligning, frozen_weights, frozen_delays, published]}
)";

}  // namespace

TEST_CASE("delays that are pulled onto the spike gather the pattern; frozen and repelled ones do not",
          "[protocols][delay_stdp][slow]") {
  const auto results = run_protocol_text(detection);
  for (const auto* learns : {"aligning", "frozen_weights"}) {
    CHECK(results.metric(std::string(learns) + "_deviation") <= 1.5);
    CHECK(results.metric(std::string(learns) + "_hits") >= 98);
    CHECK(results.metric(std::string(learns) + "_correlation") <= -0.9);
  }
  CHECK(results.metric("frozen_delays_deviation") >= 3);
  CHECK(results.metric("frozen_delays_hits") <= 95);
  CHECK(results.metric("published_deviation") >= 3);
  CHECK(run_protocol_text(detection, 3) == results);
}

TEST_CASE("the published sign brings contributing inputs forward", "[protocols][delay_stdp]") {
  const auto results = run_protocol_text(R"(
experiment: {name: t, seed: 1}
module: {name: delay_detector, params: {resolution: 0.25 ms}}
protocol: {name: pattern_detection, params: {presentations: 300, seeds: 2, variants: [published, published_without_c]}}
)");
  CHECK(results.metric("published_early_delay_change") < -1);
  CHECK(results.metric("published_latency_change") <= -2);
  // Below c nothing moves, so that no delay comes near 0; without c some end at the bound, one step.
  CHECK(results.metric("published_shortest_delay") > 0.4);
  CHECK(results.metric("published_without_c_shortest_delay") == Approx(0.25));
}

TEST_CASE("correlated axons synchronise, independent ones do not, for any number of threads",
          "[protocols][myelin][slow]") {
  constexpr const char* text = R"(
experiment: {name: t, seed: 1}
module: {name: myelin_bundle, params: {tau_g: 10 ms}}
protocol: {name: synchronisation, params: {duration: 500 s, seeds: 2, sigma_d: 5 ms}}
)";
  const auto results = run_protocol_text(text);
  CHECK(results.metric("correlated_sigma_end") <= 0.5 * results.metric("correlated_sigma_start"));
  CHECK(results.metric("independent_sigma_end") >= 0.8 * results.metric("independent_sigma_start"));
  CHECK(results.metric("mixed_sigma_end") < results.metric("mixed_others_end"));
  CHECK(results.columns.at("epochs_correlated/sigma").size() == 51);
  CHECK(run_protocol_text(text, 3) == results);
}

TEST_CASE("competing neurons see the same for any number of threads, and their delays stay in bounds",
          "[protocols][delay_stdp][numbers]") {
  constexpr const char* text = R"(
experiment: {name: t, seed: 1}
module: {name: direction_detectors, params: {neurons: 4}}
protocol: {name: direction_detection, params: {side: 8, dots: 4, presentations: 100, scored: 40, seeds: 2}}
)";
  const auto results = run_protocol_text(text);
  CHECK(run_protocol_text(text, 3) == results);
  for (const double delay : results.arrays.at("delays_aligning").values) {
    CHECK(delay >= 0.25);
    CHECK(delay <= 25.25);
  }
  CHECK(results.arrays.at("delays_aligning").values != results.arrays.at("delays_frozen_delays").values);
  CHECK(results.metric("gain") ==
        Approx(std::max(results.metric("aligning_accuracy"), results.metric("published_accuracy")) -
               results.metric("frozen_delays_accuracy")));
}

TEST_CASE("competing neurons learn directions by delays that are pulled onto the spike",
          "[protocols][delay_stdp][numbers]") {
  const auto results = run_protocol_text(R"(
experiment: {name: t, seed: 1}
module: {name: direction_detectors}
protocol:
  name: direction_detection
  params: {presentations: 800, scored: 150, seeds: 1, variants: [aligning, frozen_delays]}
)");
  CHECK(results.metric("aligning_accuracy") >= 80);
  CHECK(results.metric("gain") >= 20);
}
