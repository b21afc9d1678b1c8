/// Triplet, inhibitory, short-term, derivative and dopamine rules against dense oracles.
#include "tests/plasticity/against_oracle.hpp"
#include "tests/reference/plastic_rules.hpp"

using namespace spikeloom;
using namespace spikeloom::reference;

TEST_CASE("triplet STDP agrees with a dense oracle", "[plasticity][stdp_triplet]") {
  const bool nearest = GENERATE(false, true), full = GENERATE(false, true);
  test::Comparison c;
  c.rule = "stdp_triplet";
  c.steps = 200;
  const std::array<double, 4> amplitudes{full ? 1.2e-3 : 0.0, 1.7e-3, 1.6e-3, full ? 5e-4 : 0.0};
  c.arguments.numbers = {{"a2_plus", amplitudes[0]},
                         {"a2_minus", amplitudes[1]},
                         {"a3_plus", amplitudes[2]},
                         {"a3_minus", amplitudes[3]},
                         {"tau_x", 101},
                         {"tau_y", 125},
                         {"w_max", 1.5}};
  c.arguments.texts = {{"pairs", nearest ? "nearest" : "all_to_all"}};
  c.oracle = [=](double weight) {
    return std::make_unique<DenseTriplet>(weight, amplitudes, std::array{16.8, 101.0, 33.7, 125.0}, nearest,
                                          DenseBounds{0, 1.5});
  };
  for (const auto& delays : test::every_kind_of_delay()) test::compare(c, delays);
}

TEST_CASE("inhibitory STDP agrees with a dense oracle and keeps weights negative", "[plasticity][stdp_inhibitory]") {
  test::Comparison c;
  c.rule = "stdp_inhibitory";
  c.sign = -1;
  c.arguments.numbers = {{"tau", 20}, {"eta", 0.01}, {"rho_0", 8}, {"w_max", 1.0}};
  c.oracle = [](double weight) {
    constexpr double eta = 0.01, alpha = 2 * 8e-3 * 20;
    struct Balanced final : DenseSynapse {
      double w;
      DenseTrace x{20}, y{20};
      DenseBounds bounds{0, 1};
      explicit Balanced(double initial) : w(initial) {}
      void pass(double dt) override { x.pass(dt), y.pass(dt); }
      double arrive() override {
        w = bounds.clip(w + eta * (y.value - alpha));
        x.spike();
        return w;
      }
      void target_spike() override {
        w = bounds.clip(w + eta * x.value);
        y.spike();
      }
      double weight() const override { return w; }
    };
    return std::make_unique<Balanced>(weight);
  };
  for (const auto& delays : test::every_kind_of_delay()) test::compare(c, delays);
}

TEST_CASE("short-term plasticity agrees with a dense oracle", "[plasticity][short_term]") {
  const auto [u_0, recovery, facilitation] =
      GENERATE(std::array{0.5, 800.0, 1.0}, std::array{0.1, 100.0, 1000.0}, std::array{0.45, 130.0, 530.0});
  test::Comparison c;
  c.rule = "short_term";
  c.arguments.numbers = {{"u_0", u_0}, {"tau_recovery", recovery}, {"tau_facilitation", facilitation}};
  const std::array numbers{u_0, recovery, facilitation};
  c.oracle = [numbers](double weight) {
    return std::make_unique<DenseShortTerm>(weight, numbers[0], numbers[1], numbers[2]);
  };
  for (const auto& delays : test::every_kind_of_delay()) test::compare(c, delays);
}

TEST_CASE("STDP into a derivative agrees with a dense oracle", "[plasticity][stdp_derivative]") {
  const bool nearest = GENERATE(true, false);
  test::Comparison c;
  c.rule = "stdp_derivative";
  c.interval = 64;
  c.arguments.numbers = {{"a_plus", 0.01}, {"a_minus", 0.012}, {"interval", 64},
                         {"keep", 0.9},    {"drift", 0.001},   {"w_max", 1.0}};
  c.arguments.texts = {{"pairs", nearest ? "nearest" : "all_to_all"}};
  c.oracle = [nearest](double weight) {
    return std::make_unique<DenseDerivative>(weight, std::array{0.01, 0.012, 0.9, 0.001}, DenseTrace{20, 0, nearest},
                                             DenseTrace{20, 0, nearest}, DenseBounds{0, 1});
  };
  for (const auto& delays : test::every_kind_of_delay()) test::compare(c, delays);
}

TEST_CASE("dopamine-modulated STDP agrees with a reference in steps of microseconds",
          "[plasticity][stdp_dopamine][slow]") {
  const double tau_c = GENERATE(1000.0, 20.0);
  test::Comparison c;
  c.rule = "stdp_dopamine";
  c.steps = tau_c < 100 ? 400 : 300;
  c.tolerance = 2e-6;
  c.arguments.numbers = {{"a_plus", 0.1}, {"a_minus", 0.15}, {"tau_c", tau_c}, {"b", 2e-5}, {"w_max", 2.0}};
  c.modulator_constant = 1e-5;
  c.modulator_tau = 200;
  c.modulator_events = {{3, 2e-4}, {40, 5e-4}, {41, -1e-4}, {100, 4e-4}, {150, 2e-4}, {230, 6e-4}};
  c.oracle = [=](double weight) {
    return std::make_unique<DenseDopamine>(weight, DenseDopamine::Numbers{0.1, 0.15, tau_c, 200, 2e-5, 1e-5}, 40,
                                           DenseTrace{20}, DenseTrace{20}, DenseBounds{0, 2});
  };
  for (const auto& delays : test::every_kind_of_delay()) test::compare(c, delays);
}

TEST_CASE("without dopamine weights do not change by a bit", "[plasticity][stdp_dopamine]") {
  test::Comparison c;
  c.rule = "stdp_dopamine";
  c.tolerance = 1e-30;
  struct Constant final : DenseSynapse {
    double w;
    explicit Constant(double initial) : w(initial) {}
    void pass(double) override {}
    double arrive() override { return w; }
    double weight() const override { return w; }
  };
  c.oracle = [](double weight) { return std::make_unique<Constant>(weight); };
  // One synapse per target and step at most would be needed to compare sums of inputs exactly: weights alone are.
  c.compare_input = false;
  for (const auto& delays : test::every_kind_of_delay()) test::compare(c, delays);
}
