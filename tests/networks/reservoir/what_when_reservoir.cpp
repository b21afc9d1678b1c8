/// The reservoir: rate, Dale's law at work, what is drawn from what; a trial of the module.
#include "networks/reservoir/what_when_reservoir.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>

using namespace spikeloom;

namespace {

std::shared_ptr<const ReservoirNetwork> network_of(const ReservoirParams& params, std::uint64_t seed = 1) {
  return std::make_shared<const ReservoirNetwork>(params, 2, seed);
}

std::size_t spikes_in(const ReservoirParams& params, int steps, std::uint32_t trial = 0) {
  IzhikevichReservoir reservoir(network_of(params), 1, 0);
  reservoir.begin(trial);
  std::size_t spikes = 0;
  const std::vector<float> silent(2, 0.0f);
  for (int k = 0; k < steps; ++k) {
    reservoir.step(k >= 200 && k < 250, silent);
    spikes += reservoir.spiked().size();
    for (const auto neuron : reservoir.spiked()) REQUIRE(neuron < static_cast<std::uint32_t>(params.neurons));
  }
  return spikes;
}

}  // namespace

TEST_CASE("the reservoir fires at about 19 Hz, and not at all without input", "[networks][reservoir]") {
  ReservoirParams params;
  const double rate = static_cast<double>(spikes_in(params, 1200)) / 1.2 / params.neurons;
  CHECK(rate > 14);
  CHECK(rate < 24);
  params.bias_mean = 0, params.bias_sd = 0, params.cue_amplitude = 0, params.noise = 0.1;
  CHECK(spikes_in(params, 600) < 1100);  // at most the spikes of the initial state
}

TEST_CASE("excitation raises the rate of the reservoir and inhibition lowers it", "[networks][reservoir]") {
  ReservoirParams params;
  params.neurons = 400;
  const auto intact = spikes_in(params, 1000);
  auto changed = params;
  changed.w_exc = 0;
  CHECK(spikes_in(changed, 1000) < intact);
  changed = params;
  changed.w_inh = 0;
  CHECK(spikes_in(changed, 1000) > intact);
}

TEST_CASE("the readout state is the spike train filtered with tau_r", "[networks][reservoir]") {
  ReservoirParams params;
  params.neurons = 100;
  IzhikevichReservoir reservoir(network_of(params), 1, 0);
  reservoir.begin(0);
  std::vector<double> expected(100, 0.0);
  const std::vector<float> silent(2, 0.0f);
  for (int k = 0; k < 500; ++k) {
    reservoir.step(true, silent);
    for (auto& r : expected) r *= std::exp(-1 / params.tau_r);
    for (const auto neuron : reservoir.spiked()) expected[neuron] += params.kappa;
  }
  for (std::size_t i = 0; i < expected.size(); ++i)
    REQUIRE(static_cast<double>(reservoir.rates()[i]) == Approx(expected[i]).margin(1e-5));
}

TEST_CASE("trials of one number are the same, other numbers have other noise", "[networks][reservoir][slow]") {
  const ReservoirParams params;
  CHECK(spikes_in(params, 400, 3) == spikes_in(params, 400, 3));
  IzhikevichReservoir a(network_of(params), 1, 0), b(network_of(params), 1, 0);
  a.begin(3), b.begin(4);
  const std::vector<float> silent(2, 0.0f);
  for (int k = 0; k < 400; ++k) a.step(false, silent), b.step(false, silent);
  CHECK_FALSE(std::equal(a.rates().begin(), a.rates().end(), b.rates().begin()));
}

TEST_CASE("a trial whose gate stays shut teaches what, not when", "[networks][reservoir]") {
  WhatWhenReservoir::Params params;
  params.neurons = 200, params.settling = 50, params.trial = 400;
  const auto network = std::make_shared<const ReservoirNetwork>(params, 2, 1);
  WhatWhenReservoir model(params, network, WhatWhenReservoir::calibrate(params, network, 1), 1, 0);
  const std::vector<double> due{150, 300};
  const auto is_zero = [](std::span<const float> weights) {
    return std::all_of(weights.begin(), weights.end(), [](float w) { return w == 0; });
  };
  const auto before = model.test(0);
  CHECK(before.what == std::vector<double>{0.5, 0.5});
  model.train({0, 0, due, false});
  CHECK(is_zero(model.when_weights(0)));
  CHECK_FALSE(is_zero(model.what_weights(0)));
  model.train({1, 0, due, true});
  CHECK_FALSE(is_zero(model.when_weights(0)));
  CHECK(is_zero(model.when_weights(1)));  // B did not come
  const auto after = model.test(1);
  CHECK(after.unclipped[0] + after.unclipped[1] == Approx(1).margin(1e-5));
  CHECK(after.what[0] > 0.5);
}
