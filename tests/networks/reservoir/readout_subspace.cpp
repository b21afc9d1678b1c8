/// Subspaces of readout weights, with directions planted.
#include "networks/reservoir/readout_subspace.hpp"

#include <catch2/catch.hpp>

using namespace spikeloom;

TEST_CASE("principal components find planted directions of probability and latency", "[reservoir]") {
  std::vector<ReadoutCondition> conditions;
  for (const double p : {0.1, 0.5, 0.9})
    for (const double shift : {0.0, 100.0, 200.0}) {
      ReadoutCondition condition{p, shift, {}, {}};
      condition.what = {{p, 0, 0, 0}, {0, -p, 0, 0}};
      condition.when = {{0, 0, shift / 400, (p - 0.5) * (shift - 100) / 400}, {0, 0, 0, 1}};
      conditions.push_back(condition);
    }
  const auto found = find_subspace(conditions);
  CHECK(found.with_p[0] == Approx(1).epsilon(1e-9));
  CHECK(found.with_shift[0] == Approx(0).margin(1e-9));
  CHECK(found.with_shift[1] == Approx(1).epsilon(1e-9));
  CHECK(found.share[0] == Approx(0.5).epsilon(1e-9));
  CHECK(found.mean_cosine == Approx(0).margin(1e-12));
}
