/// Connection rules: degrees, uniformity, autapses, multapses, edge cases, independence of the order of asking.
#include "networks/connector.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "core/errors.hpp"
#include "tests/networks/statistics.hpp"

using namespace spikeloom;

namespace {

/// A rule between two populations without positions, and all that it connects.
struct Network {
  ProjectionSpec projection;
  std::uint32_t sources, targets;
  Positions source_positions = {}, target_positions = {};
  std::uint64_t seed = 5;
  std::uint32_t stream = 2;

  ConnectorRequest request() const {
    return {projection, sources, targets, source_positions, target_positions, seed, stream};
  }
  std::vector<std::vector<std::uint32_t>> partners() const {
    const auto connector = make_connector(request());
    const bool by_target = connector->driver() == Connector::Driver::target;
    std::vector<std::vector<std::uint32_t>> all(by_target ? targets : sources);
    for (std::uint32_t k = 0; k < all.size(); ++k) connector->partners_of(k, all[k]);
    return all;
  }
};

Network between(ConnectRule rule, std::uint32_t sources, std::uint32_t targets) {
  ProjectionSpec projection;
  projection.from = "a";
  projection.to = "b";
  projection.connect = std::move(rule);
  return {projection, sources, targets};
}

Network within(ConnectRule rule, std::uint32_t size, bool autapses, bool multapses) {
  Network network = between(std::move(rule), size, size);
  network.projection.to = "a";
  network.projection.autapses = autapses;
  network.projection.multapses = multapses;
  return network;
}

std::size_t total(const std::vector<std::vector<std::uint32_t>>& partners) {
  return std::accumulate(partners.begin(), partners.end(), std::size_t{0},
                         [](std::size_t sum, const auto& row) { return sum + row.size(); });
}

bool has_autapse(const std::vector<std::vector<std::uint32_t>>& partners) {
  for (std::uint32_t k = 0; k < partners.size(); ++k)
    if (std::count(partners[k].begin(), partners[k].end(), k)) return true;
  return false;
}

bool has_multapse(const std::vector<std::vector<std::uint32_t>>& partners) {
  return std::any_of(partners.begin(), partners.end(),
                     [](const auto& row) { return std::set(row.begin(), row.end()).size() != row.size(); });
}

/// How often each id comes as a partner.
std::vector<std::size_t> frequencies(const std::vector<std::vector<std::uint32_t>>& partners, std::uint32_t ids) {
  std::vector<std::size_t> counts(ids);
  for (const auto& row : partners)
    for (const auto id : row) ++counts.at(id);
  return counts;
}

}  // namespace

TEST_CASE("one_to_one pairs equal ids", "[networks][connector]") {
  REQUIRE(between(OneToOne{}, 3, 3).partners() == std::vector<std::vector<std::uint32_t>>{{0}, {1}, {2}});
  REQUIRE_THROWS_AS(between(OneToOne{}, 3, 4).partners(), SpecError);
  REQUIRE_THROWS_AS(within(OneToOne{}, 3, false, true).partners(), SpecError);
}

TEST_CASE("all_to_all leaves out nobody but the neuron itself", "[networks][connector]") {
  REQUIRE(between(AllToAll{}, 2, 3).partners() == std::vector<std::vector<std::uint32_t>>{{0, 1}, {0, 1}, {0, 1}});
  const Network network = within(AllToAll{}, 3, false, true);
  REQUIRE(network.partners() == std::vector<std::vector<std::uint32_t>>{{1, 2}, {0, 2}, {0, 1}});
  REQUIRE(make_connector(network.request())->expected_synapses() == 6);
  REQUIRE(within(AllToAll{}, 1, false, true).partners() == std::vector<std::vector<std::uint32_t>>{{}});
}

TEST_CASE("fixed_indegree gives exact in-degrees and uniform sources", "[networks][connector]") {
  const bool autapses = GENERATE(true, false), multapses = GENERATE(true, false);
  const std::uint32_t indegree = GENERATE(0u, 1u, 60u, 150u);  // 60: drawn; 150: the others are left out
  const auto partners = within(FixedIndegree{indegree}, 200, autapses, multapses).partners();
  for (const auto& row : partners) REQUIRE(row.size() == indegree);
  if (!autapses) REQUIRE_FALSE(has_autapse(partners));
  if (!multapses) REQUIRE_FALSE(has_multapse(partners));
  if (multapses && indegree > 100) REQUIRE(has_multapse(partners));
  if (indegree > 0)  // without multapses the counts vary less than Poisson, so the limit holds all the more
    REQUIRE(testing::chi_square(frequencies(partners, 200), indegree) < testing::chi_square_limit(199));
}

TEST_CASE("fixed_outdegree gives exact out-degrees and uniform targets", "[networks][connector]") {
  const Network network = between(FixedOutdegree{50}, 300, 100);
  const auto connector = make_connector(network.request());
  REQUIRE(connector->driver() == Connector::Driver::source);
  REQUIRE(connector->expected_synapses() == 15000);
  const auto partners = network.partners();
  for (const auto& row : partners) REQUIRE(row.size() == 50);
  REQUIRE(testing::chi_square(frequencies(partners, 100), 150) < testing::chi_square_limit(99));
  REQUIRE_FALSE(has_autapse(within(FixedOutdegree{50}, 60, false, false).partners()));
}

TEST_CASE("fixed_probability gives binomial in-degrees, no multapses and uniform sources", "[networks][connector]") {
  const double p = GENERATE(0.05, 0.7);
  const Network network = between(FixedProbability{p}, 400, 1000);
  const auto partners = network.partners();
  REQUIRE_FALSE(has_multapse(partners));
  const double n = 400 * 1000;
  REQUIRE(static_cast<double>(total(partners)) == Approx(n * p).margin(4 * std::sqrt(n * p * (1 - p))));
  REQUIRE(make_connector(network.request())->expected_synapses() == static_cast<std::uint64_t>(std::llround(n * p)));
  // In- and out-degrees are both binomial: their dispersion relative to n p (1 - p) follows a chi-square.
  std::vector<std::size_t> indegrees;
  for (const auto& row : partners) indegrees.push_back(row.size());
  REQUIRE(testing::chi_square(indegrees, 400 * p) / (1 - p) < testing::chi_square_limit(1000));
  REQUIRE(testing::chi_square(indegrees, 400 * p) / (1 - p) > 1000 - 4 * std::sqrt(2000));
  REQUIRE(testing::chi_square(frequencies(partners, 400), 1000 * p) / (1 - p) < testing::chi_square_limit(400));
}

TEST_CASE("fixed_probability at its ends connects nobody or everybody", "[networks][connector]") {
  REQUIRE(total(between(FixedProbability{0}, 10, 10).partners()) == 0);
  REQUIRE(total(between(FixedProbability{1}, 10, 10).partners()) == 100);
  REQUIRE(total(within(FixedProbability{1}, 10, false, true).partners()) == 90);
  REQUIRE(total(within(FixedProbability{1}, 1, false, true).partners()) == 0);
  REQUIRE_THROWS_AS(between(FixedProbability{1.5}, 10, 10).partners(), SpecError);
}

TEST_CASE("fixed_total_number is exact, with multinomial in-degrees", "[networks][connector]") {
  const bool autapses = GENERATE(true, false), multapses = GENERATE(true, false);
  const auto partners = within(FixedTotalNumber{20000}, 200, autapses, multapses).partners();
  REQUIRE(total(partners) == 20000);
  REQUIRE(has_autapse(partners) == autapses);
  REQUIRE(has_multapse(partners) == multapses);
  std::vector<std::size_t> indegrees;
  for (const auto& row : partners) indegrees.push_back(row.size());
  // Without repetition (half of all pairs drawn) the variance is half of the multinomial one.
  const double ratio = testing::chi_square(indegrees, 100) * (multapses ? 1 : 2);
  REQUIRE(ratio < testing::chi_square_limit(199) * 1.05);
  REQUIRE(ratio > 199 - 4 * std::sqrt(398));
  REQUIRE(testing::chi_square(frequencies(partners, 200), 100) < testing::chi_square_limit(199));
}

TEST_CASE("fixed_total_number can take every pair, and no more", "[networks][connector]") {
  REQUIRE(total(within(FixedTotalNumber{90}, 10, false, false).partners()) == 90);
  REQUIRE_THROWS_AS(within(FixedTotalNumber{91}, 10, false, false).partners(), SpecError);
  REQUIRE_THROWS_AS(within(FixedTotalNumber{1}, 1, false, true).partners(), SpecError);
  REQUIRE(total(between(FixedTotalNumber{0}, 10, 10).partners()) == 0);
}

TEST_CASE("more partners than neurons need multapses", "[networks][connector]") {
  REQUIRE(total(within(FixedIndegree{9}, 10, false, false).partners()) == 90);
  REQUIRE_THROWS_WITH(within(FixedIndegree{10}, 10, false, false).partners(),
                      Catch::Contains("10 synapses per neuron, but a neuron can have 9 different sources"));
  REQUIRE_THROWS_AS(within(FixedIndegree{1}, 1, false, true).partners(), SpecError);
  REQUIRE_THROWS_AS(between(FixedOutdegree{11}, 5, 10).partners().size() +
                        within(FixedOutdegree{11}, 10, true, false).partners().size(),
                    SpecError);
}

TEST_CASE("synapses do not depend on who asks and when", "[networks][connector]") {
  const ConnectRule rule = GENERATE(ConnectRule{FixedProbability{0.2}}, ConnectRule{FixedIndegree{30}},
                                    ConnectRule{FixedOutdegree{30}}, ConnectRule{FixedTotalNumber{3000}});
  Network network = between(rule, 100, 100);
  const auto reference = network.partners();
  const auto connector = make_connector(network.request());
  std::vector<std::uint32_t> row{1, 2, 3};
  for (std::uint32_t k = 100; k-- > 0;) {
    connector->partners_of(k, row);
    REQUIRE(row == reference[k]);
  }
  network.stream = 3;
  REQUIRE(network.partners() != reference);
  network.stream = 2;
  network.seed = 6;
  REQUIRE(network.partners() != reference);
}

TEST_CASE("a table connects as listed", "[networks][connector]") {
  const SynapseList list{{4, 0, 4, 2}, {1, 0, 1, 1}, {}, {}};
  const Network network = between(list, 5, 3);
  REQUIRE(network.partners() == std::vector<std::vector<std::uint32_t>>{{0}, {4, 4, 2}, {}});
  std::vector<std::uint64_t> rows;
  REQUIRE(make_connector(network.request())->rows_of(1, rows));
  REQUIRE(rows == std::vector<std::uint64_t>{0, 2, 3});
  REQUIRE_THROWS_WITH(between(list, 4, 3).partners(), Catch::Contains("row 0 of the table (from 0) names source 4"));
  REQUIRE_THROWS_AS(within(list, 5, false, true).partners(), SpecError);
  REQUIRE_THROWS_WITH(within(list, 5, true, false).partners(), Catch::Contains("connects 4 to 1 twice"));
  REQUIRE_THROWS_AS(between(SynapseList{{1}, {1, 2}, {}, {}}, 5, 5).partners(), SpecError);
}

TEST_CASE("distance_dependent connects each pair with the probability of its distance", "[networks][connector][slow]") {
  using Kernel = DistanceDependent::Kernel;
  const auto kernel = GENERATE(Kernel::gaussian, Kernel::exponential, Kernel::box);
  const bool periodic = GENERATE(false, true);
  const double cutoff = GENERATE(35.0, HUGE_VAL);
  Network network = between(DistanceDependent{kernel, 0.8, 20, cutoff}, 1500, 1000);
  network.projection.periodic = periodic;
  network.source_positions = place_neurons(RandomLayout{200, 150, 0}, 1500, 1, 0);
  network.target_positions = place_neurons(RandomLayout{200, 150, 0}, 1000, 1, 1);
  const auto partners = network.partners();
  REQUIRE_FALSE(has_multapse(partners));

  // Expected and found synapses in rings of 5 um, from all pairs.
  constexpr std::size_t rings = 60;
  std::vector<double> expected(rings), variance(rings), found(rings);
  const auto ring_of = [](double d) { return std::min<std::size_t>(static_cast<std::size_t>(d / 5), rings - 1); };
  std::vector<std::uint32_t> everyone(1500);
  std::iota(everyone.begin(), everyone.end(), 0u);
  std::vector<float> distances;
  for (std::uint32_t target = 0; target < 1000; ++target) {
    distances_to(network.target_positions, target, network.source_positions, everyone, periodic, distances);
    for (const double d : distances) {
      const double shape = kernel == Kernel::gaussian      ? std::exp(-d * d / 800)
                           : kernel == Kernel::exponential ? std::exp(-d / 20)
                                                           : (d <= 20 ? 1.0 : 0.0);
      const double p = d > cutoff ? 0 : 0.8 * shape;
      expected[ring_of(d)] += p;
      variance[ring_of(d)] += p * (1 - p);
    }
    for (const auto source : partners[target]) ++found[ring_of(static_cast<double>(distances[source]))];
  }
  for (std::size_t ring = 0; ring < rings; ++ring)
    REQUIRE(found[ring] == Approx(expected[ring]).margin(4.5 * std::sqrt(variance[ring]) + 1e-9));
  const double all = std::accumulate(expected.begin(), expected.end(), 0.0);
  REQUIRE(static_cast<double>(make_connector(network.request())->expected_synapses()) == Approx(all).epsilon(0.15));
}

TEST_CASE("a cutoff finds the same neighbours in three dimensions as looking at everyone", "[networks][connector]") {
  // p = 1 inside a box kernel: no luck involved, so that cells and brute force must agree pair for pair.
  const bool periodic = GENERATE(false, true);
  const double reach = GENERATE(4.0, 11.0, 18.0, 50.0, 1000.0);
  Network network = between(DistanceDependent{DistanceDependent::Kernel::box, 1, reach, HUGE_VAL}, 700, 200);
  network.projection.periodic = periodic;
  network.source_positions = place_neurons(RandomLayout{60, 80, 40}, 700, 1, 0);
  network.target_positions = place_neurons(RandomLayout{60, 80, 40}, 200, 1, 1);
  auto partners = network.partners();
  std::vector<std::uint32_t> everyone(700), near;
  std::iota(everyone.begin(), everyone.end(), 0u);
  std::vector<float> distances;
  for (std::uint32_t target = 0; target < 200; ++target) {
    distances_to(network.target_positions, target, network.source_positions, everyone, periodic, distances);
    near.clear();
    for (const auto id : everyone)
      if (static_cast<double>(distances[id]) <= reach) near.push_back(id);
    std::sort(partners[target].begin(), partners[target].end());
    REQUIRE(partners[target] == near);
  }
}

TEST_CASE("a box that reaches exactly to the next neighbour of a grid connects it", "[networks][connector]") {
  const double spacing = GENERATE(0.1, 12.6, 25.0, 33.3);
  Network network = between(DistanceDependent{DistanceDependent::Kernel::box, 1, spacing, HUGE_VAL}, 400, 400);
  network.projection.periodic = true;
  network.source_positions = place_neurons(GridLayout{20, 20, 1, spacing}, 400, 1, 0);
  network.target_positions = network.source_positions;
  for (const auto& row : network.partners()) REQUIRE(row.size() == 5);  // itself and four
}

TEST_CASE("distances need positions", "[networks][connector]") {
  REQUIRE_THROWS_WITH(between(DistanceDependent{}, 5, 5).partners(), Catch::Contains("'a' has none"));
}
