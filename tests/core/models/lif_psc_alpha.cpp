/// lif_psc_alpha against its closed-form solution.
#include <catch2/catch.hpp>

#include "tests/core/models/neurons.hpp"

using namespace spikeloom;
using namespace spikeloom::testing;

TEST_CASE("lif_psc_alpha's current is an alpha function with the weight as peak", "[core][models][lif_psc_alpha]") {
  Neurons neuron({.model = "lif_psc_alpha", .params = {{"tau_syn_ex", {1.5}}, {"tau_syn_in", {3}}}});
  neuron.arrive(0, 80);
  neuron.arrive(1, -30);
  neuron.step();
  for (int k = 1; k <= 300; ++k) {
    neuron.step();
    const double t = 0.1 * k;
    REQUIRE(neuron("i_syn_ex") == Approx(80 * t / 1.5 * std::exp(1 - t / 1.5)).margin(1e-10));
    REQUIRE(neuron("i_syn_in") == Approx(-30 * t / 3 * std::exp(1 - t / 3)).margin(1e-10));
    if (k == 15) REQUIRE(neuron("i_syn_ex") == Approx(80).epsilon(1e-13));
  }
}

TEST_CASE("lif_psc_alpha answers an arrival with the textbook synaptic potential", "[core][models][lif_psc_alpha]") {
  const double tau_syn = GENERATE(0.3, 2.0, 9.99, 10.0, 10.001, 30.0);
  const double other = GENERATE(4.0, 0.0);
  Neurons neuron({.model = "lif_psc_alpha",
                  .params = {{"tau_syn_ex", {tau_syn}}, {"tau_syn_in", {other == 0 ? tau_syn : other}}}});
  REQUIRE(neuron.slice().row_count() == (other == 0 ? 1 : 2));
  neuron.arrive(0, 100);
  neuron.step();
  REQUIRE(neuron("v_m") == -70);
  const long double rate = 1.0L / tau_syn - 1.0L / 10;
  for (int k = 1; k <= 400; ++k) {
    neuron.step();
    const long double t = 0.1L * k, x = rate * t;
    // the integral of s exp(-rate s) from 0 to t; as a series where the closed form cancels
    const long double ramp =
        std::abs(x) < 0.05L
            ? t * t * (0.5L - x / 3 + x * x / 8 - x * x * x / 30 + x * x * x * x / 144 - x * x * x * x * x / 840)
            : (1 - (1 + x) * std::exp(-x)) / (rate * rate);
    const auto expected = -70 + 100 * std::exp(1.0L) / tau_syn / 250 * std::exp(-t / 10) * ramp;
    REQUIRE(neuron("v_m") == Approx(static_cast<double>(expected)).margin(1e-10));
  }
}

TEST_CASE("lif_psc_alpha is refractory and follows the analytic f-I curve", "[core][models][lif_psc_alpha]") {
  const double current = GENERATE(380.0, 500.0, 5000.0);
  Neurons neuron({.model = "lif_psc_alpha", .params = {{"i_e", {current}}}});
  const double rise = -10 * std::log1p(-15 / (current * 10 / 250));
  REQUIRE(neuron.steps_to_spike() == std::ceil(rise / 0.1));
  REQUIRE(neuron.steps_to_spike() == std::ceil(rise / 0.1) + 20);
}
