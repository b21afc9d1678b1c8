/// Pair STDP against the dense oracle.
#include "tests/plasticity/against_oracle.hpp"

using namespace spikeloom;
using reference::DensePair;

TEST_CASE("pair STDP agrees with a dense oracle for a thousand random synapses", "[plasticity][stdp_pair][slow]") {
  const std::string dependence = GENERATE("additive", "multiplicative", "power_law");
  const bool nearest = GENERATE(false, true);
  constexpr double lambda = 0.01, alpha = 1.1, mu = 0.4, w_0 = 0.7, w_max = 1.2;
  test::Comparison c;
  c.rule = "stdp_pair";
  c.arguments.numbers = {{"tau_plus", 17}, {"tau_minus", 34}, {"lambda", lambda}, {"alpha", alpha},
                         {"mu", mu},       {"w_0", w_0},      {"w_max", w_max},   {"w_min", 0.01}};
  c.arguments.texts = {{"dependence", dependence}, {"pairs", nearest ? "nearest" : "all_to_all"}};
  c.oracle = [=](double weight) {
    std::function<double(double)> up, down;
    if (dependence == "additive") up = [=](double) { return lambda * w_max; };
    if (dependence == "multiplicative") up = [=](double w) { return lambda * (w_max - w); };
    if (dependence == "power_law") up = [=](double w) { return lambda * std::pow(w_0, 1 - mu) * std::pow(w, mu); };
    down = [=](double w) { return lambda * alpha * (dependence == "additive" ? w_max : w); };
    return std::make_unique<DensePair>(weight, reference::DenseTrace{17, 0, nearest},
                                       reference::DenseTrace{34, 0, nearest}, reference::DenseBounds{0.01, w_max}, up,
                                       down);
  };
  for (const auto& delays : test::every_kind_of_delay()) test::compare(c, delays);
  // Long enough for silent segments to be settled and for histories to grow; rounding adds up.
  c.steps = 4000, c.tolerance = 1e-4;
  test::compare(c, {2, 3, 9});
}
