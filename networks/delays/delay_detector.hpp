/// One neuron listening to many inputs, some of which repeat a pattern: where rules that learn delays are put to the
/// test.
///
/// The network is an ordinary one, run by the engine: a list of spikes, and for every variant of the rule a neuron
/// (lif_psc_delta) of its own that hears all of it through synapses under `delay_stdp`.
#pragma once

#include <string>
#include <vector>

#include "core/param_table.hpp"
#include "networks/spec.hpp"
#include "plasticity/rules/delay_stdp.hpp"

namespace spikeloom {

/// `delay_detector`: the neuron and its rule. Weights in mV, of which w_max is 1.
struct DelayDetectorParams : DelayStdp::Params {
  DelayDetectorParams() { b_plus = b_minus = 0.05; }
  double tau_m = 10, t_ref = 5, threshold = 0.6;
  double w_low = 0.4, w_high = 0.6, d_max = 25, resolution = 0.1;
  std::string window = "exponential";
};
const ParamTable<DelayDetectorParams>& delay_detector_params();
/// What does not fit among parameters, by name.
void check_delay_detector(const DelayDetectorParams& params, std::vector<Problem>& problems);
ModuleInfo delay_detector_module();

/// What the inputs do: a pattern at random intervals, amid background.
struct PatternTask {
  int pattern = 20, distractors = 80, presentations = 1500;
  double span = 20, jitter = 1, rate = 5, gap_low = 80, gap_high = 200;  // ms, ms, Hz, ms, ms
};
struct PatternInput {
  std::vector<double> offsets;  // of the pattern's inputs, which are the first ones [ms]
  std::vector<double> onsets;   // of the presentations [ms]
  std::vector<double> times;    // of all spikes, ascending [ms]
  std::vector<std::uint32_t> neurons;
  double duration = 0;  // ms
};
PatternInput draw_pattern_input(const PatternTask& task, std::uint64_t seed);

/// What may learn in one neuron.
struct DetectorVariant {
  std::string name;  // of its population and projection
  bool weights_learn = true, delays_learn = true;
  bool aligning = true, stops = true;  // the sign of the delay window; whether delays below c stay
};

/// The plasticity of a variant.
PlasticitySpec delay_rule(const DelayDetectorParams& params, const DetectorVariant& variant);

/// The network: population `inputs`, and one neuron and projection per variant, alike at the start.
ExperimentSpec detector_network(const DelayDetectorParams& params, const PatternTask& task, const PatternInput& input,
                                std::span<const DetectorVariant> variants, std::uint64_t seed);

}  // namespace spikeloom
