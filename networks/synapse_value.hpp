/// Weights and delays of synapses: a Value compiled for drawing in blocks, a few nanoseconds per number.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/random.hpp"
#include "networks/expression.hpp"
#include "networks/positions.hpp"
#include "networks/truncated_normal.hpp"
#include "networks/value.hpp"

namespace spikeloom {

/// Memory of one thread for drawing values: random bits, distances, rows of tables, compiled formulas.
struct SynapseScratch {
  std::vector<std::uint32_t> bits;
  std::vector<float> distances, values;
  std::vector<std::uint64_t> rows;
  std::map<std::string, CompiledExpression, std::less<>> formulas;
};

/// The synapses that values are drawn for: all those of one neuron, in ordinal order.
struct SynapsesOfNeuron {
  std::uint32_t neuron = 0;  // the driving neuron: random numbers belong to (neuron, ordinal)
  bool neuron_is_target = true;
  std::span<const std::uint32_t> partners = {};
  std::span<const std::uint64_t> rows = {};     // of the table, for arrays; empty if the rule has none
  std::span<const float> distances = {};        // um; empty unless uses_distance()
  const Positions* target_positions = nullptr;  // for formulas; null or empty: x = y = z = 0
};

/// A weight or delay, in the unit of its Value. The number of a synapse is a function of (seed, purpose, stream,
/// driving neuron, ordinal). Distributions are inverted at 32 random bits, in float (relative error below 1e-6, normal
/// numbers within 6.34 standard deviations); random numbers of formulas are shared by weight and delay of one synapse.
class SynapseValue {
 public:
  /// Throws SpecError (empty path) for a distribution or formula that cannot be.
  SynapseValue(Value value, std::uint64_t seed, Purpose purpose, std::uint32_t stream);

  bool is_constant() const noexcept { return std::holds_alternative<Constant>(value_); }
  /// The number itself; only if is_constant().
  double constant() const { return std::get<Constant>(value_).value; }
  bool uses_distance() const noexcept { return uses_distance_; }
  /// The numbers of an array, indexed by rows; null for all other values.
  const Array* array() const noexcept { return std::get_if<Array>(&value_); }

  /// One number per synapse; out.size() == synapses.partners.size(). Throws SpecError (empty path) if a formula gives
  /// something that is not a finite number.
  void draw(const SynapsesOfNeuron& synapses, std::span<float> out, SynapseScratch& scratch) const;

 private:
  void fill(const Constant& constant, const SynapsesOfNeuron&, std::span<float> out, SynapseScratch&) const;
  void fill(const Uniform& range, const SynapsesOfNeuron&, std::span<float> out, SynapseScratch&) const;
  void fill(const Normal& normal, const SynapsesOfNeuron&, std::span<float> out, SynapseScratch&) const;
  void fill(const LogNormal& log_normal, const SynapsesOfNeuron&, std::span<float> out, SynapseScratch&) const;
  void fill(const Exponential& exponential, const SynapsesOfNeuron&, std::span<float> out, SynapseScratch&) const;
  void fill(const UniformInteger& range, const SynapsesOfNeuron&, std::span<float> out, SynapseScratch&) const;
  void fill(const Expression& expression, const SynapsesOfNeuron&, std::span<float> out, SynapseScratch&) const;
  void fill(const Array& array, const SynapsesOfNeuron&, std::span<float> out, SynapseScratch&) const;
  /// Random bits, one per synapse, in scratch.bits (which is padded to whole tiles).
  std::span<const std::uint32_t> bits_of(const SynapsesOfNeuron&, SynapseScratch&) const;

  Value value_;
  std::uint64_t seed_;
  Purpose purpose_;
  std::uint32_t stream_;
  bool uses_distance_ = false;
  std::optional<TruncatedNormal> normal_;
};

}  // namespace spikeloom
