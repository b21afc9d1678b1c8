/// lif_homeostatic: without eta it is lif_psc_exp; with it, it finds its rate whatever drives it.
#include <catch2/catch.hpp>

#include "core/random.hpp"
#include "tests/core/models/neurons.hpp"

using namespace spikeloom;
using namespace spikeloom::testing;

TEST_CASE("without eta a homeostatic neuron is lif_psc_exp", "[core][models][lif_homeostatic]") {
  Neurons plain({.model = "lif_psc_exp", .params = {{"tau_syn_in", {5}}}, .dt = 0.1});
  Neurons homeostatic({.model = "lif_homeostatic", .params = {{"tau_syn_in", {5}}, {"eta", {0}}}, .dt = 0.1});
  std::size_t spikes = 0;
  for (std::uint64_t t = 0; t < 20000; ++t) {
    for (auto* neuron : {&plain, &homeostatic}) {
      if (uniform(draw(1, Purpose::task, 0, t)[0]) < 0.1) neuron->arrive(0, 300);
      if (uniform(draw(1, Purpose::task, 1, t)[0]) < 0.02) neuron->arrive(1, -200);
    }
    spikes += plain.step().size();
    homeostatic.step();
    REQUIRE(homeostatic("v_m") == plain("v_m"));
  }
  REQUIRE(spikes > 20);
}

TEST_CASE("a homeostatic neuron fires at its rate, strongly or weakly driven", "[core][models][lif_homeostatic]") {
  const auto rate_late = [](double current, double eta) {
    Neurons neuron({.model = "lif_homeostatic",
                    .params = {{"i_e", {current}}, {"rate", {10}}, {"eta", {eta}}, {"theta_min", {-14}}},
                    .dt = 0.1});
    const auto times = neuron.spike_times(30000);
    return static_cast<double>(std::count_if(times.begin(), times.end(), [](double t) { return t > 20000; })) / 10;
  };
  for (const double current : {300.0, 450.0, 900.0}) {
    REQUIRE(rate_late(current, 0.1) == Approx(10).margin(0.2));
    REQUIRE(std::abs(rate_late(current, 0) - 10) > 5);  // ablation
  }
}

TEST_CASE("the threshold of a homeostatic neuron stays within its bounds", "[core][models][lif_homeostatic]") {
  Neurons silent(
      {.model = "lif_homeostatic", .params = {{"rate", {50}}, {"eta", {1}}, {"theta_min", {-4}}}, .dt = 0.1});
  silent.run(1000);
  REQUIRE(silent("theta") == -4);
  Neurons driven(
      {.model = "lif_homeostatic", .params = {{"i_e", {5000}}, {"eta", {1}}, {"theta_max", {6}}}, .dt = 0.1});
  driven.run(1000);
  REQUIRE(driven("theta") == Approx(6).margin(0.1));
}
