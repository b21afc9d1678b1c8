/// Conditioning, criteria 1 to 4: the associative memory.
#include <catch2/catch.hpp>

#include "networks/conditioning/associative_memory.hpp"
#include "tests/experiments/collected.hpp"

using namespace spikeloom;

namespace {

tests::Collected recall(const std::string& params, int threads = 2) {
  return tests::run_protocol_text(
      "experiment: {name: recall}\nmodule: {name: associative_memory}\nprotocol: {name: recall, params: {" + params +
          "}}\n",
      threads);
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

TEST_CASE("averaging independent heads divides the error energy", "[protocols][conditioning]") {
  CHECK(recall("experiments: heads, draws: 20").metric("heads_worst_ratio") < 0.1);
}

TEST_CASE("recall gives the same bits on any number of threads", "[protocols][conditioning][slow]") {
  const std::string small = "draws: 3, key_lengths: [16], capacity_lengths: [16, 32], passes: 3, heads: [1, 2]";
  const auto one = recall(small, 1);
  CHECK(recall(small, 3) == one);
  CHECK(one.pictures.size() == 5);
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
