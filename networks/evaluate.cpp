/// Values of parameters and initial states, neuron by neuron.
#include "networks/evaluate.hpp"

#include <fmt/format.h>

#include <cmath>

#include "core/errors.hpp"
#include "networks/expression.hpp"
#include "networks/truncated_normal.hpp"

namespace spikeloom {
namespace {

/// Steps 0 to 2 of a neuron's draws belong to r, r1..r4; a variable takes the step that its name hashes to (FNV-1a).
constexpr std::uint32_t first_variable_step = 3;

std::uint32_t step_of(std::string_view variable) noexcept {
  std::uint32_t hash = 2166136261u;
  for (const char letter : variable) hash = (hash ^ static_cast<unsigned char>(letter)) * 16777619u;
  return std::max(hash, first_variable_step);
}

/// One number per neuron, `number(bits)` of its random bits.
template <class Number>
std::vector<double> for_each_neuron(const NeuronsToDraw& neurons, Number number) {
  std::vector<double> values(neurons.size);
  const std::uint32_t step = step_of(neurons.variable);
  for (std::uint32_t k = 0; k < neurons.size; ++k)
    values[k] = number(draw(neurons.seed, Purpose::parameter, neurons.population, k, step));
  return values;
}

double uniform_of(const Draw& bits) noexcept { return uniform(bits[0], bits[1]); }

std::vector<double> evaluate_kind(const Constant& constant, const NeuronsToDraw&) { return {constant.value}; }

std::vector<double> evaluate_kind(const Uniform& range, const NeuronsToDraw& neurons) {
  return for_each_neuron(neurons, [&](const Draw& b) { return range.low + (range.high - range.low) * uniform_of(b); });
}

std::vector<double> evaluate_kind(const Normal& normal, const NeuronsToDraw& neurons) {
  return for_each_neuron(neurons, [z = TruncatedNormal(normal)](const Draw& b) { return z(uniform_of(b)); });
}

std::vector<double> evaluate_kind(const LogNormal& log_normal, const NeuronsToDraw& neurons) {
  return for_each_neuron(neurons, [&](const Draw& b) {
    return log_normal.scale * std::exp(log_normal.mu + log_normal.sigma * normal_quantile(uniform_of(b)));
  });
}

std::vector<double> evaluate_kind(const Exponential& exponential, const NeuronsToDraw& neurons) {
  return for_each_neuron(
      neurons, [&](const Draw& b) { return exponential.offset - exponential.mean * std::log(uniform_of(b)); });
}

std::vector<double> evaluate_kind(const UniformInteger& range, const NeuronsToDraw& neurons) {
  const auto count = static_cast<std::uint64_t>(range.high - range.low) + 1;
  return for_each_neuron(neurons, [&](const Draw& b) {
    return range.scale * static_cast<double>(range.low + static_cast<std::int64_t>(below(count, b[0], b[1])));
  });
}

std::vector<double> evaluate_kind(const Expression& expression, const NeuronsToDraw& neurons) {
  CompiledExpression formula(expression.text, neuron_variables);
  const Positions* places = neurons.positions && !neurons.positions->empty() ? neurons.positions : nullptr;
  std::vector<double> values(neurons.size);
  for (std::uint32_t k = 0; k < neurons.size; ++k) {
    const auto bits = [&](std::uint32_t step) {
      return draw(neurons.seed, Purpose::parameter, neurons.population, k, step);
    };
    const Draw first = bits(0), second = bits(1), third = bits(2);
    const std::array<double, 9> arguments{
        places ? places->x[k] : 0,     places ? places->y[k] : 0,     places ? places->z[k] : 0,
        static_cast<double>(k),        uniform(first[0], first[1]),   uniform(first[2], first[3]),
        uniform(second[0], second[1]), uniform(second[2], second[3]), uniform(third[0], third[1])};
    values[k] = expression.unit * formula(arguments);
    if (!std::isfinite(values[k]))
      throw SpecError("", fmt::format("formula '{}' gives {} for neuron {}", expression.text, values[k], k),
                      "keep divisors away from 0 and arguments of sqrt and log positive");
  }
  return values;
}

std::vector<double> evaluate_kind(const Array& array, const NeuronsToDraw& neurons) {
  if (array.values.size() != neurons.size)
    throw SpecError("", fmt::format("{} numbers for {} neurons", array.values.size(), neurons.size),
                    "give one number per neuron");
  return array.values;
}

}  // namespace

std::vector<double> evaluate(const Value& value, const NeuronsToDraw& neurons) {
  return std::visit([&](const auto& kind) { return evaluate_kind(kind, neurons); }, value);
}

}  // namespace spikeloom
