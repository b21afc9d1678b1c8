/// Parameters and initial states: a Value turned into one number per neuron.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/random.hpp"
#include "core/types.hpp"
#include "networks/positions.hpp"
#include "networks/value.hpp"

namespace spikeloom {

/// Which neurons the numbers are for. Random numbers are a function of (seed, population, variable, neuron), except
/// for r, r1..r4 of formulas, which are the same in all formulas of one neuron.
struct NeuronsToDraw {
  std::uint64_t seed = 0;
  PopulationId population = 0;
  std::string_view variable;  // "tau_m": separates the variables of a population
  std::uint32_t size = 0;
  const Positions* positions = nullptr;  // null or empty: formulas see x = y = z = 0
};

/// One number if the value is a constant, else one per neuron. Throws SpecError (empty path) if an array has another
/// length, or a formula gives something that is not a finite number.
std::vector<double> evaluate(const Value& value, const NeuronsToDraw& neurons);

}  // namespace spikeloom
