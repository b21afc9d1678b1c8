/// Times of steps against the decimal numbers as the compiler reads them.
#include "io/time_axis.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <string>

using namespace spikeloom;
using io::TimeAxis;

TEST_CASE("the time of a step is the double nearest to its decimal value", "[io][time]") {
  struct Resolution {
    double value;
    std::int64_t digits;
    int places;
  };
  const auto r = GENERATE(Resolution{0.1, 1, 1}, Resolution{0.025, 25, 3}, Resolution{0.01, 1, 2},
                          Resolution{0.05, 5, 2}, Resolution{1, 1, 0}, Resolution{0.0125, 125, 4}, Resolution{2, 2, 0},
                          Resolution{0.3, 3, 1}, Resolution{1e-7, 1, 7}, Resolution{100, 100, 0});
  const TimeAxis axis(r.value);
  for (const Step step :
       {Step{0}, Step{1}, Step{3}, Step{6}, Step{7}, Step{999}, Step{12345}, Step{10'000'001}, Step{36'000'000'007}}) {
    auto digits = fmt::format("{:0>30}", step * r.digits);
    digits.insert(digits.size() - static_cast<std::size_t>(r.places), ".");
    double expected = -1;
    std::from_chars(digits.data(), digits.data() + digits.size(), expected);
    CHECK(axis.at(step) == expected);
  }
}

TEST_CASE("resolutions without an exact decimal form are multiplied", "[io][time]") {
  const TimeAxis axis(1.0 / 3);
  CHECK(axis.at(3) == 1.0 / 3 * 3);
  CHECK(axis.at(1000) == 1.0 / 3 * 1000);
}

TEST_CASE("exact spikes keep the order of steps", "[io][time]") {
  const TimeAxis axis(0.1);
  CHECK(axis.at(Spike{3, 0, 0}) == 0.3);
  CHECK(axis.at(Spike{3, 0, 0.0625}) == 0.3 - 0.0625);
  for (Step step = 1; step < 5000; ++step) CHECK(axis.at(Spike{step, 0, std::nextafter(0.1, 0)}) >= axis.at(step - 1));
}
