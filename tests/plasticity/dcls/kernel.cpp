/// Kernels of delays: normalisation, gradients against differences, meaning of a position, a planted delay.
#include "plasticity/dcls/kernel.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "plasticity/dcls/convolution.hpp"
#include "plasticity/optimiser.hpp"
#include "tests/plasticity/dcls/draws.hpp"

using namespace spikeloom;
using tests::number;

namespace {

std::vector<double> kernel_of(double weight, double position, double sigma, std::size_t length = 25) {
  KernelBuilder<double> builder({1, 1, length, 1});
  std::vector<double> kernel(length);
  builder.bumps(std::vector{weight}, std::vector{position}, sigma, kernel);
  return kernel;
}

/// Trains one synapse to repeat its input 17 steps later; returns the delay that it has learned.
double learned_delay(std::uint32_t seed, bool annealed, double& first_delay) {
  constexpr std::size_t length = 25, steps = 200, wanted = 17, updates = 300;
  KernelBuilder<double> builder({1, 1, length, 1});
  std::vector<double> weight = {number(seed, 0, 0.2, 1)}, position = {number(seed, 1, -12, 12)};
  first_delay = 12 - position[0];
  std::vector<double> kernel(length), by_kernel(length), by_weight(1), by_position(1);
  ModelArguments slow, fast;
  slow.numbers["eta"] = {0.01};
  fast.numbers["eta"] = {0.1};
  const auto of_weight = find_optimiser("adam")->make<double>(slow, 1);
  const auto of_position = find_optimiser("adam")->make<double>(fast, 1);
  for (std::uint32_t u = 0; u < updates; ++u) {
    const double fraction = std::min(1.0, u / 150.0), sigma = annealed ? 12 * std::pow(0.23 / 12, fraction) : 0.23;
    SpikeColumns<double> spikes;
    for (std::uint32_t t = 0; t < steps; ++t)
      if (number(seed, 2, 0, 1, u * steps + t) < 0.05) spikes.add(t, 1);
    spikes.end_source();
    builder.bumps(weight, position, sigma, kernel);
    std::vector<double> errors(steps + length - 1, 0.0);
    add_drive<double>(spikes, 0, kernel, 1, errors);
    for (const auto t : spikes.steps) errors[t + wanted] -= 1;
    for (auto& error : errors) error *= 2 / std::max<double>(1, static_cast<double>(spikes.steps.size()));
    std::fill(by_kernel.begin(), by_kernel.end(), 0.0);
    add_kernel_gradient<double>(spikes, 0, errors, 1, by_kernel);
    builder.bump_gradient(weight, position, sigma, by_kernel, by_weight, by_position);
    of_weight->update(weight, by_weight);
    of_position->update(position, by_position);
    position[0] = std::clamp(position[0], -12.0, 12.0);
  }
  return 12 - position[0];
}

}  // namespace

TEST_CASE("a bump holds the weight of its synapse, however wide it is", "[dcls]") {
  for (const double sigma : {12.0, 3.0, 0.23})
    for (std::uint32_t k = 0; k < 100; ++k) {
      const double weight = number(k, 0, -2, 2);
      const auto kernel = kernel_of(weight, number(k, 1, -12, 12), sigma);
      REQUIRE(std::accumulate(kernel.begin(), kernel.end(), 0.0) == Approx(weight).margin(1e-5));
    }
  const auto narrow = kernel_of(1, -5, 0.23);  // 5 steps after the middle
  REQUIRE(narrow[17] >= 0.75);
  REQUIRE(narrow[17] == Approx(0.79).margin(0.01));
  REQUIRE(narrow[16] <= 0.11);
  REQUIRE(narrow[18] == Approx(narrow[16]));
}

TEST_CASE("gradients by weights and positions agree with differences", "[dcls][gradient]") {
  const double sigma = GENERATE(12.0, 3.0, 0.5);
  const KernelShape shape{1, 3, 9, 2};
  constexpr std::size_t steps = 40;
  KernelBuilder<double> builder(shape);
  std::vector<double> weights, positions, wanted((steps + shape.length - 1) * shape.targets);
  for (std::uint32_t s = 0; s < shape.synapses(); ++s) {
    weights.push_back(number(1, 0, -1, 1, s));
    positions.push_back(number(1, 1, -3, 3, s));
  }
  for (std::uint32_t k = 0; k < wanted.size(); ++k) wanted[k] = number(1, 2, -1, 1, k);
  SpikeColumns<double> spikes;
  for (std::uint32_t t = 0; t < steps; t += 3) spikes.add(t, 1 + t % 2);
  spikes.end_source();
  const auto errors = [&] {
    std::vector<double> kernel(shape.row()), drive(wanted.size(), 0.0);
    builder.bumps(weights, positions, sigma, kernel);
    add_drive<double>(spikes, 0, kernel, shape.targets, drive);
    for (std::size_t k = 0; k < drive.size(); ++k) drive[k] -= wanted[k];
    return drive;
  };
  const auto loss = [&] {
    double sum = 0;
    for (const double error : errors()) sum += 0.5 * error * error;
    return sum;
  };
  std::vector<double> by_kernel(shape.row(), 0.0), by_weights(weights.size()), by_positions(weights.size());
  add_kernel_gradient<double>(spikes, 0, errors(), shape.targets, by_kernel);
  builder.bump_gradient(weights, positions, sigma, by_kernel, by_weights, by_positions);
  const auto difference = [&](double& value) {
    constexpr double h = 1e-5;
    const double here = value;
    value = here + h;
    const double above = loss();
    value = here - h;
    const double below = loss();
    value = here;
    return (above - below) / (2 * h);
  };
  for (std::size_t s = 0; s < weights.size(); ++s) {
    REQUIRE(by_weights[s] == Approx(difference(weights[s])).epsilon(1e-6));
    REQUIRE(by_positions[s] == Approx(difference(positions[s])).epsilon(1e-6));
  }
}

TEST_CASE("a position counts from the middle of the kernel towards no delay", "[dcls]") {
  const KernelShape shape{1, 1, 25, 1};
  REQUIRE(rounded_delay(shape, 12) == 0);
  REQUIRE(rounded_delay(shape, -12) == 24);
  REQUIRE(rounded_delay(shape, 0) == 12);
  REQUIRE(rounded_delay(shape, -4.6) == 17);
  REQUIRE(rounded_delay(shape, 99) == 0);
  KernelBuilder<double> builder(shape);
  for (int tap = 0; tap < 25; ++tap) {  // counted from the oldest end
    std::vector<double> kernel(25), drive(30 + 24, 0.0);
    builder.single_taps(std::vector{0.5}, std::vector{tap - 12.0}, kernel);
    SpikeColumns<double> spike;
    spike.add(7, 1);
    spike.end_source();
    add_drive<double>(spike, 0, kernel, 1, drive);
    for (std::size_t t = 0; t < drive.size(); ++t)
      REQUIRE(drive[t] == (t == 7 + 24 - static_cast<std::size_t>(tap) ? 0.5 : 0.0));
  }
}

TEST_CASE("the gradient of single taps is that of their weights", "[dcls][gradient]") {
  const KernelShape shape{1, 2, 5, 2};
  KernelBuilder<double> builder(shape);
  const std::vector<double> positions = {2, -2, 0.4, 1.2}, by_kernel = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  std::vector<double> by_weights(4);
  builder.single_tap_gradient(positions, by_kernel, by_weights);
  REQUIRE(by_weights == std::vector<double>{1, 10, 5, 4});  // delays 0, 4, 2, 1
}

TEST_CASE("a planted delay is found by annealing, and not from afar without it", "[dcls][slow]") {
  int found = 0, far = 0, found_from_afar = 0;
  for (std::uint32_t seed = 1; seed <= 100; ++seed) {
    double start = 0;
    found += std::abs(learned_delay(seed, true, start) - 17) < 0.5 ? 1 : 0;
  }
  for (std::uint32_t seed = 1; seed <= 40; ++seed) {
    double start = 0;
    const bool hit = std::abs(learned_delay(seed, false, start) - 17) < 0.5;
    if (std::abs(start - 17) <= 4) continue;
    ++far;
    found_from_afar += hit ? 1 : 0;
  }
  INFO(found << " of 100 annealed; " << found_from_afar << " of " << far << " from afar without");
  CHECK(found >= 80);  // 16 of 20
  CHECK(far >= 15);
  CHECK(10 * found_from_afar <= far);
}
