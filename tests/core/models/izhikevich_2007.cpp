/// The neuron of 2007: its rheobase, its currents, and its order across spikes.
#include <catch2/catch.hpp>

#include "tests/core/models/neurons.hpp"

using namespace spikeloom;
using namespace spikeloom::testing;

TEST_CASE("izhikevich_2007 fires above the rheobase of its saddle-node only", "[core][models][izhikevich_2007]") {
  // k x^2 - (k (v_t - v_r) + b) x + i = 0 with x = v_m - v_r has no solution above this current
  const double rheobase = (0.7 * 20 - 2) * (0.7 * 20 - 2) / (4 * 0.7);
  Neurons below({.model = "izhikevich_2007", .params = {{"i_e", {rheobase - 0.05}}}});
  Neurons above({.model = "izhikevich_2007", .params = {{"i_e", {rheobase + 0.05}}}});
  REQUIRE_FALSE(below.steps_to_spike(50000));
  REQUIRE(above.steps_to_spike(50000));
  const double x = (0.7 * 20 - 2) / (2 * 0.7) - std::sqrt(0.05 / 0.7);  // the stable node it rests at instead
  REQUIRE(below("v_m") == Approx(-60 + x).margin(1e-6));
  REQUIRE(below("u") == Approx(-2 * x).margin(1e-6));
}

TEST_CASE("izhikevich_2007 resets v_m to c and adds d to u", "[core][models][izhikevich_2007]") {
  Neurons neuron({.model = "izhikevich_2007", .params = {{"i_e", {100}}}, .dt = 0.001});
  REQUIRE(neuron.steps_to_spike());
  REQUIRE(neuron("v_m") == Approx(-50).margin(0.02));
  REQUIRE(neuron("u") > 60);  // about -40 pA before
}

TEST_CASE("izhikevich_2007 has exponential currents, one where the time constants are equal",
          "[core][models][izhikevich_2007]") {
  Neurons two({.model = "izhikevich_2007"}), one({.model = "izhikevich_2007", .params = {{"tau_syn_in", {5}}}});
  REQUIRE(two.slice().row_count() == 2);
  REQUIRE(one.slice().row_count() == 1);
  for (auto* neuron : {&two, &one}) {
    neuron->arrive(0, 20);
    neuron->arrive(1, -30);
    neuron->run(3.1);
  }
  REQUIRE(two("i_syn_ex") == Approx(20 * std::exp(-3 / 5.0)).epsilon(1e-12));
  REQUIRE(two("i_syn_in") == Approx(-30 * std::exp(-3 / 10.0)).epsilon(1e-12));
  REQUIRE(one("i_syn") == Approx(-10 * std::exp(-3 / 5.0)).epsilon(1e-12));
}

TEST_CASE("izhikevich_2007 converges with order 4, spikes and currents included", "[core][models][izhikevich_2007]") {
  const auto at_end = [](double dt) {
    std::vector<double> values;
    Neurons neuron({.model = "izhikevich_2007",
                    .params = {{"i_e", {300}}},
                    .initial = {{"i_syn_ex", {500}}, {"i_syn_in", {-150}}},
                    .dt = dt});
    std::size_t spikes = 0;
    for (const double t : {5.0, 11.0, 20.0, 27.0, 36.0, 50.0, 71.0}) {
      spikes += neuron.spike_times(t).size();
      values.push_back(neuron("v_m"));
      values.push_back(neuron("u"));
    }
    REQUIRE(spikes > 2);
    return values;
  };
  const auto exact = at_end(1.0 / 512);
  const auto error = [&](double dt) {
    const auto values = at_end(dt);
    double sum = 0;
    for (std::size_t i = 0; i < values.size(); ++i) sum += std::abs(values[i] - exact[i]);
    return sum;
  };
  REQUIRE(measured_order(error, 0.125) == Approx(4).margin(0.4));
}

TEST_CASE("izhikevich_2007 refuses a reset above the peak", "[core][models][izhikevich_2007]") {
  ModelArguments arguments;
  arguments.numbers["c"] = {40};
  std::vector<Problem> problems;
  find_model("izhikevich_2007")->check(arguments, 0.1, problems);
  REQUIRE(problems.size() == 1);
  REQUIRE(problems.front().path == "c");
}
