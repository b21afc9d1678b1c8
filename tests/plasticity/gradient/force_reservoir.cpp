/// The FORCE reservoir against the equations of its neurons and synapses, step by step.
#include "plasticity/gradient/force_reservoir.hpp"

#include <catch2/catch.hpp>

#include <cmath>

using namespace spikeloom;

TEST_CASE("an uncoupled Izhikevich neuron of the reservoir follows the published Euler scheme", "[plasticity][force]") {
  ForceParams p;
  p.neurons = 3;
  p.g = 0;
  p.bias = 2000;
  ForceReservoir reservoir(ForceNeuron::izhikevich, p, 1, 0.04, 5);
  std::vector<double> v(reservoir.potentials().begin(), reservoir.potentials().end()), u(3, 0);
  const double z = 0;
  std::size_t spikes = 0;
  for (int step = 0; step < 20'000; ++step) {
    spikes += reservoir.advance({&z, 1}).size();
    for (std::size_t i = 0; i < 3; ++i) {
      const double old = v[i];
      v[i] += 0.04 / 250 * (2.5 * (old + 60) * (old + 19.2) - u[i] + 2000);
      u[i] += 0.04 * 0.01 * (-2 * (old + 60) - u[i]);
      if (v[i] >= 30) {
        v[i] = -65;
        u[i] += 200;
      }
      REQUIRE(reservoir.potentials()[i] == Approx(v[i]).epsilon(1e-9).margin(1e-9));
    }
  }
  REQUIRE(spikes > 10);
}

TEST_CASE("an uncoupled LIF neuron of the reservoir fires at its analytic rate", "[plasticity][force]") {
  auto p = ForceParams::lif();
  p.neurons = 2;
  p.g = 0;
  p.bias = -30;
  ForceReservoir reservoir(ForceNeuron::lif, p, 1, 0.01, 5);
  const double z = 0;
  std::size_t spikes = 0;
  for (int step = 0; step < 200'000; ++step) spikes += reservoir.advance({&z, 1}).size();
  const double period = 2 + 10 * std::log((-30.0 + 65) / (-30.0 + 40));  // ms
  REQUIRE(static_cast<double>(spikes) / 2 == Approx(2000 / period).epsilon(0.01));
}

TEST_CASE("filtered spikes of the reservoir integrate to one per spike", "[plasticity][force]") {
  ForceParams p;
  p.neurons = 50;
  ForceReservoir reservoir(ForceNeuron::izhikevich, p, 1, 0.04, 5);
  const double z = 0;
  double area = 0;
  std::size_t spikes = 0;
  for (int step = 0; step < 100'000; ++step) {
    spikes += reservoir.advance({&z, 1}).size();
    for (const double r : reservoir.rates()) area += 0.04 * r;
  }
  REQUIRE(spikes > 30);
  REQUIRE(area == Approx(static_cast<double>(spikes)).epsilon(0.05));
  REQUIRE(static_cast<double>(reservoir.synapses()) == Approx(250).margin(60));
}
