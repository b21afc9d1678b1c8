/// Building that is given up: soon, and on all ranks, whichever was told to.
#include <catch2/catch.hpp>

#include <atomic>

#include "io/experiment_file.hpp"
#include "networks/build.hpp"
#include "tests/reference/on_ranks.hpp"

using namespace spikeloom;

namespace {

ExperimentSpec experiment() {
  return io::parse_experiment(
      "experiment: {name: test, duration: 1 ms}\n"
      "populations: {n: {model: lif_psc_exp, size: 400}}\n"
      "projections:\n"
      "  - {from: n, to: n, connect: {rule: fixed_indegree, indegree: 10}, weight: 1 pA, delay: 1 ms}\n"
      "  - {name: learned, from: n, to: n, connect: {rule: fixed_indegree, indegree: 10}, weight: 1 pA, delay: 1 ms,\n"
      "     plasticity: {rule: stdp_pair, params: {w_max: 2 pA}}}\n",
      "test.yaml");
}

}  // namespace

TEST_CASE("building is given up wherever it is told to", "[networks][build]") {
  const auto spec = experiment();
  std::atomic<int> questions = 0;
  const auto synapses = build(spec, 2, [&](double) { return ++questions > 0; }).engine->synapses();
  CHECK(synapses == 8000);
  REQUIRE(questions > 10);
  const int all = questions;
  for (int stop_at = 1; stop_at <= all; ++stop_at) {
    questions = 0;
    CHECK_THROWS_AS(build(spec, 2, [&](double) { return ++questions < stop_at; }), BuildStopped);
    CHECK(questions < stop_at + 2);  // nobody asks again
  }
}

TEST_CASE("ranks give building up together", "[networks][build][ranks]") {
  const auto spec = experiment();
  for (const int count : {2, 3})
    for (const int stopped : {0, 1}) {
      std::atomic<int> given_up = 0;
      reference::on_ranks(count, 5, [&](Ranks& ranks) {
        try {
          build(
              spec, 1, [&](double) { return ranks.rank() != stopped; }, ranks);
        } catch (const BuildStopped&) {
          ++given_up;
        }
      });
      CHECK(given_up == count);
    }
}
