/// Weights and delays drawn in blocks, one block per driving neuron.
#include "networks/synapse_value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/errors.hpp"
#include "core/random_columns.hpp"

namespace spikeloom {
namespace {

/// Uniform in [0, 1), 24 bits: exact in float.
float uniform_float(std::uint32_t bits) noexcept {
  return static_cast<float>(static_cast<std::int32_t>(bits >> 8)) * 0x1p-24f;
}

/// Moves uniform bits into the part of [0, 2^32) that lies between the limits of a truncated normal distribution.
void narrow(const TruncatedNormal& normal, std::span<std::uint32_t> bits) {
  const auto below = static_cast<std::uint32_t>(normal.p_below() * 0x1p32);
  const auto width = static_cast<std::uint32_t>(std::min(normal.mass() * 0x1p32, 0x1p32 - 1 - below));
  for (auto& b : bits) b = below + static_cast<std::uint32_t>((static_cast<std::uint64_t>(b) * width) >> 32);
}

/// Limits that hold less of the distribution than this keep too few of 32 bits; numbers between them are drawn one by
/// one in double.
constexpr double coarse_mass = 0x1p-16;

CompiledExpression& compiled(const std::string& text, SynapseScratch& scratch) {
  const auto found = scratch.formulas.find(text);
  if (found != scratch.formulas.end()) return found->second;
  return scratch.formulas.emplace(text, CompiledExpression(text, synapse_variables)).first->second;
}

}  // namespace

SynapseValue::SynapseValue(Value value, std::uint64_t seed, Purpose purpose, std::uint32_t stream)
    : value_(std::move(value)), seed_(seed), purpose_(purpose), stream_(stream) {
  if (const auto* normal = std::get_if<Normal>(&value_)) normal_.emplace(*normal);
  if (const auto* expression = std::get_if<Expression>(&value_))
    uses_distance_ = CompiledExpression(expression->text, synapse_variables).uses("d");
  if (const auto* range = std::get_if<UniformInteger>(&value_))
    if (range->high < range->low || static_cast<std::uint64_t>(range->high - range->low) >= 0xffffffffu)
      throw SpecError("", "a range of whole numbers must ascend and hold fewer than 2^32 of them");
}

void SynapseValue::draw(const SynapsesOfNeuron& synapses, std::span<float> out, SynapseScratch& scratch) const {
  std::visit([&](const auto& kind) { fill(kind, synapses, out, scratch); }, value_);
}

std::span<const std::uint32_t> SynapseValue::bits_of(const SynapsesOfNeuron& synapses, SynapseScratch& scratch) const {
  scratch.bits.resize(whole_tiles(synapses.partners.size()));
  draw_column(seed_, purpose_, stream_, synapses.neuron, 0, scratch.bits);
  return std::span<const std::uint32_t>(scratch.bits).first(synapses.partners.size());
}

void SynapseValue::fill(const Constant& constant, const SynapsesOfNeuron&, std::span<float> out,
                        SynapseScratch&) const {
  std::fill(out.begin(), out.end(), static_cast<float>(constant.value));
}

void SynapseValue::fill(const Uniform& range, const SynapsesOfNeuron& synapses, std::span<float> out,
                        SynapseScratch& scratch) const {
  const auto bits = bits_of(synapses, scratch);
  const auto low = static_cast<float>(range.low), width = static_cast<float>(range.high - range.low);
  for (std::size_t k = 0; k < out.size(); ++k) out[k] = low + width * uniform_float(bits[k]);
}

void SynapseValue::fill(const Normal& normal, const SynapsesOfNeuron& synapses, std::span<float> out,
                        SynapseScratch& scratch) const {
  const auto bits = bits_of(synapses, scratch);
  if (normal_->mass() < coarse_mass) {
    std::transform(bits.begin(), bits.end(), out.begin(),
                   [&](std::uint32_t b) { return static_cast<float>((*normal_)(uniform(b))); });
    return;
  }
  if (normal_->mass() < 1) narrow(*normal_, scratch.bits);
  normal_column(bits, out);
  const auto mean = static_cast<float>(normal.mean), sd = static_cast<float>(normal.sd);
  const auto low = static_cast<float>(normal.low), high = static_cast<float>(normal.high);
  for (float& z : out) z = std::min(high, std::max(low, mean + sd * z));
}

void SynapseValue::fill(const LogNormal& log_normal, const SynapsesOfNeuron& synapses, std::span<float> out,
                        SynapseScratch& scratch) const {
  normal_column(bits_of(synapses, scratch), out);
  for (float& z : out)
    z = static_cast<float>(log_normal.scale * std::exp(log_normal.mu + log_normal.sigma * static_cast<double>(z)));
}

void SynapseValue::fill(const Exponential& exponential, const SynapsesOfNeuron& synapses, std::span<float> out,
                        SynapseScratch& scratch) const {
  exponential_column(bits_of(synapses, scratch), out);
  const auto mean = static_cast<float>(exponential.mean), offset = static_cast<float>(exponential.offset);
  for (float& e : out) e = offset + mean * e;
}

void SynapseValue::fill(const UniformInteger& range, const SynapsesOfNeuron& synapses, std::span<float> out,
                        SynapseScratch& scratch) const {
  const auto bits = bits_of(synapses, scratch);
  const auto count = static_cast<std::uint64_t>(range.high - range.low) + 1;
  for (std::size_t k = 0; k < out.size(); ++k) {
    const std::int64_t integer = range.low + static_cast<std::int64_t>((bits[k] * count) >> 32);
    out[k] = static_cast<float>(range.scale * static_cast<double>(integer));
  }
}

void SynapseValue::fill(const Expression& expression, const SynapsesOfNeuron& synapses, std::span<float> out,
                        SynapseScratch& scratch) const {
  CompiledExpression& formula = compiled(expression.text, scratch);
  const Positions* places = synapses.target_positions;
  const bool placed = places && !places->empty();
  for (std::size_t k = 0; k < out.size(); ++k) {
    const std::uint32_t target = synapses.neuron_is_target ? synapses.neuron : synapses.partners[k];
    const std::uint32_t source = synapses.neuron_is_target ? synapses.partners[k] : synapses.neuron;
    const std::uint64_t id = synapses.neuron | static_cast<std::uint64_t>(k) << 32;
    const Draw first = spikeloom::draw(seed_, Purpose::formula, stream_, id, 0);
    const Draw second = spikeloom::draw(seed_, Purpose::formula, stream_, id, 1);
    const std::array<double, 11> arguments{placed ? places->x[target] : 0,
                                           placed ? places->y[target] : 0,
                                           placed ? places->z[target] : 0,
                                           static_cast<double>(target),
                                           synapses.distances.empty() ? 0 : static_cast<double>(synapses.distances[k]),
                                           static_cast<double>(source),
                                           uniform(first[0]),
                                           uniform(first[1]),
                                           uniform(first[2]),
                                           uniform(first[3]),
                                           uniform(second[0])};
    const double number = expression.unit * formula(arguments);
    if (!std::isfinite(number))
      throw SpecError("",
                      fmt::format("formula '{}' gives {} for the synapse from neuron {} to neuron {}", expression.text,
                                  number, source, target),
                      "keep divisors away from 0 and arguments of sqrt and log positive");
    out[k] = static_cast<float>(number);
  }
}

void SynapseValue::fill(const Array& array, const SynapsesOfNeuron& synapses, std::span<float> out,
                        SynapseScratch&) const {
  for (std::size_t k = 0; k < out.size(); ++k) out[k] = static_cast<float>(array.values[synapses.rows[k]]);
}

}  // namespace spikeloom
