/// Numbers and words of the report against known answers.
#include "io/report/format.hpp"

#include <catch2/catch.hpp>

#include <limits>

using namespace spikeloom;
using namespace spikeloom::io::report;

TEST_CASE("base64 gives the answers of RFC 4648", "[io][report]") {
  REQUIRE(base64("") == "");
  REQUIRE(base64("f") == "Zg==");
  REQUIRE(base64("fo") == "Zm8=");
  REQUIRE(base64("foo") == "Zm9v");
  REQUIRE(base64("foobar") == "Zm9vYmFy");
  REQUIRE(base64("\xfb\xff\xbe") == "+/++");
  REQUIRE(packed(std::vector<std::uint16_t>{1, 0x0203}) == "AQADAg==");
}

TEST_CASE("numbers of the report are short, and null where there is none", "[io][report]") {
  REQUIRE(rounded(1.0 / 3).dump() == "0.3333");
  REQUIRE(rounded(123456789.0).dump() == "123456789");
  REQUIRE(rounded(std::numeric_limits<double>::quiet_NaN()).is_null());
  REQUIRE(rounded(-std::numeric_limits<double>::infinity()).is_null());
  REQUIRE(rounded(std::vector<double>{0.5, 2e-7 / 3}, 2).dump() == "[0.5,6.7e-08]");
  REQUIRE(number_text(0.1) == "0.1");
  REQUIRE(number_text(-1234.56) == "-1235");
  REQUIRE(number_text(10'000) == "10\u202f000");
  REQUIRE(number_text(-2'345'678) == "-2\u202f346\u202f000");
}

TEST_CASE("durations and counts read like speech", "[io][report]") {
  REQUIRE(duration_text(350) == "350 ms");
  REQUIRE(duration_text(12'500) == "12.5 s");
  REQUIRE(duration_text(200'000) == "3 min 20 s");
  REQUIRE(duration_text(7'500'000) == "2 h 5 min");
  REQUIRE(counted(1, "neuron") == "1 neuron");
  REQUIRE(counted(77169, "neuron") == "77\u202f169 neurons");
  REQUIRE(counted(0, "spike") == "0 spikes");
}

TEST_CASE("values and rules are described with their units", "[io][report]") {
  REQUIRE(value_text(Constant{-225}, "pA") == "-225 pA");
  REQUIRE(value_text(Uniform{0.5, 3}, "ms") == "uniform, 0.5 to 3 ms");
  REQUIRE(value_text(Normal{45, 4.5}, "pA") == "normal, 45 ± 4.5 pA");
  REQUIRE(value_text(Normal{1.5, 0.75, 0.1}, "ms") == "truncated normal, 1.5 ± 0.75 ms");
  REQUIRE(value_text(Array{{1, 2, 3}}, "") == "3 given values");
  REQUIRE(rule_text(FixedIndegree{800}) == "in-degree 800");
}

TEST_CASE("expected numbers of synapses follow from the rule", "[io][report]") {
  REQUIRE(expected_synapses(OneToOne{}, 10, 10) == 10);
  REQUIRE(expected_synapses(AllToAll{}, 10, 20) == 200);
  REQUIRE(expected_synapses(FixedProbability{0.5}, 10, 20) == 100);
  REQUIRE(expected_synapses(FixedIndegree{3}, 10, 20) == 60);
  REQUIRE(expected_synapses(FixedOutdegree{3}, 10, 20) == 30);
  REQUIRE(expected_synapses(FixedTotalNumber{7}, 10, 20) == 7);
  REQUIRE_FALSE(expected_synapses(DistanceDependent{}, 10, 20).has_value());
}
