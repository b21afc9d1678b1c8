/// The readout rules against their closed forms.
#include <catch2/catch.hpp>

#include <cmath>
#include <numeric>
#include <vector>

#include "core/random.hpp"
#include "plasticity/readout/exploration.hpp"
#include "plasticity/readout/gated_delta.hpp"
#include "plasticity/readout/identity.hpp"
#include "plasticity/readout/recursive_least_squares.hpp"

using namespace spikeloom;
using namespace spikeloom::readout;

namespace {

std::vector<float> random_column(std::size_t size, std::uint64_t id) {
  std::vector<float> column(size);
  for (std::size_t i = 0; i < size; ++i)
    column[i] =
        static_cast<float>(normal_quantile(uniform(draw(1, Purpose::task, 0, id, static_cast<std::uint32_t>(i))[0])));
  return column;
}

}  // namespace

TEST_CASE("products of columns are sums of products, whatever the length", "[plasticity][readout]") {
  for (const std::size_t size : {0u, 1u, 63u, 64u, 65u, 1000u}) {
    const auto a = random_column(size, 1), b = random_column(size, 2);
    double sum = 0;
    for (std::size_t i = 0; i < size; ++i) sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
    CHECK(static_cast<double>(dot<float>(a, b)) == Approx(sum).margin(1e-4));
  }
}

TEST_CASE("the gated rule takes its share of the error away, within the window", "[plasticity][readout]") {
  const GatedDelta rule{.eta = 0.2, .eps = 1, .window = 100, .outside = 0.3};
  CHECK(rule.gate(399, 300) == 1);
  CHECK(rule.gate(400, 300) == 0.3);
  const auto x = random_column(200, 3);
  std::vector<float> weights(200, 0.0f);
  const float norm = dot<float>(x, x);
  rule.update(weights, x, norm, 1.0);
  const double expected = 0.2 * static_cast<double>(norm) / (static_cast<double>(norm) + 1);
  CHECK(static_cast<double>(dot<float>(weights, x)) == Approx(expected).epsilon(1e-5));
  const auto before = weights;
  rule.update(weights, x, norm, 0.0);
  CHECK(weights == before);
}

TEST_CASE("the identity readout tracks a frequency with memory 1 / eta", "[plasticity][readout]") {
  const Identity rule{.eta = 0.05};
  const auto x = random_column(100, 4);
  std::vector<float> weights(100, 0.0f);
  double expected = 0;
  for (int trial = 0; trial < 100; ++trial) {
    const double occurred = trial % 4 == 0 ? 0 : 1;
    rule.update(weights, x, occurred, static_cast<double>(dot<float>(weights, x)));
    expected += 0.05 * (occurred - expected);
  }
  CHECK(static_cast<double>(dot<float>(weights, x)) == Approx(expected).epsilon(1e-4));
}

TEST_CASE("recursive least squares is ridge regression", "[plasticity][readout]") {
  constexpr std::size_t size = 12, samples = 40;
  const double alpha = 0.5;
  RecursiveLeastSquares rls(size, alpha);
  std::vector<double> weights(size, 0.0);
  std::vector<std::vector<float>> inputs;
  std::vector<double> targets;
  for (std::size_t n = 0; n < samples; ++n) {
    inputs.push_back(random_column(size, 10 + n));
    targets.push_back(std::sin(static_cast<double>(n)));
    double output = 0;
    for (std::size_t i = 0; i < size; ++i) output += weights[i] * static_cast<double>(inputs[n][i]);
    const auto gain = rls.gain(inputs[n]);
    for (std::size_t i = 0; i < size; ++i) weights[i] += (targets[n] - output) * gain[i];
  }
  // The gradient of sum (target - w x)^2 + alpha |w|^2 vanishes.
  for (std::size_t i = 0; i < size; ++i) {
    double gradient = alpha * weights[i];
    for (std::size_t n = 0; n < samples; ++n) {
      double error = -targets[n];
      for (std::size_t j = 0; j < size; ++j) error += weights[j] * static_cast<double>(inputs[n][j]);
      gradient += error * static_cast<double>(inputs[n][i]);
    }
    CHECK(gradient == Approx(0).margin(1e-9));
  }
  const auto matrix = rls.matrix();  // its diagonal is positive and has shrunk
  for (std::size_t i = 0, at = 0; i < size; at += size - i, ++i) {
    CHECK(matrix[at] > 0);
    CHECK(matrix[at] < 1 / alpha);
  }
}

TEST_CASE("exploration finds a target by reward alone", "[plasticity][readout]") {
  const auto distance_after = [](double noise) {
    Exploration rule(0.2, 5);
    const auto x = random_column(50, 5);
    std::vector<float> weights(50, 0.0f);
    for (std::uint32_t step = 0; step < 4000; ++step) {
      const double xi = noise * normal_quantile(uniform(draw(7, Purpose::task, 1, step)[0]));
      const double output = static_cast<double>(dot<float>(weights, x)) + xi;
      rule.update(weights, x, dot<float>(x, x), output, -(1 - output) * (1 - output));
    }
    return std::abs(1 - static_cast<double>(dot<float>(weights, x)));
  };
  CHECK(distance_after(0.1) < 0.2);
  CHECK(distance_after(0) > 0.9);  // nothing tried, nothing learned
}
