/// Poisson sources: the right numbers, independent of each other, the same for any partitioning.
#include <catch2/catch.hpp>

#include "core/sources/poisson_tile.hpp"
#include "core/step_draws.hpp"
#include "tests/core/sources/statistics.hpp"

using namespace spikeloom;
using namespace spikeloom::test;

namespace {

ModelArguments rate(std::vector<double> values) {
  ModelArguments arguments;
  arguments.numbers["rate"] = std::move(values);
  return arguments;
}

/// At 0.1 ms: the rate that gives `mean` spikes per step.
double rate_of(double mean) { return mean * 1e4; }

std::shared_ptr<const Drive> poisson_drive(const ModelArguments& arguments, std::span<const float> weights,
                                           Step delay = 1, std::uint32_t stream = 3, std::uint64_t seed = 42) {
  return find_model("poisson")->make_drive(
      {.arguments = arguments, .weights = weights, .delay = delay, .stream = stream, .seed = seed});
}

const std::array one_weight{1.0f};

}  // namespace

TEST_CASE("numbers of a Poisson drive pass a chi-square test", "[core][sources]") {
  const double mean = GENERATE(0.001, 0.16, 1.6, 2.0, 9.5, 20.0, 39.0, 200.0, 5000.0);
  const auto drive = poisson_drive(rate({rate_of(mean)}), one_weight);
  std::map<std::uint64_t, std::uint64_t> counts;
  for (Step step = 2; step < 102; ++step)
    for (const float x : input_of(*drive, step, 0, 2000)) ++counts[static_cast<std::uint64_t>(x)];
  REQUIRE(poisson_p_value(counts, mean) > 1e-4);
}

TEST_CASE("neurons, steps, projections and seeds of a Poisson drive are uncorrelated", "[core][sources]") {
  const double mean = GENERATE(0.16, 1.6, 30.0);
  const auto arguments = rate({rate_of(mean)});
  const auto drive = poisson_drive(arguments, one_weight);
  const auto x = input_of(*drive, 7, 0, 100000);
  const auto shifted = [&](std::size_t lag) {
    auto y = x;
    std::rotate(y.begin(), y.begin() + static_cast<std::ptrdiff_t>(lag), y.end());
    return y;
  };
  for (const std::size_t lag : {1u, 16u, 32u, 128u, 512u}) REQUIRE(std::abs(correlation_z(x, shifted(lag))) < 4);
  REQUIRE(std::abs(correlation_z(x, input_of(*drive, 8, 0, 100000))) < 4);
  REQUIRE(std::abs(correlation_z(x, input_of(*drive, 7 + (Step{1} << 32), 0, 100000))) < 4);
  REQUIRE(std::abs(correlation_z(x, input_of(*poisson_drive(arguments, one_weight, 1, 4), 7, 0, 100000))) < 4);
  REQUIRE(std::abs(correlation_z(x, input_of(*poisson_drive(arguments, one_weight, 1, 3, 43), 7, 0, 100000))) < 4);
}

TEST_CASE("a Poisson drive does not depend on where the population is cut", "[core][sources]") {
  const double mean = GENERATE(0.01, 1.6, 9.0, 25.0, 70.0);
  std::vector<float> weights(1300, 0.7f);
  if (GENERATE(false, true))
    for (std::size_t i = 0; i < weights.size(); ++i) weights[i] = 0.1f * static_cast<float>(i);
  auto rates = std::vector{rate_of(mean)};
  if (GENERATE(false, true)) rates.resize(weights.size(), rate_of(mean) / 2);
  const auto drive = poisson_drive(rate(rates), weights);
  for (Step step = 2; step < 12; ++step) {
    const auto whole = input_of(*drive, step, 0, 1300, 0.3f);
    for (const std::uint32_t cut : {1u, 15u, 511u, 512u, 700u, 1299u}) {
      auto parts = input_of(*drive, step, 0, cut, 0.3f);
      const auto second = input_of(*drive, step, cut, 1300 - cut, 0.3f);
      parts.insert(parts.end(), second.begin(), second.end());
      REQUIRE(parts == whole);
    }
  }
}

TEST_CASE("each neuron of a Poisson drive gets its own rate and weight", "[core][sources]") {
  const std::vector<float> weights{1, -2, 3, 0.5f};
  const auto drive = poisson_drive(rate({1000, 0, 50000, 400000}), weights);
  std::array<double, 4> sum{};
  const Step steps = 20000;
  for (Step step = 2; step < 2 + steps; ++step) {
    const auto row = input_of(*drive, step, 0, 4);
    for (std::size_t i = 0; i < 4; ++i) sum[i] += double{row[i]} / weights[i];
  }
  const std::array mean{0.1, 0.0, 5.0, 40.0};
  for (std::size_t i = 0; i < 4; ++i) REQUIRE(std::abs(sum[i] / steps - mean[i]) <= 4 * std::sqrt(mean[i] / steps));
}

TEST_CASE("equal weights, given one by one or once, are the same input", "[core][sources]") {
  const std::vector<float> many(600, 2.5f);
  const auto one = poisson_drive(rate({16000}), std::span(many).first(1)), all = poisson_drive(rate({16000}), many);
  for (Step step = 2; step < 50; ++step) REQUIRE(input_of(*one, step, 0, 600) == input_of(*all, step, 0, 600));
}

TEST_CASE("a delay shifts the train of a Poisson drive", "[core][sources]") {
  auto arguments = rate({5000});
  arguments.numbers["start"] = {1.0};
  arguments.numbers["stop"] = {3.0};
  const auto prompt = poisson_drive(arguments, one_weight, 1), late = poisson_drive(arguments, one_weight, 16);
  std::size_t arrivals = 0;
  for (Step step = 1; step < 60; ++step) {
    const auto row = input_of(*prompt, step, 0, 512);
    REQUIRE(row == input_of(*late, step + 15, 0, 512));
    const bool any = row != std::vector<float>(512);
    REQUIRE(any == (step > 11 && step <= 31));  // emitted at the ends of steps 11 to 30
    arrivals += any;
  }
  REQUIRE(arrivals == 20);
}

TEST_CASE("tiles added with and without AVX-512 have the same bits", "[core][sources]") {
  const double mean = GENERATE(0.001, 1.6, 9.9);
  const bool weighted = GENERATE(false, true);
  const PoissonTable table(mean);
  const auto values = tile_values(0.3f);
  std::array<float, tile_size> weights, row, plain;
  for (std::size_t i = 0; i < tile_size; ++i) row[i] = plain[i] = weights[i] = 0.01f * static_cast<float>(i);
  for (std::uint32_t step = 0; step < 100; ++step) {
    TileWords words;
    step_draws(1, Purpose::task, 0, 0, step, words);
    add_tile(words, table, values, weighted ? weights.data() : nullptr, row.data());
    detail::add_tile_plain(words, table, values, weighted ? weights.data() : nullptr, plain.data());
    REQUIRE(row == plain);
    std::array<std::uint16_t, tile_size> found;
    const auto n = find_rest(words, 65000, found);
    std::uint32_t expected = 0;
    for (std::uint32_t i = 0; i < tile_size; ++i) expected += tile_bits(words, i) >= 65000;
    REQUIRE(n == expected);
    for (std::uint32_t k = 0; k < n; ++k) REQUIRE(tile_bits(words, found[k]) >= 65000);
  }
}

TEST_CASE("a Poisson population has the right numbers of spikes", "[core][sources][slow]") {
  const double mean = GENERATE(0.0005, 0.03, 0.5, 4.0, 80.0);
  const std::uint32_t size = 700;
  const Step steps = 400;
  std::vector<std::uint64_t> number(size * steps);
  for (const auto& [step, neuron] : spikes_of("poisson", rate({rate_of(mean)}), size, steps))
    ++number[static_cast<std::size_t>(step - 1) * size + neuron];
  std::map<std::uint64_t, std::uint64_t> counts;
  for (const auto n : number) ++counts[n];
  REQUIRE(poisson_p_value(counts, mean) > 1e-4);
}

TEST_CASE("neurons of a Poisson population keep their own rates", "[core][sources]") {
  std::vector<double> rates(1200);
  for (std::size_t i = 0; i < rates.size(); ++i) rates[i] = i % 3 == 2 ? 0 : static_cast<double>(i);
  const Step steps = 20000;
  std::vector<double> number(rates.size());
  for (const auto& [step, neuron] : spikes_of("poisson", rate(rates), 1200, steps)) ++number[neuron];
  double chi_square = 0;
  for (std::size_t i = 0; i < rates.size(); ++i) {
    const double expected = rates[i] * 1e-4 * static_cast<double>(steps);
    if (expected == 0) REQUIRE(number[i] == 0);
    if (expected > 10) chi_square += (number[i] - expected) * (number[i] - expected) / expected - 1;
  }
  REQUIRE(std::abs(chi_square) < 4 * std::sqrt(2.0 * 800));
}

TEST_CASE("a Poisson population does not depend on where it is cut", "[core][sources]") {
  const double mean = GENERATE(0.001, 0.5);
  auto rates = std::vector{rate_of(mean)};
  if (GENERATE(false, true)) rates.resize(1300, rate_of(mean) * 0.9);
  const auto whole = spikes_of("poisson", rate(rates), 1300, 200);
  REQUIRE(std::is_sorted(whole.begin(), whole.end()));
  REQUIRE(spikes_of("poisson", rate(rates), 1300, 200, {1, 511, 512, 513, 1000}) == whole);
  REQUIRE(spikes_of("poisson", rate(rates), 1300, 200, {1299}) == whole);
}

TEST_CASE("start and stop of a Poisson population enclose its spikes", "[core][sources]") {
  auto arguments = rate({20000});
  arguments.numbers["start"] = {0.5};
  arguments.numbers["stop"] = {1.0};
  const auto spikes = spikes_of("poisson", arguments, 600, 30);
  REQUIRE(spikes.front().first == 6);
  REQUIRE(spikes.back().first == 10);
  arguments.numbers["stop"] = {0.4};
  REQUIRE(complaints("poisson", arguments) == std::vector<std::string>{"stop: stop must not lie before start"});
}

TEST_CASE("Poisson sources give the numbers they have always given", "[core][sources]") {
  const auto row = input_of(*poisson_drive(rate({16000}), one_weight), 100, 512, 16);
  REQUIRE(row == std::vector<float>{0, 0, 3, 1, 1, 2, 0, 1, 2, 0, 4, 4, 1, 4, 0, 2});
  CHECK(fingerprint(input_of(*poisson_drive(rate({35000}), one_weight), 100, 0, 5000)) == 0x84295792f0c00000);
  CHECK(fingerprint(input_of(*poisson_drive(rate({3500000}), one_weight), 100, 0, 500)) == 0x8d730336a39a0000);
  const auto spikes = spikes_of("poisson", rate({10}), 2000, 4);
  std::string seen;
  for (const auto& [step, neuron] : spikes) seen += std::to_string(step) + ":" + std::to_string(neuron) + " ";
  REQUIRE(seen == "1:1478 2:393 3:8 3:786 3:879 4:324 4:938 4:1068 ");
}
