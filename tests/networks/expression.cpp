/// Formulas: values, shared names, and wording of faults.
#include "networks/expression.hpp"

#include <catch2/catch.hpp>

#include <cmath>

#include "core/errors.hpp"

using namespace spikeloom;

TEST_CASE("a formula of a neuron has the value of its algebra", "[networks][expression]") {
  CompiledExpression c("-65 + 15 * r^2", neuron_variables);
  CompiledExpression ring("d <= 100 ? exp(-d / 50) : 0", synapse_variables);
  std::array<double, 9> neuron{};
  neuron[4] = 0.5;
  REQUIRE(c(neuron) == -65 + 15 * 0.25);
  REQUIRE(c.uses("r"));
  REQUIRE_FALSE(c.uses("r1"));
  std::array<double, 11> synapse{};
  synapse[4] = 25;
  REQUIRE(ring(synapse) == Approx(std::exp(-0.5)).epsilon(1e-15));
  synapse[4] = 101;
  REQUIRE(ring(synapse) == 0);
}

TEST_CASE("a moved formula keeps its variables", "[networks][expression]") {
  CompiledExpression first("i + 1", neuron_variables);
  CompiledExpression second = std::move(first);
  std::array<double, 9> neuron{};
  neuron[3] = 41;
  REQUIRE(second(neuron) == 42);
}

TEST_CASE("faults of a formula are worded with their place", "[networks][expression]") {
  const auto fault = [](const std::string& text) { return check_expression(text, neuron_variables).value_or("sound"); };
  REQUIRE(fault("1 + q") == "unknown name 'q' at character 5 of the formula; it may use x, y, z, i, r, r1, r2, r3, r4");
  REQUIRE(fault("d") != "sound");  // distances exist for synapses only
  REQUIRE(fault("r = 3") == "'=' at character 3 of the formula would assign; compare with '=='");
  REQUIRE(fault("r == 3") == "sound");
  REQUIRE(fault("r <= 3 && i >= 2 || x != 1") == "sound");
  REQUIRE(fault("1, 2") == "the formula has 2 results; it must have one (',' only separates arguments)");
  REQUIRE(fault("(1 + 2") == "a closing parenthesis is missing");
  REQUIRE(fault("sin(") != "sound");
  REQUIRE(fault("sqrt(1, 2)") == "too many arguments for function 'sqrt'");
  REQUIRE(fault("  ") == "the formula is empty");
  REQUIRE(fault(std::string("1\0", 2)) == "the formula contains a zero byte");
  REQUIRE(fault(std::string(5000, '1')) == "the formula is longer than 4096 characters");
  REQUIRE(fault("\"text\"") != "sound");
  REQUIRE(fault(std::string(2000, '(').append("1").append(2000, ')')) == "sound");
  REQUIRE_THROWS_AS(CompiledExpression("1 +", neuron_variables), SpecError);
}
