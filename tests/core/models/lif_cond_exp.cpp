/// lif_cond_exp against closed-form solutions, its order of convergence, and conductances beyond reason.
#include <catch2/catch.hpp>

#include "tests/core/models/neurons.hpp"

using namespace spikeloom;
using namespace spikeloom::testing;

TEST_CASE("lif_cond_exp charges exponentially under a constant current", "[core][models][lif_cond_exp]") {
  Neurons neuron({.model = "lif_cond_exp", .params = {{"g_l", {10}}, {"c_m", {200}}, {"i_e", {100}}}});
  for (int k = 1; k <= 1000; ++k) {
    neuron.step();
    REQUIRE(neuron("v_m") == Approx(-60 - 10 * std::exp(-0.1 * k / 20)).margin(1e-10));
  }
}

TEST_CASE("lif_cond_exp relaxes to the weighted mean of its reversal potentials", "[core][models][lif_cond_exp]") {
  const double g_ex = 2, g_in = 7;  // nS, held by a time constant of 1e15 ms
  Neurons neuron({.model = "lif_cond_exp",
                  .params = {{"g_l", {10}}, {"c_m", {200}}, {"tau_syn_ex", {1e15}}, {"tau_syn_in", {1e15}}},
                  .initial = {{"v_m", {-90}}, {"g_ex", {g_ex}}, {"g_in", {g_in}}}});
  const double total = 10 + g_ex + g_in, inf = (10 * -70 + g_ex * 0 + g_in * -85) / total;
  for (int k = 1; k <= 500; ++k) {
    neuron.step();
    REQUIRE(neuron("v_m") == Approx(inf + (-90 - inf) * std::exp(-0.1 * k * total / 200)).margin(1e-9));
  }
}

TEST_CASE("lif_cond_exp adds arrivals to conductances that decay exactly", "[core][models][lif_cond_exp]") {
  Neurons neuron({.model = "lif_cond_exp"});
  neuron.arrive(0, 3);
  neuron.arrive(1, 5);
  neuron.step();
  REQUIRE(neuron("g_ex") == 3);
  REQUIRE(neuron("g_in") == 5);
  REQUIRE(neuron("v_m") == Approx(-70).margin(1e-12));
  neuron.run(2.1);
  REQUIRE(neuron("g_ex") == Approx(3 * std::exp(-2 / 0.2)).epsilon(1e-12));
  REQUIRE(neuron("g_in") == Approx(5 * std::exp(-2 / 2.0)).epsilon(1e-12));
}

TEST_CASE("lif_cond_exp converges with order 4", "[core][models][lif_cond_exp]") {
  const auto v_at_end = [](double dt) {
    Neurons neuron({.model = "lif_cond_exp",
                    .params = {{"g_l", {20}}, {"c_m", {100}}, {"v_th", {0}}, {"tau_syn_ex", {3}}, {"tau_syn_in", {7}}},
                    .initial = {{"g_ex", {60}}, {"g_in", {40}}},
                    .dt = dt});
    neuron.run(6.4);
    return neuron("v_m");
  };
  const double exact = v_at_end(0.00625);
  REQUIRE(measured_order([&](double dt) { return std::abs(v_at_end(dt) - exact); }, 0.8) == Approx(4).margin(0.25));
  REQUIRE(v_at_end(0.1) == Approx(exact).margin(1e-5));
}

TEST_CASE("lif_cond_exp never overshoots its reversal potentials, whatever the conductance",
          "[core][models][lif_cond_exp]") {
  const auto precision = GENERATE(Precision::single, Precision::double_);
  const float weight = GENERATE(1e3f, 1e6f, 1e9f, 1e30f);
  Neurons neuron({.model = "lif_cond_exp", .precision = precision});
  for (int k = 0; k < 2000; ++k) {
    neuron.arrive(1, weight);
    if (k >= 1000) neuron.arrive(0, weight * 0.01f);
    neuron.step();
    REQUIRE(neuron.is_finite());
    REQUIRE(neuron("v_m") > -85.01);
    REQUIRE(neuron("v_m") < 0.01);
  }
}

TEST_CASE("lif_cond_exp fires at the analytic time and is refractory", "[core][models][lif_cond_exp]") {
  Neurons neuron(
      {.model = "lif_cond_exp", .params = {{"g_l", {10}}, {"c_m", {200}}, {"i_e", {300}}, {"v_reset", {-70}}}});
  const double rise = -20 * std::log1p(-15 / 30.0);
  REQUIRE(neuron.steps_to_spike() == std::ceil(rise / 0.1));
  REQUIRE(neuron.steps_to_spike() == std::ceil(rise / 0.1) + 20);
}
