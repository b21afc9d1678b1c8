/// Cutting populations into partitions.
#pragma once

#include <vector>

#include "networks/population_arguments.hpp"

namespace spikeloom {

/// Neurons [first, first + count) of a population.
struct Piece {
  PopulationId population = 0;
  std::uint32_t first = 0, count = 0;
};

/// Every partition gets an equal share of every population, so that partitions are balanced without knowing rates;
/// pieces of a population are contiguous and ascend with the partition. `rows[p]` is the number of input rows of
/// population p. `wanted` > 0 forces the number of partitions; else as few as give every thread one and let the input
/// slots of each fit 16 bits, and one for networks too small to share.
std::vector<std::vector<Piece>> cut(const std::vector<DrawnPopulation>& populations, const std::vector<int>& rows,
                                    int threads, int wanted);

}  // namespace spikeloom
