/// Bundles synchronise what is correlated and nothing else; homeostasis, slow glia and single segments.
#include "networks/delays/synchroniser.hpp"

#include <catch2/catch.hpp>

using namespace spikeloom;

namespace {

constexpr double second = 1000;

MyelinBundleParams fast_glia() {
  MyelinBundleParams params;
  params.tau_g = 10;
  return params;
}

/// sigma_tau at the end of `seconds` for one seed.
double spread_after(const MyelinBundleParams& params, const SynchroniserTask& task, std::uint64_t seed,
                    double seconds) {
  Synchroniser bundle(params, task, seed);
  bundle.run(seconds * second);
  return bundle.spread();
}

}  // namespace

TEST_CASE("shifts start with exactly the spread that was asked for", "[networks][myelin]") {
  MyelinBundleParams params = fast_glia();
  params.spread = 0;
  CHECK(Synchroniser(params, {}, 1).spread() == Approx(10).epsilon(1e-12));
  CHECK(Synchroniser(params, {.sigma_d = 5}, 2).spread() == Approx(5).epsilon(1e-12));
}

TEST_CASE("axons with shifts of 5 ms synchronise within 0.2 ms", "[networks][myelin][slow]") {
  for (const std::uint64_t seed : {1, 2}) CHECK(spread_after(fast_glia(), {.sigma_d = 5}, seed, 2000) <= 0.2);
}

TEST_CASE("independent trains leave the spread of delays, and in a mixed bundle only half of the axons synchronises",
          "[networks][myelin][slow]") {
  Synchroniser independent(fast_glia(), {.input = BundleInput::independent}, 1);
  const double start = independent.spread();
  independent.run(1000 * second);
  CHECK(std::abs(independent.spread() - start) <= 0.15 * start);

  Synchroniser mixed(fast_glia(), {.input = BundleInput::mixed, .sigma_d = 5}, 1);
  const double together = mixed.spread(0, 5), apart = mixed.spread(5, 10);
  mixed.run(2000 * second);
  CHECK(mixed.spread(0, 5) <= 0.5 * together);
  CHECK(std::abs(mixed.spread(5, 10) - apart) <= 0.15 * apart);
}

TEST_CASE("slow glia synchronise less than half as well", "[networks][myelin][slow]") {
  auto slow = fast_glia(), medium = fast_glia();
  slow.tau_g = 100, medium.tau_g = 20;
  CHECK(10 - spread_after(slow, {}, 1, 1000) < 0.5 * (10 - spread_after(medium, {}, 1, 1000)));
}

TEST_CASE("homeostasis holds the mean conduction time; without it a wrong recovery drives it away",
          "[networks][myelin][slow]") {
  const auto mean_after = [](double recovery, double lambda_h) {
    auto params = fast_glia();
    params.recovery = recovery, params.lambda_h = lambda_h;
    Synchroniser bundle(params, {}, 1);
    bundle.run(1000 * second);
    return bundle.mean_conduction();
  };
  CHECK(mean_after(1, 1e-6) == Approx(40).epsilon(0.15));
  CHECK(mean_after(2, 1e-6) == Approx(40).epsilon(0.15));
  CHECK(mean_after(2, 0) > 46);
  CHECK(mean_after(0.5, 0) < 25);
}

TEST_CASE("input in pieces of any length gives the same bundle", "[networks][myelin]") {
  Synchroniser whole(fast_glia(), {}, 4), pieces(fast_glia(), {}, 4);
  whole.run(40 * second);
  for (const double seconds : {1.0, 0.25, 20.75, 18.0}) pieces.run(seconds * second);
  for (std::size_t a = 0; a < whole.shifts().size(); ++a)
    CHECK(whole.bundle().hash_of(a) == pieces.bundle().hash_of(a));
}
