/// Populations with their values drawn: one step between the description and the slices.
#pragma once

#include <vector>

#include "networks/positions.hpp"
#include "networks/spec.hpp"

namespace spikeloom {

/// A population whose parameters, initial state and positions are numbers.
struct DrawnPopulation {
  const PopulationSpec* spec = nullptr;
  const ModelInfo* model = nullptr;
  PopulationId id = 0;
  std::uint32_t size = 0;  // 0: a source without a size
  Precision precision = Precision::single;
  ModelArguments arguments, initial;
  Positions positions;
};

/// Draws all populations. Throws SpecError (path "populations.<name>...") for values that cannot be drawn.
std::vector<DrawnPopulation> draw_populations(const ExperimentSpec& experiment);

/// Runs `body` and puts `path` before the paths of the problems it throws.
template <class Body>
auto below_path(const std::string& path, Body&& body) {
  try {
    return body();
  } catch (const SpecError& error) {
    auto problems = error.problems();
    for (auto& problem : problems) problem.path = problem.path.empty() ? path : path + "." + problem.path;
    throw SpecError(std::move(problems));
  }
}

}  // namespace spikeloom
