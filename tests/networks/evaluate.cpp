/// Values per neuron: moments, limits, shared random numbers, independence of population size.
#include "networks/evaluate.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>

#include "core/errors.hpp"

using namespace spikeloom;

namespace {

constexpr std::uint32_t size = 40000;

std::vector<double> values_of(const Value& value, std::string_view variable = "tau_m") {
  return evaluate(value, {.seed = 11, .population = 3, .variable = variable, .size = size, .positions = nullptr});
}

double mean_of(const std::vector<double>& values) {
  double sum = 0;
  for (const double v : values) sum += v;
  return sum / static_cast<double>(values.size());
}

double sd_of(const std::vector<double>& values) {
  const double mean = mean_of(values);
  double sum = 0;
  for (const double v : values) sum += (v - mean) * (v - mean);
  return std::sqrt(sum / static_cast<double>(values.size()));
}

}  // namespace

TEST_CASE("a constant is one number, everything else one per neuron", "[networks][evaluate]") {
  REQUIRE(values_of(Constant{4}) == std::vector<double>{4});
  REQUIRE(values_of(Uniform{0, 1}).size() == size);
}

TEST_CASE("distributions have their moments", "[networks][evaluate]") {
  const double standard_errors = 4 / std::sqrt(size);  // level 1e-4, two sides
  const auto uniform = values_of(Uniform{-2, 4});
  REQUIRE(mean_of(uniform) == Approx(1).margin(standard_errors * 1.74));
  REQUIRE(*std::min_element(uniform.begin(), uniform.end()) >= -2);
  REQUIRE(*std::max_element(uniform.begin(), uniform.end()) < 4);
  const auto normal = values_of(Normal{5, 2});
  REQUIRE(mean_of(normal) == Approx(5).margin(standard_errors * 2));
  REQUIRE(sd_of(normal) == Approx(2).margin(standard_errors * 2));
  const auto log_normal = values_of(LogNormal{0.2, 0.5, 3});
  REQUIRE(mean_of(log_normal) == Approx(3 * std::exp(0.2 + 0.125)).margin(standard_errors * sd_of(log_normal)));
  const auto exponential = values_of(Exponential{3, 10});
  REQUIRE(mean_of(exponential) == Approx(13).margin(standard_errors * 3));
  REQUIRE(*std::min_element(exponential.begin(), exponential.end()) >= 10);
  const auto dice = values_of(UniformInteger{1, 6, 0.5});
  REQUIRE(mean_of(dice) == Approx(1.75).margin(standard_errors * 0.86));
  REQUIRE(
      std::all_of(dice.begin(), dice.end(), [](double v) { return v * 2 == std::round(v * 2) && v >= 0.5 && v <= 3; }));
}

TEST_CASE("a truncated normal has the mean of the truncated density", "[networks][evaluate]") {
  // Mean of a standard normal between a and b: (phi(a) - phi(b)) / (Phi(b) - Phi(a)).
  const auto phi = [](double z) { return std::exp(-z * z / 2) / std::sqrt(2 * M_PI); };
  const auto [a, b] = GENERATE(table<double, double>({{-1, 2}, {0, 1}, {3, 4}, {9, 12}, {-12, -9}, {-30, 0.5}}));
  const auto values = values_of(Normal{0, 1, a, b});
  REQUIRE(std::all_of(values.begin(), values.end(), [a = a, b = b](double v) { return v >= a && v <= b; }));
  const double mass = a > 0 ? normal_cdf(-a) - normal_cdf(-b) : normal_cdf(b) - normal_cdf(a);
  REQUIRE(mean_of(values) == Approx((phi(a) - phi(b)) / mass).margin(4 / std::sqrt(size) * sd_of(values)));
}

TEST_CASE("limits that hold nothing of a normal distribution are refused", "[networks][evaluate]") {
  REQUIRE_THROWS_AS(values_of(Normal{0, 1, 40, 41}), SpecError);
  REQUIRE_THROWS_AS(values_of(Normal{0, 1, 2, 1}), SpecError);
  REQUIRE_THROWS_AS(values_of(Normal{0, 0, 1, 2}), SpecError);
  REQUIRE(values_of(Normal{1.5, 0, 1, 2}).front() == 1.5);
}

TEST_CASE("numbers belong to seed, population, variable and neuron alone", "[networks][evaluate]") {
  const Value value = Uniform{0, 1};
  const NeuronsToDraw all{.seed = 1, .population = 0, .variable = "a", .size = 100, .positions = nullptr};
  auto few = all, seed = all, population = all, variable = all;
  few.size = 10;
  seed.seed = 2;
  population.population = 1;
  variable.variable = "b";
  const auto reference = evaluate(value, all);
  REQUIRE(std::equal(reference.begin(), reference.begin() + 10, evaluate(value, few).begin()));
  REQUIRE(evaluate(value, seed)[0] != reference[0]);
  REQUIRE(evaluate(value, population)[0] != reference[0]);
  REQUIRE(evaluate(value, variable)[0] != reference[0]);
}

TEST_CASE("formulas of one neuron share r", "[networks][evaluate]") {
  // c and d of the 2003 network: the neuron with the highest c has the lowest d.
  const auto c = values_of(Expression{"-65 + 15*r^2", 1}, "c");
  const auto d = values_of(Expression{"8 - 6*r^2", 1}, "d");
  for (std::uint32_t k = 0; k < size; ++k) REQUIRE((c[k] + 65) / 15 == Approx((8 - d[k]) / 6).margin(1e-12));
  const auto r = values_of(Expression{"r", 1}), r1 = values_of(Expression{"r1", 1}),
             r4 = values_of(Expression{"r4", 2});
  REQUIRE(mean_of(r) == Approx(0.5).margin(0.006));
  REQUIRE(sd_of(r) == Approx(std::sqrt(1.0 / 12)).margin(0.004));
  REQUIRE(mean_of(r4) == Approx(1).margin(0.012));
  double covariance = 0;
  for (std::uint32_t k = 0; k < size; ++k) covariance += (r[k] - 0.5) * (r1[k] - 0.5) / size;
  REQUIRE(std::abs(covariance * 12) < 4 / std::sqrt(size));
}

TEST_CASE("formulas see positions and ids", "[networks][evaluate]") {
  const auto grid = place_neurons(GridLayout{2, 2, 1, 5}, 4, 1, 0);
  const NeuronsToDraw neurons{.seed = 1, .population = 0, .variable = "v", .size = 4, .positions = &grid};
  REQUIRE(evaluate(Expression{"x + 10*y + 1000*i", 2}, neurons) == std::vector<double>{0, 2010, 4100, 6110});
  REQUIRE_THROWS_WITH(evaluate(Expression{"1/x", 1}, neurons), Catch::Contains("gives inf for neuron 0"));
  REQUIRE(evaluate(Array{{1, 2, 3, 4}}, neurons)[2] == 3);
  REQUIRE_THROWS_WITH(evaluate(Array{{1, 2, 3}}, neurons), Catch::Contains("3 numbers for 4 neurons"));
}
