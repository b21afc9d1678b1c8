/// adex: its linear part, its rheobase, its upstroke by quadrature, its order, and conductances beyond reason.
#include <catch2/catch.hpp>

#include <complex>

#include "tests/core/models/neurons.hpp"

using namespace spikeloom;
using namespace spikeloom::testing;

TEST_CASE("adex without upstroke is the linear system of membrane and adaptation", "[core][models][adex]") {
  // c_m v' = -g_l v - w + i, tau_w w' = a v - w around rest, by its two eigenvalues (complex: it oscillates)
  const double a = GENERATE(4.0, 60.0);
  Neurons neuron(
      {.model = "adex", .params = {{"delta_t", {0}}, {"a", {a}}, {"tau_w", {30}}, {"i_e", {200}}}, .dt = 0.02});
  using Complex = std::complex<double>;
  const double m11 = -30.0 / 281, m12 = -1.0 / 281, m21 = a / 30, m22 = -1.0 / 30;
  const double trace = m11 + m22, determinant = m11 * m22 - m12 * m21;
  const Complex root = std::sqrt(Complex(trace * trace / 4 - determinant));
  const Complex l1 = trace / 2 + root, l2 = trace / 2 - root;
  const double v_inf = 200 / (30 + a), w_inf = a * v_inf;
  const double v0 = -v_inf, slope = m11 * v0 + m12 * -w_inf;
  const Complex c1 = (slope - l2 * v0) / (l1 - l2), c2 = v0 - c1;
  REQUIRE((std::abs(root.imag()) > 0) == (a == 60));
  for (int k = 1; k <= 5000; ++k) {
    REQUIRE(neuron.step().empty());
    const double t = 0.02 * k, v = (c1 * std::exp(l1 * t) + c2 * std::exp(l2 * t)).real();
    REQUIRE(neuron("v_m") == Approx(-70.6 + v_inf + v).margin(1e-10));
  }
}

TEST_CASE("adex without adaptation has the rheobase of the exponential neuron", "[core][models][adex]") {
  const double rheobase = 30 * (-50.4 + 70.6 - 2);  // g_l (v_th - e_l - delta_t)
  const auto fires = [](double current) {
    return Neurons({.model = "adex", .params = {{"a", {0}}, {"b", {0}}, {"i_e", {current}}}})
        .steps_to_spike(30000)
        .has_value();
  };
  REQUIRE_FALSE(fires(rheobase - 0.1));
  REQUIRE(fires(rheobase + 0.1));
}

TEST_CASE("adex rises to its first spike in the time of the integral of dv/F(v)", "[core][models][adex]") {
  const double current = GENERATE(600.0, 800.0, 2000.0);
  const auto speed = [=](double v) { return (-30 * (v + 70.6) + 60 * std::exp((v + 50.4) / 2) + current) / 281; };
  double time = 0;
  const int cells = 1000000;
  for (int k = 0; k < cells; ++k) time += 70.6 / cells / speed(-70.6 + 70.6 * (k + 0.5) / cells);
  const double dt = GENERATE(0.1, 0.01);
  Neurons neuron({.model = "adex", .params = {{"a", {0}}, {"i_e", {current}}}, .dt = dt});
  REQUIRE(static_cast<double>(*neuron.steps_to_spike()) * dt == Approx(time + dt / 2).margin(0.75 * dt));
  REQUIRE(neuron("v_m") == -60);
  REQUIRE(neuron("w") == Approx(80.5).margin(1e-9));
}

TEST_CASE("adex converges with order 4", "[core][models][adex]") {
  const auto at_end = [](double dt) {
    Neurons neuron({.model = "adex",
                    .params = {{"i_e", {580}}, {"tau_syn_ex", {3}}, {"tau_syn_in", {5}}},
                    .initial = {{"g_ex", {12}}, {"g_in", {9}}, {"w", {30}}},
                    .dt = dt});
    REQUIRE(neuron.spike_times(12.8).empty());
    REQUIRE(neuron("v_m") > -56);  // the exponential counts
    return neuron("v_m");
  };
  const double exact = at_end(1.0 / 320);
  REQUIRE(measured_order([&](double dt) { return std::abs(at_end(dt) - exact); }, 0.4) == Approx(4).margin(0.25));
}

TEST_CASE("adex rests at v_reset while refractory", "[core][models][adex]") {
  Neurons neuron({.model = "adex", .params = {{"t_ref", {1}}, {"i_e", {900}}}});
  REQUIRE(neuron.steps_to_spike());
  for (int k = 0; k < 10; ++k) {
    const double w = neuron("w");
    neuron.step();
    REQUIRE(neuron("v_m") == -60);
    REQUIRE(neuron("w") != w);  // adaptation goes on
  }
  neuron.step();
  REQUIRE(neuron("v_m") > -60);
}

TEST_CASE("adex with delta_t = 0 spikes at v_th", "[core][models][adex]") {
  Neurons neuron(
      {.model = "adex", .params = {{"delta_t", {0}}, {"a", {0}}, {"b", {0}}, {"i_e", {900}}, {"v_reset", {-70.6}}}});
  const double rise = -281 / 30.0 * std::log1p(-20.2 / 30.0);
  REQUIRE(neuron.steps_to_spike() == std::ceil(rise / 0.1));
}

TEST_CASE("adex stays between its reversal potentials, whatever the inhibition", "[core][models][adex]") {
  const auto precision = GENERATE(Precision::single, Precision::double_);
  const float weight = GENERATE(1e3f, 1e6f, 1e12f, 1e30f);
  Neurons neuron({.model = "adex", .precision = precision});
  for (int k = 0; k < 1000; ++k) {
    neuron.arrive(1, weight);
    if (k >= 500) neuron.arrive(0, 0.01f * weight);
    neuron.step();
    REQUIRE(neuron.is_finite());
    REQUIRE(neuron("v_m") > -85.01);
    REQUIRE(neuron("v_m") <= 0);
  }
}

TEST_CASE("adex refuses parameters under which it could not work", "[core][models][adex]") {
  const auto path_of_problem = [](Numbers numbers) {
    ModelArguments arguments;
    arguments.numbers = std::move(numbers);
    std::vector<Problem> problems;
    find_model("adex")->check(arguments, 0.1, problems);
    REQUIRE(problems.size() == 1);
    return problems.front().path;
  };
  REQUIRE(path_of_problem({{"v_reset", {5}}}) == "v_reset");
  REQUIRE(path_of_problem({{"v_th", {1}}}) == "v_peak");
  REQUIRE(path_of_problem({{"c_m", {2}}}) == "g_l");
}
