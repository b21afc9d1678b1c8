/// Conditioning, criteria 1 to 4: the associative memory.
#include <catch2/catch.hpp>

#include "networks/conditioning/associative_memory.hpp"
#include "tests/experiments/collected.hpp"

using namespace spikeloom;

namespace {

tests::Collected run_memory(const std::string& module, const std::string& protocol, int threads) {
  return tests::run_protocol_text(
      "experiment: {name: memory}\nmodule: {name: associative_memory" + module + "}\nprotocol: " + protocol + "\n",
      threads);
}

tests::Collected recall(const std::string& params, int threads = 2) {
  return run_memory("", "{name: recall, params: {" + params + "}}", threads);
}

tests::Collected propagation(const std::string& params, int threads = 2) {
  return run_memory(", params: {d_key: 128, d_value: 32}", "{name: propagation, params: {" + params + "}}", threads);
}

}  // namespace

TEST_CASE("crosstalk of a Hebbian memory follows (N - 1) / d", "[protocols][conditioning][slow]") {
  const auto run = recall("experiments: crosstalk, draws: 10");
  CHECK(run.metric("crosstalk_worst_ratio") < 0.05);
  CHECK(run.metric("crosstalk_worst_cosine") < 0.03);
}

TEST_CASE("capacity grows as d on average and as its root in the worst case", "[protocols][conditioning][slow]") {
  const auto run = recall("experiments: capacity, draws: 5, capacity_lengths: [16, 32, 64, 128, 256]");
  CHECK(run.metric("capacity_slope_average") == Approx(1).margin(0.08));
  CHECK(run.metric("capacity_slope_adversarial") == Approx(0.5).margin(0.1));
}

TEST_CASE("the delta rule corrects what Hebb piles up", "[protocols][conditioning][slow]") {
  const auto run = recall("experiments: rules, draws: 10");
  CHECK(run.metric("energy_delta") <= 0.65 * run.metric("energy_hebb"));
  CHECK(run.metric("delta_many_passes") < 0.02);
  CHECK(run.metric("delta_last_pair") < 1e-10);
  CHECK(run.metric("delta_first_pair") > run.metric("delta_last_pair"));
  CHECK(run.metric("delta_overloaded") > 0.3);
  CHECK(run.metric("hebb_overloaded") > 0.3);
}

TEST_CASE("averaging independent heads divides the error energy", "[protocols][conditioning][numbers]") {
  CHECK(recall("experiments: heads, draws: 20").metric("heads_worst_ratio") < 0.1);
}

TEST_CASE("recall gives the same bits on any number of threads", "[protocols][conditioning][slow]") {
  const std::string small = "draws: 3, key_lengths: [16], capacity_lengths: [16, 32], passes: 3, heads: [1, 2]";
  const auto one = recall(small, 1);
  CHECK(recall(small, 3) == one);
  CHECK(one.pictures.size() == 5);
}

TEST_CASE("errors grow with depth as a layer's gain says, and votes make chains reliable",
          "[protocols][conditioning][slow]") {
  const auto run = propagation("draws: 20, pairs: 16, layers: 6, heads: [1, 4], stages: 16, voters: [1, 5, 9]");
  CHECK(run.metric("depth_worst_ratio") < 0.1);
  CHECK(run.metric("chain_worst") < 0.05);
  CHECK(run.metric("needed_growth") == Approx(1).margin(0.3));
  const auto fails = run.columns.at("votes/fails"), binomial = run.columns.at("votes/binomial"),
             bound = run.columns.at("votes/bound");
  for (std::size_t i = 0; i < fails.size(); ++i) {
    CHECK(fails[i] == Approx(binomial[i]).margin(0.02));
    CHECK(fails[i] < bound[i]);
  }
  CHECK(fails[2] < 0.3 * fails[0]);
}

TEST_CASE("propagation gives the same bits on any number of threads", "[protocols][conditioning]") {
  const std::string small = "draws: 3, pairs: 4, layers: 2, heads: [2], stages: 2, voters: [3]";
  CHECK(propagation(small, 1) == propagation(small, 3));
}

TEST_CASE("softmax attention with sharp keys returns the stored value", "[networks][conditioning]") {
  AssociativeMemory::Params params;
  params.rule = "softmax", params.d_key = 4, params.d_value = 2;
  AssociativeMemory memory(params);
  memory.write(std::vector<double>{40, 0, 0, 0}, std::vector<double>{1, 2});
  memory.write(std::vector<double>{0, 40, 0, 0}, std::vector<double>{3, 4});
  const auto y = memory.read(std::vector<double>{0, 40, 0, 0});
  CHECK(y[0] == Approx(3));
  CHECK(y[1] == Approx(4));
}
