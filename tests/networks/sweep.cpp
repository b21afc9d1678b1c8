/// Which runs a sweep has.
#include "networks/sweep.hpp"

#include <catch2/catch.hpp>

#include <set>

#include "io/experiment_file.hpp"

using namespace spikeloom;

namespace {

Sweep sweep_of(const std::string& text) {
  return Sweep(
      io::parse_experiment("experiment: {name: s, seed: 7, duration: 1 ms}\n"
                           "populations: {n: {model: lif_psc_exp, size: 3, params: {tau_m: 10 ms}}}\n"
                           "sweep: " +
                               text,
                           "sweep.yaml"));
}

double number(const std::string& text) { return std::stod(text); }

}  // namespace

TEST_CASE("a grid's last path varies fastest, seeds faster still", "[networks][sweep]") {
  const auto sweep =
      sweep_of("{grid: {populations.n.size: 2..3, populations.n.params.tau_m: [1 ms, 2 ms, 3 ms]}, seeds: 2}");
  REQUIRE(sweep.size() == 12);
  CHECK(sweep.run(0) ==
        SweepRun{{"populations.n.size", "2"}, {"populations.n.params.tau_m", "1 ms"}, {"experiment.seed", "7"}});
  CHECK(sweep.run(1).back().second == "8");
  CHECK(sweep.run(3)[1].second == "2 ms");
  CHECK(sweep.run(11) ==
        SweepRun{{"populations.n.size", "3"}, {"populations.n.params.tau_m", "3 ms"}, {"experiment.seed", "8"}});
}

TEST_CASE("seeds of a list begin with the seed that a run names", "[networks][sweep]") {
  const auto sweep = sweep_of("{list: [{experiment.seed: 100}, {populations.n.size: 5}], seeds: 2}");
  REQUIRE(sweep.size() == 4);
  CHECK(sweep.run(1) == SweepRun{{"experiment.seed", "101"}});
  CHECK(sweep.run(2) == SweepRun{{"populations.n.size", "5"}, {"experiment.seed", "7"}});
}

TEST_CASE("random values come from their distributions, in the unit they were given in", "[networks][sweep]") {
  const std::string text =
      "{random: {samples: 400, populations.n.params.tau_m: {uniform: [0.01 s, 0.03 s]}, populations.n.size: "
      "{uniform_integer: [1, 4]}}}";
  const auto sweep = sweep_of(text), again = sweep_of(text);
  REQUIRE(sweep.size() == 400);
  double sum = 0;
  std::set<std::string> sizes, taus;
  for (std::size_t k = 0; k < sweep.size(); ++k) {
    const auto run = sweep.run(k);
    CHECK(run == again.run(k));
    CHECK(run[0].second.ends_with(" s"));
    sum += number(run[0].second);
    taus.insert(run[0].second), sizes.insert(run[1].second);
  }
  CHECK(sum / 400 == Approx(0.02).margin(0.0015));
  CHECK(taus.size() == 400);
  CHECK(sizes == std::set<std::string>{"1", "2", "3", "4"});
}
