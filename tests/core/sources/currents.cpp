/// Currents: when they act, how strong they are, and what noise they make.
#include <catch2/catch.hpp>

#include <numbers>

#include "tests/core/sources/statistics.hpp"

using namespace spikeloom;
using namespace spikeloom::test;

namespace {

const std::array one_weight{1.0f};

std::shared_ptr<const Drive> current(const std::string& model, const ModelArguments& arguments,
                                     std::span<const float> weights = one_weight, Step delay = 1,
                                     double resolution = 0.1, std::uint32_t stream = 0) {
  return find_model(model)->make_drive({.arguments = arguments,
                                        .weights = weights,
                                        .delay = delay,
                                        .stream = stream,
                                        .seed = 9,
                                        .resolution = resolution});
}

/// The current into neuron 0 in steps 1 .. steps.
std::vector<float> course(const Drive& drive, Step steps) {
  std::vector<float> values;
  for (Step step = 1; step <= steps; ++step) values.push_back(input_of(drive, step, 0, 3)[0]);
  return values;
}

ModelArguments numbers(std::map<std::string, std::vector<double>, std::less<>> values) {
  return {.numbers = std::move(values)};
}

}  // namespace

TEST_CASE("a constant current acts from start to stop, one delay later", "[core][sources]") {
  const auto arguments = numbers({{"amplitude", {5}}, {"start", {0.3}}, {"stop", {0.6}}});
  // From 0.3 to 0.6 ms at the source, from 0.5 to 0.8 ms at the target: steps 6, 7 and 8 begin at 0.5, 0.6 and 0.7 ms.
  REQUIRE(course(*current("current_constant", arguments, one_weight, 2), 10) ==
          std::vector<float>{0, 0, 0, 0, 0, 5, 5, 5, 0, 0});
  REQUIRE(course(*current("current_constant", numbers({{"amplitude", {5}}})), 3) == std::vector<float>{0, 5, 5});
}

TEST_CASE("weights multiply amplitudes, each of which may be a neuron's own", "[core][sources]") {
  const std::vector<float> weights{1, -2, 0.5f};
  const auto one = numbers({{"amplitude", {10}}}), many = numbers({{"amplitude", {1, 2, 3}}});
  REQUIRE(input_of(*current("current_constant", one, weights), 5, 0, 3, 1) == std::vector<float>{11, -19, 6});
  REQUIRE(input_of(*current("current_constant", many, weights), 5, 0, 3) == std::vector<float>{1, -4, 1.5f});
  REQUIRE(input_of(*current("current_constant", many), 5, 1, 2) == std::vector<float>{2, 3});
}

TEST_CASE("a step current changes at its times", "[core][sources]") {
  const ModelArguments arguments{.numbers = {{"start", {0.3}}, {"stop", {0.9}}},
                                 .lists = {{"times", {0.1, 0.2, 0.5, 0.8}}, {"amplitudes", {1, 2, 3, 4}}}};
  REQUIRE(course(*current("current_steps", arguments), 12) == std::vector<float>{0, 0, 0, 0, 2, 2, 3, 3, 3, 4, 0, 0});
}

TEST_CASE("a ramp grows in proportion to time", "[core][sources]") {
  const auto arguments = numbers({{"amplitude", {1}}, {"slope", {20}}, {"start", {0.2}}, {"stop", {0.5}}});
  REQUIRE(course(*current("current_ramp", arguments), 8) == std::vector<float>{0, 0, 0, 1, 3, 5, 0, 0});
}

TEST_CASE("a sine current follows the sine, also after a long time", "[core][sources]") {
  const auto arguments = numbers({{"amplitude", {3}}, {"frequency", {40}}, {"phase", {0.5}}, {"offset", {7}}});
  const auto drive = current("current_sine", arguments);
  for (const Step step : {2, 3, 77, 100002, 1000000003}) {
    const double t = 1e-4 * static_cast<double>((step - 2) % 250);  // s; 250 steps are a cycle
    const double expected = 7 + 3 * std::sin(2 * std::numbers::pi * 40 * t + 0.5);
    REQUIRE(input_of(*drive, step, 0, 1)[0] == Approx(expected).epsilon(1e-6));
  }
}

TEST_CASE("a sampled current is held from sample to sample", "[core][sources]") {
  const ModelArguments arguments{.numbers = {{"dt", {0.2}}, {"start", {0.1}}}, .lists = {{"values", {1, 2, 3}}}};
  REQUIRE(course(*current("current_file", arguments), 10) == std::vector<float>{0, 0, 1, 1, 2, 2, 3, 3, 0, 0});
}

TEST_CASE("noise has its mean and standard deviation, each times the weight", "[core][sources]") {
  const std::vector<float> weights(3000, 2);
  const auto drive = current("current_noise", numbers({{"mean", {3}}, {"sd", {5}}, {"dt", {0.1}}}), weights);
  double sum = 0, squares = 0;
  const int steps = 300;
  for (Step step = 2; step < 2 + steps; ++step)
    for (const float x : input_of(*drive, step, 0, 3000)) {
      sum += x;
      squares += double{x} * x;
    }
  const double n = 3000.0 * steps, mean = sum / n, variance = squares / n - mean * mean;
  REQUIRE(std::abs(mean - 6) < 4 * 10 / std::sqrt(n));
  REQUIRE(std::abs(variance / 100 - 1) < 4 * std::sqrt(2 / n));
}

TEST_CASE("uniform noise has the same mean and standard deviation, and bounds", "[core][sources]") {
  ModelArguments arguments = numbers({{"mean", {3}}, {"sd", {5}}, {"dt", {0.1}}});
  arguments.texts["distribution"] = "uniform";
  const auto drive = current("current_noise", arguments);
  double sum = 0, squares = 0, fourth = 0, low = 0, high = 0;
  for (Step step = 2; step < 32; ++step)
    for (const float x : input_of(*drive, step, 0, 10000)) {
      const double z = (double{x} - 3) / 5;
      sum += z, squares += z * z, fourth += z * z * z * z;
      low = std::min(low, z), high = std::max(high, z);
    }
  const double n = 300000;
  REQUIRE(std::abs(sum / n) < 4 / std::sqrt(n));
  REQUIRE(std::abs(squares / n - 1) < 4 * std::sqrt(0.8 / n));
  REQUIRE(fourth / n == Approx(1.8).epsilon(0.01));  // 3 of a normal distribution
  REQUIRE(low == Approx(-std::sqrt(3.0)).epsilon(1e-4));
  REQUIRE(high == Approx(std::sqrt(3.0)).epsilon(1e-4));
}

TEST_CASE("noise of different neurons, intervals and projections is uncorrelated", "[core][sources]") {
  const auto arguments = numbers({{"sd", {1}}, {"dt", {0.1}}});
  const auto drive = current("current_noise", arguments);
  const auto x = input_of(*drive, 5, 0, 100000);
  for (const std::ptrdiff_t lag : {1, 128, 256, 512}) {
    auto y = x;
    std::rotate(y.begin(), y.begin() + lag, y.end());
    REQUIRE(std::abs(correlation_z(x, y)) < 4);
  }
  REQUIRE(std::abs(correlation_z(x, input_of(*drive, 6, 0, 100000))) < 4);
  REQUIRE(std::abs(correlation_z(x, input_of(*drive, 5 + (Step{1} << 32), 0, 100000))) < 4);
  REQUIRE(std::abs(correlation_z(
              x, input_of(*current("current_noise", arguments, one_weight, 1, 0.1, 1), 5, 0, 100000))) < 4);
}

TEST_CASE("noise holds for its interval, counted from start", "[core][sources]") {
  const auto values = course(*current("current_noise", numbers({{"sd", {1}}, {"dt", {0.3}}, {"start", {0.2}}})), 12);
  REQUIRE(values[2] == 0);  // the step before
  for (const std::size_t begin : {3u, 6u, 9u}) {
    REQUIRE(values[begin] != values[begin - 1]);
    REQUIRE(values[begin + 1] == values[begin]);
    REQUIRE(values[begin + 2] == values[begin]);
  }
}

TEST_CASE("noise does not depend on where the population is cut", "[core][sources]") {
  std::vector<double> sd(1300, 2);
  if (GENERATE(false, true)) sd[700] = 3;
  const auto arguments = numbers({{"mean", {1}}, {"sd", sd}});
  const auto drive = current("current_noise", arguments);
  const auto whole = input_of(*drive, 30, 0, 1300);
  for (const std::uint32_t cut : {1u, 511u, 512u, 700u, 1299u}) {
    auto parts = input_of(*drive, 30, 0, cut);
    const auto second = input_of(*drive, 30, cut, 1300 - cut);
    parts.insert(parts.end(), second.begin(), second.end());
    REQUIRE(parts == whole);
  }
  REQUIRE(whole == input_of(*current("current_noise", arguments, std::vector<float>(1300, 1)), 30, 0, 1300));
}

TEST_CASE("noise gives the numbers it has always given", "[core][sources]") {
  REQUIRE(fingerprint(input_of(*current("current_noise", numbers({{"sd", {1}}})), 100, 512, 1000)) ==
          0xb4695260db93ebb8);
}

TEST_CASE("currents say what is wrong with their parameters", "[core][sources]") {
  using Messages = std::vector<std::string>;
  ModelArguments steps{.lists = {{"times", {1, 1}}, {"amplitudes", {1, 2, 3}}}};
  REQUIRE(complaints("current_steps", steps) ==
          Messages{"amplitudes: amplitudes has 3 entries, times has 2", "times: times must ascend"});
  REQUIRE(complaints("current_noise", numbers({{"sd", {1}}}), 0.3) ==
          Messages{"dt: dt must be a whole number of steps, at least one"});
  REQUIRE(complaints("current_noise", numbers({{"sd", {1}}, {"dt", {0.3}}}), 0.1).empty());
  REQUIRE(complaints("current_file", numbers({{"dt", {0.04}}}), 0.1).size() == 1);
  for (const char* model : {"current_constant", "current_ramp", "current_sine"})
    REQUIRE(complaints(model, numbers({{"start", {5}}, {"stop", {4}}})) ==
            Messages{"stop: stop must not lie before start"});
}
