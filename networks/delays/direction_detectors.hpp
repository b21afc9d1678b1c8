/// Neurons that compete for the directions in which dots cross a small retina: rules that learn delays, without labels.
///
/// The network is an ordinary one, run by the engine: a list of the retina's spikes, and for every variant of the rule
/// a population (lif_homeostatic) that hears all of it through synapses under `delay_stdp`; its neurons inhibit each
/// other.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/param_table.hpp"
#include "networks/delays/delay_detector.hpp"

namespace spikeloom {

/// `direction_detectors`: the neurons and their rule. Weights in mV, of which w_max is 1.
struct DirectionDetectorParams : DelayDetectorParams {
  DirectionDetectorParams() {
    tau_m = 3, t_ref = 10, threshold = 0.7, resolution = 0.25;
    b_plus = b_minus = 0.2;
  }
  int neurons = 8;
  double inhibition = 2, tau_syn = 1, target_rate = 3, eta_threshold = 0.3;
};
const ParamTable<DirectionDetectorParams>& direction_detector_params();
ModuleInfo direction_detectors_module();

/// What the retina sees: every presentation, some dots cross it, all in one of four directions.
struct DotTask {
  int side = 16, dots = 8, presentations = 1500;
  double speed = 1, spread = 5, jitter = 0.5, rate = 1, interval = 80;  // pixels per ms, ms, ms, Hz, ms
};
constexpr std::uint32_t dot_directions = 4;  // to larger x, smaller x, larger y, smaller y
struct DotInput {
  std::vector<std::uint32_t> directions;  // of the presentations
  std::vector<double> onsets;             // ms
  std::vector<double> times;              // of all spikes, ascending [ms]
  std::vector<std::uint32_t> neurons;     // y * side + x
  double duration = 0;                    // ms
};
/// Every dot enters a lane of its own up to `spread` after the onset and lets each pixel that it reaches fire.
DotInput draw_dot_input(const DotTask& task, std::uint64_t seed);

/// The network: population `retina`, and per variant a population, its plastic projection (number 2 v) and the
/// inhibition within it; all alike at the start.
ExperimentSpec direction_network(const DirectionDetectorParams& params, const DotTask& task, const DotInput& input,
                                 std::span<const DetectorVariant> variants, std::uint64_t seed);

}  // namespace spikeloom
