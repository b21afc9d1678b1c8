/// lif_psc_exp against its closed-form solution.
#include <catch2/catch.hpp>

#include "tests/core/models/neurons.hpp"

using namespace spikeloom;
using namespace spikeloom::testing;

namespace {
double decay(double t, double tau) { return std::exp(-t / tau); }
}  // namespace

TEST_CASE("lif_psc_exp charges exponentially under a constant current", "[core][models][lif_psc_exp]") {
  const bool as_parameter = GENERATE(true, false);
  Neurons neuron({.model = "lif_psc_exp", .params = {{"i_e", {as_parameter ? 250.0 : 0.0}}}});
  if (!as_parameter) neuron.drive([](double) { return 250.0; });
  for (int k = 1; k <= 500; ++k) {
    neuron.step();
    REQUIRE(neuron("v_m") == Approx(-70 + 10 * (1 - decay(0.1 * k, 10))).margin(1e-10));
  }
}

TEST_CASE("lif_psc_exp answers an arrival with the textbook synaptic potential", "[core][models][lif_psc_exp]") {
  const double tau_syn = GENERATE(0.5, 2.0, 9.999999, 10.0, 25.0);
  const int receptor = GENERATE(0, 1);
  const float weight = receptor == 0 ? 100.0f : -100.0f;
  const double other = GENERATE(3.0, 0.0);  // another time constant, or the same one: folded
  const double tau_ex = receptor == 0 || other == 0 ? tau_syn : other;
  const double tau_in = receptor == 1 || other == 0 ? tau_syn : other;
  Neurons neuron({.model = "lif_psc_exp", .params = {{"tau_syn_ex", {tau_ex}}, {"tau_syn_in", {tau_in}}}});
  neuron.arrive(receptor, weight);
  neuron.step();
  REQUIRE(neuron("v_m") == -70);  // the current starts at the end of the step
  for (int k = 1; k <= 400; ++k) {
    neuron.step();
    const double t = 0.1 * k, rate = 1 / tau_syn - 1 / 10.0;
    const double mean = rate == 0 ? t : -std::expm1(-rate * t) / rate;
    REQUIRE(neuron("v_m") == Approx(-70 + weight / 250.0 * decay(t, 10) * mean).margin(1e-10));
  }
}

TEST_CASE("lif_psc_exp spikes at the first grid point after the analytic time", "[core][models][lif_psc_exp]") {
  const double current = GENERATE(376.0, 450.0, 1000.0, 20000.0);  // pA; rheobase is 375 pA
  Neurons neuron({.model = "lif_psc_exp", .params = {{"i_e", {current}}}});
  const double drop = current * 10 / 250, rise = -10 * std::log1p(-15 / drop);
  const auto first = neuron.steps_to_spike(), interval = neuron.steps_to_spike();
  REQUIRE(first == std::ceil(rise / 0.1));
  REQUIRE(interval == *first + 20);  // f-I curve: 1 / (t_ref + rise)
  REQUIRE_FALSE(Neurons({.model = "lif_psc_exp", .params = {{"i_e", {374.9}}}}).steps_to_spike(20000));
}

TEST_CASE("lif_psc_exp stays at v_reset while refractory, and its currents decay", "[core][models][lif_psc_exp]") {
  Neurons neuron({.model = "lif_psc_exp",
                  .params = {{"v_reset", {-75}}, {"t_ref", {1.5}}, {"tau_syn_in", {5}}},
                  .initial = {{"v_m", {-50}}, {"i_syn_ex", {80}}}});
  REQUIRE(neuron.step().size() == 1);
  for (int k = 0; k < 15; ++k) {
    REQUIRE(neuron("v_m") == -75);
    neuron.step();
  }
  REQUIRE(neuron("v_m") == -75);
  REQUIRE(neuron("i_syn_ex") == Approx(80 * decay(1.6, 2)).epsilon(1e-13));
  neuron.step();
  REQUIRE(neuron("v_m") > -75);
}

TEST_CASE("lif_psc_exp folds equal time constants into one current, unless one of the two is set",
          "[core][models][lif_psc_exp]") {
  Neurons folded({.model = "lif_psc_exp"});
  Neurons apart({.model = "lif_psc_exp", .initial = {{"i_syn_ex", {0}}}});
  REQUIRE(folded.slice().row_count() == 1);
  REQUIRE(apart.slice().row_count() == 2);
  for (int k = 0; k < 300; ++k) {
    for (auto* neuron : {&folded, &apart}) {
      neuron->arrive(0, 20.0f + static_cast<float>(k % 7));
      neuron->arrive(1, -10.0f - static_cast<float>(k % 3));
    }
    REQUIRE(folded.step() == apart.step());
    REQUIRE(folded("v_m") == Approx(apart("v_m")).margin(1e-10));
    REQUIRE(folded("i_syn") == Approx(apart("i_syn_ex") + apart("i_syn_in")).margin(1e-10));
  }
}
