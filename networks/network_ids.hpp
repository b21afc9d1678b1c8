/// Global ids of a network's neurons, from its description alone.
#pragma once

#include <vector>

#include "networks/spec.hpp"

namespace spikeloom {

/// First global id of every population, plus the total at the end: populations in order of declaration; a source
/// without a size has no neurons.
inline std::vector<NeuronId> first_ids(const NetworkSpec& network) {
  std::vector<NeuronId> firsts{0};
  for (const auto& population : network.populations) firsts.push_back(firsts.back() + population.size.value_or(0));
  return firsts;
}

}  // namespace spikeloom
