/// lif_psc_delta against its closed-form solution.
#include <catch2/catch.hpp>

#include "tests/core/models/neurons.hpp"

using namespace spikeloom;
using namespace spikeloom::testing;

TEST_CASE("lif_psc_delta jumps by the weight and decays", "[core][models][lif_psc_delta]") {
  Neurons neuron({.model = "lif_psc_delta", .params = {{"tau_m", {20}}, {"i_e", {50}}}});
  neuron.run(3);
  neuron.arrive(0, 4.5f);
  neuron.arrive(1, -1.25f);
  neuron.step();
  const double inf = -70 + 50 * 20 / 250.0, at = inf + (-70 - inf) * std::exp(-3.1 / 20) + 3.25;
  REQUIRE(neuron("v_m") == Approx(at).margin(1e-10));
  for (int k = 1; k <= 300; ++k) {
    neuron.step();
    REQUIRE(neuron("v_m") == Approx(inf + (at - inf) * std::exp(-0.1 * k / 20)).margin(1e-10));
  }
}

TEST_CASE("lif_psc_delta spikes in the step of an arrival that lifts it over threshold",
          "[core][models][lif_psc_delta]") {
  Neurons neuron({.model = "lif_psc_delta"});
  neuron.arrive(0, 14.99f);
  REQUIRE(neuron.step().empty());
  neuron.arrive(0, 0.2f);
  REQUIRE(neuron.step() == std::vector<std::uint32_t>{0});
}

TEST_CASE("lif_psc_delta discards what arrives while refractory", "[core][models][lif_psc_delta]") {
  Neurons neuron({.model = "lif_psc_delta", .params = {{"t_ref", {0.5}}}});
  neuron.arrive(0, 20);
  REQUIRE(neuron.step().size() == 1);
  for (int k = 0; k < 5; ++k) {
    neuron.arrive(0, 100);
    REQUIRE(neuron.step().empty());
    REQUIRE(neuron("v_m") == -70);
  }
  neuron.arrive(0, 100);
  REQUIRE(neuron.step().size() == 1);
}

TEST_CASE("lif_psc_delta follows the analytic f-I curve", "[core][models][lif_psc_delta]") {
  const double current = GENERATE(380.0, 500.0, 5000.0);
  Neurons neuron({.model = "lif_psc_delta"});
  neuron.drive([=](double) { return current; });
  const double rise = -10 * std::log1p(-15 / (current * 10 / 250));
  REQUIRE(neuron.steps_to_spike() == std::ceil(rise / 0.1));
  REQUIRE(neuron.steps_to_spike() == std::ceil(rise / 0.1) + 20);
}
