/// The module delay_detector, its input and its network.
#include "networks/delays/delay_detector.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/random.hpp"

namespace spikeloom {
namespace {

constexpr std::uint32_t offset_stream = 310, gap_stream = 311, jitter_stream = 312, background_stream = 313,
                        synapse_stream = 314;
constexpr double lead_in = 100;  // ms before the first presentation
constexpr double w_max = 1;      // mV

constexpr const char* delay_detector_equations =
    "tau_m dv/dt = -v, v += w at arrivals, spike at v >= threshold x pattern x mean initial weight, then 0 for t_ref\n"
    "lag = t_post - t_pre - d, for nearest pairs;  s = 1 (published) or -1 (aligning)\n"
    "lag >= 0: w += a_plus exp(-lag / tau_plus),  d -= s b_minus exp(-lag / sigma_minus)\n"
    "lag < 0:  w -= a_minus exp(lag / tau_minus), d += s b_plus exp(lag / sigma_plus)\n";

double uniform_in(double low, double high, std::uint64_t seed, std::uint32_t stream, std::uint64_t id) {
  const auto bits = draw(seed, Purpose::task, stream, id);
  return low + (high - low) * uniform(bits[0], bits[1]);
}

void sort_by_time(PatternInput& input) {
  std::vector<std::size_t> order(input.times.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t k) { return input.times[k]; });
  auto times = input.times;
  auto neurons = input.neurons;
  for (std::size_t k = 0; k < order.size(); ++k) times[k] = input.times[order[k]], neurons[k] = input.neurons[order[k]];
  input.times = std::move(times), input.neurons = std::move(neurons);
}

}  // namespace

const ParamTable<DelayDetectorParams>& delay_detector_params() {
  using P = DelayDetectorParams;
  static const ParamTable<P> table =
      ParamTable<P>{
          {"tau_m", &P::tau_m, "ms", "membrane time constant", positive},
          {"t_ref", &P::t_ref, "ms", "absolute refractory period", non_negative},
          {"threshold", &P::threshold, "", "relative to the summed mean initial weight of the pattern", positive},
          {"w_low", &P::w_low, "", "smallest initial weight, relative to the largest weight there can be", fraction},
          {"w_high", &P::w_high, "", "largest initial weight, likewise", fraction},
          {"d_max", &P::d_max, "ms", "longest delay", positive},
          {"resolution", &P::resolution, "ms", "time of one step, and shortest delay", positive},
          {"window", &P::window, "", "form of the delay window", finite, {"exponential", "flat"}}}
          .with(DelayStdp::params);
  return table;
}

void check_delay_detector(const DelayDetectorParams& p, std::vector<Problem>& problems) {
  if (p.d_max <= p.c || p.d_max <= p.resolution)
    problems.push_back({{}, "d_max", "is not above c and resolution", "raise it"});
  if (p.w_high < p.w_low) problems.push_back({{}, "w_high", "is below w_low", "raise it"});
  if (p.c < std::max({p.b_plus, p.b_minus, p.resolution}))
    problems.push_back({{}, "c", "is smaller than a step of the delay or of time", "raise it"});
}

ModuleInfo delay_detector_module() {
  return {.name = "delay_detector",
          .summary = "a neuron whose synapses learn weights and delays (Nadafian & Ganjtabesh 2020)",
          .params = delay_detector_params().infos(),
          .equations = delay_detector_equations,
          .check = [](const ModelArguments& arguments, std::vector<Problem>& problems) {
            check_delay_detector(delay_detector_params().read(arguments), problems);
          }};
}

PlasticitySpec delay_rule(const DelayDetectorParams& params, const DetectorVariant& variant) {
  PlasticitySpec rule;
  rule.rule = DelayStdp::name;
  for (const auto& field : DelayStdp::params) rule.params[std::string(field.name)] = params.*field.member;
  if (!variant.weights_learn) rule.params["a_plus"] = rule.params["a_minus"] = 0;
  if (!variant.delays_learn) rule.params["b_plus"] = rule.params["b_minus"] = 0;
  // Below c nothing happens with the stop rule; without it, delays end at one step.
  if (!variant.stops) rule.params["c"] = 0;
  rule.params["d_min"] = variant.aligning ? params.c : 0;
  rule.params["d_max"] = params.d_max, rule.params["w_max"] = w_max;
  rule.texts = {{"sign", variant.aligning ? "aligning" : "published"}, {"window", params.window}};
  return rule;
}

PatternInput draw_pattern_input(const PatternTask& task, std::uint64_t seed) {
  PatternInput input;
  const auto add = [&](double time, std::size_t neuron) {
    input.times.push_back(time);
    input.neurons.push_back(static_cast<std::uint32_t>(neuron));
  };
  const auto pattern = static_cast<std::size_t>(task.pattern);
  for (std::size_t i = 0; i < pattern; ++i) input.offsets.push_back(uniform_in(0, task.span, seed, offset_stream, i));
  double onset = lead_in;
  for (std::uint64_t k = 0; k < static_cast<std::uint64_t>(task.presentations); ++k) {
    input.onsets.push_back(onset);
    for (std::size_t i = 0; i < pattern; ++i) {
      const auto bits = draw(seed, Purpose::task, jitter_stream, k, static_cast<std::uint32_t>(i));
      add(onset + input.offsets[i] + task.jitter * normal_quantile(uniform(bits[0], bits[1])), i);
    }
    onset += uniform_in(task.gap_low, task.gap_high, seed, gap_stream, k);
  }
  input.duration = onset;
  for (std::size_t i = 0; i < pattern + static_cast<std::size_t>(task.distractors); ++i) {
    std::uint64_t count = 0;
    for (double time = 1; task.rate > 0;) {
      const auto bits = draw(seed, Purpose::task, background_stream + 16 * static_cast<std::uint32_t>(i), count++);
      time -= 1000 / task.rate * std::log(uniform(bits[0], bits[1]));
      if (time >= input.duration) break;
      add(time, i);
    }
  }
  sort_by_time(input);
  return input;
}

ExperimentSpec detector_network(const DelayDetectorParams& params, const PatternTask& task, const PatternInput& input,
                                std::span<const DetectorVariant> variants, std::uint64_t seed) {
  const auto inputs = static_cast<std::uint32_t>(task.pattern + task.distractors);
  ExperimentSpec experiment;
  experiment.name = "delay_detector", experiment.seed = seed;
  experiment.resolution = params.resolution;
  experiment.duration = std::ceil(input.duration / params.resolution) * params.resolution;
  experiment.run.threads = experiment.run.partitions = 1;
  PopulationSpec source;
  source.name = "inputs", source.model = "spike_list", source.size = inputs;
  source.spike_times = input.times, source.spike_neurons = input.neurons;
  experiment.network.populations.push_back(std::move(source));

  SynapseList synapses;
  for (std::uint32_t i = 0; i < inputs; ++i) {
    synapses.sources.push_back(i), synapses.targets.push_back(0);
    synapses.weights.push_back(w_max * uniform_in(params.w_low, params.w_high, seed, synapse_stream, i));
    synapses.delays.push_back(uniform_in(params.c, params.d_max, seed, synapse_stream + 1, i));
  }
  const double v_th = params.threshold * task.pattern * w_max * 0.5 * (params.w_low + params.w_high);
  for (const auto& variant : variants) {
    PopulationSpec neuron;
    neuron.name = variant.name, neuron.model = "lif_psc_delta", neuron.size = 1;
    neuron.params = {{"tau_m", Constant{params.tau_m}},
                     {"t_ref", Constant{params.t_ref}},
                     {"e_l", Constant{0}},
                     {"v_reset", Constant{0}},
                     {"v_th", Constant{v_th}}};
    neuron.initial = {{"v_m", Constant{0}}};
    experiment.network.populations.push_back(std::move(neuron));
    experiment.record.spikes.push_back({variant.name});
    ProjectionSpec projection;
    projection.name = projection.to = variant.name;
    projection.from = "inputs", projection.connect = synapses;
    projection.plasticity = delay_rule(params, variant);
    experiment.network.projections.push_back(std::move(projection));
  }
  return experiment;
}

}  // namespace spikeloom
