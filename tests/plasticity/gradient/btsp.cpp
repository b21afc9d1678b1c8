/// Behavioural time-scale plasticity against its equations at a fine step.
#include "plasticity/gradient/btsp.hpp"

#include <catch2/catch.hpp>

#include <cmath>

using namespace spikeloom;

namespace {

/// Explicit Euler at `dt` [ms] of the equations for one synapse: rate on for 300 ms, plateau on from 800 to 1100 ms.
double euler(double dt, double weight) {
  const auto sigmoid = [](double x, double a, double b) { return 1 / (1 + std::exp(-b * (x - a))); };
  const auto q = [&](double x, double a, double b) {
    return (sigmoid(x, a, b) - sigmoid(0, a, b)) / (sigmoid(1, a, b) - sigmoid(0, a, b));
  };
  double et = 0, is = 0;
  for (int k = 0; k * dt < 4000; ++k) {
    const double t = k * dt;
    const double x = std::min(1.0, et / 0.42) * std::min(1.0, is / 0.45);
    weight += dt * 1e-3 * ((1 - weight) * 1.1 * q(x, 0.2, 5) - weight * 0.4 * q(x, 0.05, 44));
    et += dt * ((t < 300 ? 1 : 0) - et) / 1500;
    is += dt * ((t >= 800 && t < 1100 ? 1 : 0) - is) / 500;
  }
  return weight;
}

double stepped(double dt, double weight) {
  Btsp btsp({}, 1, dt, weight);
  for (int k = 0; k * dt < 4000; ++k) {
    const double t = k * dt, rate = t < 300 ? 1 : 0;
    btsp.advance({&rate, 1}, t >= 800 && t < 1100 ? 1 : 0);
  }
  return btsp.weights()[0];
}

}  // namespace

TEST_CASE("BTSP follows its equations", "[plasticity][btsp]") {
  const double weight = GENERATE(0.0, 0.4, 1.0);
  REQUIRE(stepped(1, weight) == Approx(euler(0.01, weight)).epsilon(2e-3));
}

TEST_CASE("BTSP raises weak and lowers strong synapses far from the plateau, within bounds at any step",
          "[plasticity][btsp]") {
  REQUIRE(stepped(1, 0.02) > 0.02);
  REQUIRE(stepped(1, 0.98) < 0.98);
  for (const double dt : {1.0, 50.0, 100.0}) {
    REQUIRE(stepped(dt, 0) >= 0);
    REQUIRE(stepped(dt, 1) <= 1);
  }
}

TEST_CASE("without a plateau BTSP changes nothing", "[plasticity][btsp]") {
  Btsp btsp({}, 3, 1, 0.3);
  const std::vector<double> rates = {1, 0.5, 0};
  for (int k = 0; k < 1000; ++k) btsp.advance(rates, 0);
  for (const double weight : btsp.weights()) REQUIRE(weight == 0.3);
}
