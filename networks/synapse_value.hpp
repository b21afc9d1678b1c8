/// Weights and delays of synapses: a Value compiled for drawing in blocks, a few nanoseconds per number.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/random.hpp"
#include "networks/expression.hpp"
#include "networks/positions.hpp"
#include "networks/value.hpp"

namespace spikeloom {

/// Memory of one thread for drawing values: random bits, distances, compiled formulas.
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
  std::span<const std::uint32_t> partners;
  std::span<const std::uint64_t> rows;  // of the table, for arrays; empty if the rule has none
  std::span<const float> distances;     // um; empty unless uses_distance()
  const Positions* target_positions = nullptr;
};

/// A weight or delay, in the unit of its Value. The number of a synapse is a function of (seed, purpose, stream,
/// driving neuron, ordinal): normal, truncated normal and uniform draws come from 32 random bits by the quantile, in
/// float (relative error below 1e-6, at most 6.4 standard deviations).
class SynapseValue {
 public:
  /// Checks what does not depend on synapses; throws SpecError with an empty path.
  SynapseValue(const Value& value, std::uint64_t seed, Purpose purpose, std::uint32_t stream);

  bool is_constant() const noexcept;
  double constant() const;  // only if is_constant()
  bool uses_distance() const noexcept;
  bool is_array() const noexcept;
  std::size_t array_size() const noexcept;

  /// One number per synapse; out.size() == synapses.partners.size(). Throws SpecError (empty path) if a formula gives
  /// something that is not a finite number.
  void draw(const SynapsesOfNeuron& synapses, std::span<float> out, SynapseScratch& scratch) const;

 private:
  Value value_;
  std::uint64_t seed_;
  Purpose purpose_;
  std::uint32_t stream_;
};

}  // namespace spikeloom
