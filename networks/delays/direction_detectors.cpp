/// The module direction_detectors, its input and its network.
#include "networks/delays/direction_detectors.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "networks/tasks/streams.hpp"

namespace spikeloom {
namespace {

constexpr std::uint32_t dot_stream = 0x3000, dot_background_stream = 0x3001, dot_synapse_stream = 0x3002;
constexpr double dots_lead_in = 100;  // ms before the first presentation

constexpr const char* direction_detectors_equations =
    "lif_homeostatic: tau_m dv/dt = -v, v rises by w per arrival, spike at v >= threshold x side x mean initial "
    "weight\n"
    "+ theta, then 0 for t_ref;  theta += eta_threshold per spike, falls so that target_rate keeps it;\n"
    "the others' v -= inhibition x that threshold;  weights and delays by delay_stdp (see delay_detector)\n";

/// Pixel number p of a lane in the order in which a dot reaches it.
std::uint32_t pixel(std::uint32_t side, std::uint32_t direction, std::uint32_t lane, std::uint32_t p) {
  const auto along = direction % 2 == 0 ? p : side - 1 - p;
  return direction < 2 ? lane * side + along : along * side + lane;
}

SynapseList plastic_synapses(const DirectionDetectorParams& params, std::uint32_t inputs, std::uint64_t seed) {
  SynapseList synapses;
  for (std::uint32_t i = 0; i < inputs; ++i) {
    DrawSequence random(seed, dot_synapse_stream, i);
    for (std::uint32_t j = 0; j < static_cast<std::uint32_t>(params.neurons); ++j) {
      synapses.sources.push_back(i), synapses.targets.push_back(j);
      synapses.weights.push_back(random.uniform(params.w_low, params.w_high));
      synapses.delays.push_back(random.uniform(params.c, params.d_max));
    }
  }
  return synapses;
}

SynapseList rival_synapses(const DirectionDetectorParams& params, double weight) {
  SynapseList synapses;
  const auto n = static_cast<std::uint32_t>(params.neurons);
  for (std::uint32_t i = 0; i < n; ++i)
    for (std::uint32_t j = 0; j < n; ++j) {
      if (i == j) continue;
      synapses.sources.push_back(i), synapses.targets.push_back(j);
      synapses.weights.push_back(weight), synapses.delays.push_back(params.resolution);
    }
  return synapses;
}

}  // namespace

const ParamTable<DirectionDetectorParams>& direction_detector_params() {
  using P = DirectionDetectorParams;
  static const ParamTable<P> table = ParamTable<P>{
      {"neurons", &P::neurons, "", "that compete", whole_positive},
      {"inhibition", &P::inhibition, "", "what a spike takes from the others, in thresholds", non_negative},
      {"tau_syn", &P::tau_syn, "ms", "synaptic time constant", positive},
      {"target_rate", &P::target_rate, "Hz", "that every neuron's threshold seeks", non_negative},
      {"eta_threshold", &P::eta_threshold, "mV", "rise of the threshold with each spike",
       non_negative}}.with(delay_detector_params());
  return table;
}

ModuleInfo direction_detectors_module() {
  return {.name = "direction_detectors",
          .summary = "competing neurons that learn weights and delays of a retina (Nadafian & Ganjtabesh 2020)",
          .params = direction_detector_params().infos(),
          .equations = direction_detectors_equations,
          .check = [](const ModelArguments& arguments, std::vector<Problem>& problems) {
            check_delay_detector(direction_detector_params().read(arguments), problems);
          }};
}

DotInput draw_dot_input(const DotTask& task, std::uint64_t seed) {
  DotInput input;
  const auto side = static_cast<std::uint32_t>(task.side);
  input.duration = dots_lead_in + task.interval * task.presentations;
  Spikes spikes;
  std::vector<std::uint32_t> lanes(side);
  for (std::uint64_t k = 0; k < static_cast<std::uint64_t>(task.presentations); ++k) {
    DrawSequence random(seed, dot_stream, k);
    input.onsets.push_back(dots_lead_in + task.interval * static_cast<double>(k));
    input.directions.push_back(random.below(dot_directions));
    std::iota(lanes.begin(), lanes.end(), 0u);
    for (std::uint32_t dot = 0; dot < static_cast<std::uint32_t>(task.dots); ++dot) {
      std::swap(lanes[dot], lanes[dot + random.below(side - dot)]);
      const double entry = input.onsets.back() + random.uniform(0, task.spread);
      for (std::uint32_t p = 0; p < side; ++p)
        spikes.emplace_back(entry + p / task.speed + random.normal(task.jitter),
                            pixel(side, input.directions.back(), lanes[dot], p));
    }
  }
  for (std::uint32_t i = 0; i < side * side; ++i) {
    DrawSequence random(seed, dot_background_stream, i);
    add_poisson(random, task.rate, 1, input.duration, i, spikes);
  }
  std::sort(spikes.begin(), spikes.end());
  for (const auto& [time, neuron] : spikes) {
    if (time >= input.duration) break;
    input.times.push_back(time), input.neurons.push_back(neuron);
  }
  return input;
}

ExperimentSpec direction_network(const DirectionDetectorParams& params, const DotTask& task, const DotInput& input,
                                 std::span<const DetectorVariant> variants, std::uint64_t seed) {
  ExperimentSpec experiment;
  experiment.name = "direction_detectors", experiment.seed = seed;
  experiment.resolution = params.resolution;
  experiment.duration = std::ceil(input.duration / params.resolution) * params.resolution;
  experiment.run.threads = experiment.run.partitions = 1;
  PopulationSpec retina;
  retina.name = "retina", retina.model = "spike_list", retina.size = static_cast<std::uint32_t>(task.side * task.side);
  retina.spike_times = input.times, retina.spike_neurons = input.neurons;
  const auto synapses = plastic_synapses(params, *retina.size, seed);
  experiment.network.populations.push_back(std::move(retina));
  const double v_th = params.threshold * task.side * 0.5 * (params.w_low + params.w_high);
  for (const auto& variant : variants) {
    PopulationSpec neurons;
    neurons.name = variant.name, neurons.model = "lif_homeostatic";
    neurons.size = static_cast<std::uint32_t>(params.neurons);
    neurons.params = {{"tau_m", Constant{params.tau_m}},
                      {"t_ref", Constant{params.t_ref}},
                      {"e_l", Constant{0}},
                      {"v_reset", Constant{0}},
                      {"v_th", Constant{v_th}},
                      {"c_m", Constant{params.tau_syn}},  // a weight of 1 pA brings a charge of 1 mV
                      {"tau_syn_ex", Constant{params.tau_syn}},
                      {"tau_syn_in", Constant{params.tau_syn}},
                      {"rate", Constant{params.target_rate}},
                      {"eta", Constant{params.eta_threshold}},
                      {"theta_min", Constant{-0.9 * v_th}},
                      {"theta_max", Constant{10 * v_th}}};
    neurons.initial = {{"v_m", Constant{0}}};
    experiment.network.populations.push_back(std::move(neurons));
    experiment.record.spikes.push_back({variant.name});
    ProjectionSpec plastic, rivals;
    plastic.name = plastic.to = variant.name;
    plastic.from = "retina", plastic.connect = synapses;
    plastic.plasticity = delay_rule(params, variant);
    rivals.name = variant.name + "_rivals";
    rivals.from = rivals.to = variant.name;
    rivals.connect = rival_synapses(params, -params.inhibition * v_th);
    experiment.network.projections.push_back(std::move(plastic));
    experiment.network.projections.push_back(std::move(rivals));
  }
  return experiment;
}

}  // namespace spikeloom
