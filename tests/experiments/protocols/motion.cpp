/// Motion detection in small: delays are needed, few weights suffice, kernels lie along their motions.
#include <catch2/catch.hpp>

#include "tests/experiments/collected.hpp"

using namespace spikeloom;

namespace {

constexpr const char* small = R"(
experiment: {name: t, seed: 1}
module: {name: motion_layer, params: {directions: 4, speeds: [1], delays: 5, radius: 3}}
protocol:
  name: motion_detection
  params: {movies: 48, test: 8, epochs: 4, batch: 4, bins: 60, image: 32, view: 24, threshold: 2.5, controls: [1],
           fractions: [0.01, 0.1, 0.5], clouds: 0}
)";

}  // namespace

TEST_CASE("motion is told apart with delays and not without, also by a tenth of the synapses",
          "[protocols][motion][slow]") {
  const auto results = tests::run_protocol_text(small);
  CHECK(results.metric("test_accuracy") >= 75);
  CHECK(results.metric("test_accuracy_1") <= results.metric("test_accuracy") - 20);
  CHECK(results.metric("pruning_loss") <= 10);
  CHECK(results.metric("shortening_loss") >= 20);
  CHECK(results.metric("additions_error") <= 5);
  CHECK(results.metric("kernels_right") == 4);
  CHECK(results.metric("push_pull_worst") <= -0.3);
  CHECK(results.columns.at("shortening/accuracy").size() == 5);
  CHECK(tests::run_protocol_text(small, 3) == results);
}
