/// alif and leaky_readout against the network that e-prop trains: the same spikes and the same outputs.
#include <catch2/catch.hpp>

#include "core/random.hpp"
#include "plasticity/gradient/eprop.hpp"
#include "tests/core/models/neurons.hpp"

using namespace spikeloom;
using namespace spikeloom::testing;

TEST_CASE("alif neurons and a leaky readout do what the trained network did", "[core][models][alif]") {
  constexpr std::uint32_t inputs = 30, neurons = 20;
  EpropParams params;
  params.tau_a = 150;
  params.beta = 0.2;
  params.t_ref = 3;
  EpropNetwork<double> net({inputs, neurons, 1, neurons}, params, Surrogate::piecewise_linear, 1.0);
  net.randomise(4);
  for (auto& weight : net.weights) weight = static_cast<float>(weight);  // synapses of the engine are float
  net.bias()[0] = 0.03;
  SpikeRaster input;
  for (std::size_t t = 0; t < 400; ++t) {
    for (std::uint32_t i = 0; i < inputs; ++i)
      if (uniform(draw(1, Purpose::task, 3, t * inputs + i)[0]) < 0.05) input.add(i);
    input.end_step();
  }
  EpropHistory<double> history;
  run_forward(net, input, history);
  REQUIRE(history.spikes.spikes() > 100);

  Neurons alif(
      {.model = "alif", .params = {{"tau_a", {150}}, {"beta", {0.2}}, {"t_ref", {3}}}, .dt = 1, .size = neurons});
  Neurons readout({.model = "leaky_readout", .params = {{"bias", {0.03}}}, .dt = 1});
  std::vector<std::uint32_t> spiked;
  for (std::size_t t = 0; t < 400; ++t) {
    const auto arrive = [&](std::size_t row) {
      for (std::uint32_t j = 0; j < neurons; ++j)
        alif.arrive(0, static_cast<float>(net.synapses()[row * neurons + j]), j);
    };
    for (const auto i : spiked) arrive(inputs + i);
    for (const auto i : input.at(static_cast<std::ptrdiff_t>(t))) arrive(i);
    spiked = alif.step();
    const auto expected = history.spikes.at(static_cast<std::ptrdiff_t>(t));
    REQUIRE(spiked == std::vector<std::uint32_t>(expected.begin(), expected.end()));
    for (const auto j : spiked) readout.arrive(0, static_cast<float>(net.out()[j]));
    REQUIRE(readout.step().empty());
    REQUIRE(readout("v_m") == Approx(history.output[t]).epsilon(1e-5).margin(1e-5));
  }
}

TEST_CASE("alif's interspike intervals grow towards the adapted one", "[core][models][alif]") {
  Neurons neuron({.model = "alif", .params = {{"i_e", {1.5}}, {"tau_a", {300}}, {"beta", {0.1}}}, .dt = 0.1});
  const auto times = neuron.spike_times(1500);
  REQUIRE(times.size() > 10);
  REQUIRE(times[1] - times[0] < 0.8 * (times[6] - times[5]));
  const std::size_t n = times.size();
  REQUIRE(times[n - 1] - times[n - 2] == Approx(times[n - 2] - times[n - 3]).epsilon(0.02));
}

TEST_CASE("a leaky readout tends to bias / (1 - kappa) plus its drive", "[core][models][leaky_readout]") {
  Neurons neuron({.model = "leaky_readout", .params = {{"bias", {0.5}}, {"tau_m", {10}}}, .dt = 1});
  neuron.drive([](double) { return 2.0; });
  neuron.run(500);
  REQUIRE(neuron("v_m") == Approx(2 + 0.5 / (1 - std::exp(-0.1))));
}
