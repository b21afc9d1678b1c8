/// The first step of building: populations drawn, receptors chosen, wirings and drives made, for all partitions to
/// share.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/exact/exact_slice.hpp"
#include "core/model.hpp"
#include "networks/plastic_build.hpp"
#include "networks/population_arguments.hpp"
#include "networks/spec.hpp"
#include "networks/wiring.hpp"

namespace spikeloom {

/// What all partitions share while they are built.
struct BuildPlan {
  const ExperimentSpec& experiment;
  std::vector<DrawnPopulation> populations;
  std::vector<NeuronId> firsts;
  struct ExactDrive {
    int receptor;
    std::shared_ptr<const ExactTrain> train;
    std::vector<float> weights;
    Step delay;
  };
  struct Projection {
    const ProjectionSpec* spec;
    const DrawnPopulation *from, *to;
    std::unique_ptr<const Wiring> wiring;                              // null for a source without a size
    std::vector<std::pair<int, std::shared_ptr<const Drive>>> drives;  // receptor (-1: current) and drive
    std::vector<ExactDrive> exact_drives;                              // the same with `timing: exact`
    int positive = 0, negative = 0;                                    // receptors of synapses by sign of the weight
    std::optional<PlasticPlan> plastic = {};
  };
  std::vector<Projection> projections;
  std::vector<std::shared_ptr<const ExactTrain>> trains;  // of source populations, with `timing: exact`
};

/// Throws SpecError with `path` if there is none of that name.
const DrawnPopulation* find_population(const std::vector<DrawnPopulation>& populations, const std::string& name,
                                       const std::string& path);

/// Throws SpecError with the path of what cannot be built.
BuildPlan make_plan(const ExperimentSpec& experiment);

}  // namespace spikeloom
