/// Training by mini-batches: kernels as wide as the epoch says, Adam for weights and positions with schedules of their
/// own, evaluation with rounded delays.
#include "networks/dcls/dcls_learner.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "core/flush_denormals.hpp"
#include "core/parallel.hpp"
#include "networks/dcls/handover.hpp"

namespace spikeloom {
namespace {

DclsConfig config_of(const DclsModuleParams& params, const LearningProblem& problem) {
  DclsConfig config;
  config.units.push_back(problem.inputs);
  for (const double width : params.hidden) config.units.push_back(static_cast<std::size_t>(width));
  config.units.push_back(problem.classes);
  config.steps = static_cast<std::size_t>(std::ceil(problem.duration / params.resolution));
  config.length = dcls_kernel_length(params);
  config.taps = static_cast<std::size_t>(params.taps);
  config.tau = params.tau / params.resolution;
  config.v_th = params.v_th;
  config.v_th_out = params.v_th_out;
  config.alpha = params.alpha;
  config.dropout = params.dropout;
  config.normalise = params.normalise;
  config.right_padding = params.right_padding;
  config.afferents = static_cast<std::size_t>(params.afferents);
  const auto& names = dcls_readout_names();
  config.readout = static_cast<DclsReadout>(std::find(names.begin(), names.end(), params.readout) - names.begin());
  return config;
}

std::unique_ptr<Optimiser<float>> adam(double eta, std::size_t size) {
  ModelArguments arguments;
  arguments.numbers["eta"] = {eta};
  return find_optimiser("adam")->make<float>(arguments, size);
}

/// Half a cosine from one value to another.
double cosine(double from, double to, double share) { return to + (from - to) * 0.5 * (1 + std::cos(M_PI * share)); }

}  // namespace

std::size_t dcls_kernel_length(const DclsModuleParams& params) {
  if (params.delays == "none") return 1;
  const auto steps = static_cast<std::size_t>(std::lround(params.delay_max / params.resolution));
  return std::max<std::size_t>(1, steps + (steps % 2 == 0 ? 1 : 0));
}

DclsSchedule dcls_schedule(const DclsModuleParams& params, std::uint64_t epoch, std::uint64_t epochs) {
  DclsSchedule now;
  const double length = static_cast<double>(dcls_kernel_length(params));
  const double widest = std::max(1.0, std::floor(length / 2)), e = static_cast<double>(epoch);
  const double narrow_from = std::max(1.0, std::floor(params.annealing * static_cast<double>(epochs)));
  now.sigma = params.width == "constant"
                  ? params.sigma_end
                  : widest * std::exp(std::log(params.sigma_end / widest) * std::min(1.0, e / narrow_from));
  const double settled = std::floor(params.settling * static_cast<double>(epochs));  // epochs
  now.settling = settled > 0 && e >= static_cast<double>(epochs) - settled;
  if (params.schedule == "constant" || epochs < 2) return now;
  // As PyTorch's OneCycleLR: from a 25th of the peak up over the first 30 %, then down to a 10,000th of that.
  const double last = static_cast<double>(epochs - 1), rise = std::max(0.0, 0.3 * static_cast<double>(epochs) - 1);
  constexpr double start = 1.0 / 25, end = start / 1e4;
  now.weights =
      e <= rise ? cosine(start, 1, rise > 0 ? e / rise : 1) : cosine(1, end, std::min(1.0, (e - rise) / (last - rise)));
  now.delays = cosine(1, 0, std::min(1.0, e / static_cast<double>(epochs)));
  return now;
}

DclsLearner::DclsLearner(const DclsModuleParams& params, const LearningProblem& problem, std::uint64_t seed)
    : params_(params),
      seed_(seed),
      epochs_(problem.epochs),
      network_(config_of(params, problem), seed),
      pass_(network_),
      of_weights_(adam(params.eta, network_.weights.size())),
      of_positions_(adam(params.eta_delay, network_.positions.size())),
      of_gamma_(adam(params.eta, network_.gamma.size())),
      of_beta_(adam(params.eta, network_.beta.size())) {
  if (!learns_delays())  // whole positions, kept as they are
    for (auto& position : network_.positions) position = std::nearbyint(position);
  measures_ = {{"sigma", "", "width of the kernels, steps", 0},
               {"hidden_spikes", "", "per hidden neuron and sample, after dropout", 0}};
}

std::vector<DclsSpike> DclsLearner::binned(const SpikeSample& sample) const {
  std::vector<DclsSpike> spikes;
  for (std::size_t k = 0; k < sample.times.size(); ++k)
    spikes.push_back({static_cast<std::uint32_t>(sample.times[k] / params_.resolution), sample.units[k], 1});
  std::sort(spikes.begin(), spikes.end(), [](const DclsSpike& a, const DclsSpike& b) {
    return a.step != b.step ? a.step < b.step : a.unit < b.unit;
  });
  std::size_t kept = 0;
  for (std::size_t k = 0; k < spikes.size(); ++k)
    if (kept > 0 && spikes[kept - 1].step == spikes[k].step && spikes[kept - 1].unit == spikes[k].unit)
      spikes[kept - 1].count += 1;
    else
      spikes[kept++] = spikes[k];
  spikes.resize(kept);
  return spikes;
}

const DclsInference& DclsLearner::inference() {
  if (!inference_) inference_ = std::make_unique<DclsInference>(network_);
  return *inference_;
}

void DclsLearner::go_through(const Batch& batch, std::span<Answer> answers, const DclsPass<float>::Options& options) {
  std::vector<SpikeColumns<float>> inputs(batch.samples.size());
  std::vector<std::int32_t> labels(batch.samples.size());
  for_each_index(static_cast<std::size_t>(options.threads), batch.samples.size(), [&](std::size_t i) {
    const auto sample = batch.spikes()[batch.samples[i]];
    inputs[i] = by_source<float>(binned(sample), network_.config.units.front());
    labels[i] = sample.label;
  });
  std::vector<DclsAnswer> said(batch.samples.size());
  pass_.forward(inputs, labels, options, said);
  for (std::size_t i = 0; i < said.size(); ++i) answers[i] = {said[i].loss, said[i].label};
  if (options.mode == DclsPass<float>::Mode::training) pass_.backward(gradient_);
}

void DclsLearner::evaluate(const Batch& batch, std::span<Answer> answers, int threads) {
  if (params_.evaluate == "unrounded") {
    DclsPass<float>::Options options;
    options.kernels = {.single_taps = !learns_delays(), .sigma = schedule().sigma};
    options.threads = threads;
    return go_through(batch, answers, options);
  }
  const auto& network = inference();
  for_each_index(static_cast<std::size_t>(threads), batch.samples.size(), [&](std::size_t i) {
    const FlushDenormals flush;
    const auto sample = batch.spikes()[batch.samples[i]];
    const auto said = network.answer(network.run(binned(sample)), sample.label);
    answers[i] = {said.loss, said.label};
  });
}

void DclsLearner::update(const Batch& batch, std::span<Answer> answers, int threads) {
  const auto now = schedule();
  const bool moves = learns_delays() && !now.settling;
  DclsPass<float>::Options options;
  options.kernels = {.single_taps = !moves, .sigma = now.sigma};
  options.mode = DclsPass<float>::Mode::training;
  options.seed = seed_;
  options.update = counters_[1];
  options.threads = threads;
  go_through(batch, answers, options);
  const FlushDenormals flush;
  const float decay = static_cast<float>(params_.penalty);
  for (std::size_t k = 0; k < gradient_.weights.size(); ++k) gradient_.weights[k] += decay * network_.weights[k];
  const auto step = [&](Optimiser<float>& optimiser, double factor, std::span<float> values,
                        std::span<const float> gradient) {
    optimiser.set_updates(counters_[1]);
    optimiser.set_rate_factor(rate_ * factor);
    optimiser.update(values, gradient);
  };
  step(*of_weights_, now.weights, network_.weights, gradient_.weights);
  if (params_.normalise) {
    step(*of_gamma_, now.weights, network_.gamma, gradient_.gamma);
    step(*of_beta_, now.weights, network_.beta, gradient_.beta);
  }
  if (moves) {
    step(*of_positions_, now.delays, network_.positions, gradient_.positions);
    network_.clamp_positions();
  }
  pass_.update_statistics(network_);
  inference_.reset();
  ++counters_[1];
  sums_[0] += pass_.mean_spikes();
  ++sums_[1];
}

void DclsLearner::end_epoch() {
  measures_[0].value = learns_delays() && !schedule().settling ? schedule().sigma : 0;
  measures_[1].value = sums_[1] > 0 ? sums_[0] / sums_[1] : 0;
  sums_ = {};
  ++counters_[0];
}

std::vector<StateArray> DclsLearner::state() {
  inference_.reset();  // the caller may write
  const auto floats = [](std::string_view name, std::span<float> values) {
    return StateArray{name, "", {values.size()}, values};
  };
  std::vector<StateArray> all = {floats("weights", network_.weights), floats("positions", network_.positions),
                                 floats("gamma", network_.gamma), floats("beta", network_.beta)};
  all.push_back({"mean", "", {network_.mean.size()}, std::span(network_.mean)});
  all.push_back({"variance", "", {network_.variance.size()}, std::span(network_.variance)});
  const std::array<std::array<std::string_view, 2>, 4> names = {
      {{"weights_m", "weights_v"}, {"positions_m", "positions_v"}, {"gamma_m", "gamma_v"}, {"beta_m", "beta_v"}}};
  const std::array optimisers = {of_weights_.get(), of_positions_.get(), of_gamma_.get(), of_beta_.get()};
  for (std::size_t k = 0; k < optimisers.size(); ++k) {
    const auto columns = optimisers[k]->columns();
    for (std::size_t c = 0; c < columns.size(); ++c) all.push_back(floats(names[k][c], columns[c].values));
  }
  all.push_back({"spikes_of_epoch", "", {sums_.size()}, std::span<double>(sums_)});
  all.push_back({"counters", "", {counters_.size()}, std::span(counters_)});
  return all;
}

std::vector<NamedArray> DclsLearner::arrays() const {
  std::vector<NamedArray> all;
  const auto add = [&](const char* name, const char* unit, const char* doc, const char* axis, const auto& values) {
    if (!values.empty()) all.push_back({name, unit, doc, {axis}, {values.size()}, {values.begin(), values.end()}});
  };
  add("weights", "", "after training (first seed), layer by layer: [source][tap][target]", "synapse", network_.weights);
  add("positions", "step", "of the taps, from the middle of the kernel; delay = length / 2 - position", "synapse",
      network_.positions);
  add("gamma", "", "of the normalisation: gain", "hidden neuron", network_.gamma);
  add("beta", "", "of the normalisation: offset", "hidden neuron", network_.beta);
  add("mean", "", "of a hidden neuron's input, running", "hidden neuron", network_.mean);
  add("variance", "", "of a hidden neuron's input, running", "hidden neuron", network_.variance);
  return all;
}

void DclsLearner::arrays_loaded() {
  if (network_.config.afferents > 0)  // those that do not exist have no weight
    std::transform(network_.weights.begin(), network_.weights.end(), network_.present.begin(),
                   [](float weight) { return weight != 0 ? 1.0f : 0.0f; });
  network_.clamp_positions();
  if (!learns_delays())
    for (auto& position : network_.positions) position = std::nearbyint(position);
}

std::vector<Learner::Delays> DclsLearner::delays() const {
  std::vector<Delays> all;
  for (std::size_t l = 0; l < network_.layers.size(); ++l) {
    const auto& layer = network_.layers[l];
    if (layer.shape.length == 1) continue;
    Delays group{"layer_" + std::to_string(l + 1), {}};
    for (std::size_t s = layer.first_synapse; s < layer.first_synapse + layer.shape.synapses(); ++s)
      if (network_.present[s] != 0)
        group.values.push_back(params_.resolution * static_cast<double>(rounded_delay(
                                                        layer.shape, static_cast<double>(network_.positions[s]))));
    all.push_back(std::move(group));
  }
  return all;
}

std::optional<ExperimentSpec> DclsLearner::as_network(const SpikeSample& sample, double resolution) {
  if (resolution > 0 && resolution != params_.resolution)
    throw SpecError("module.params.resolution", "the network was trained in steps of its own",
                    "leave --resolution out");
  const auto& trained = inference();
  ExperimentSpec experiment;
  experiment.name = "trained";
  experiment.resolution = params_.resolution;
  experiment.duration = static_cast<double>(engine_duration(trained) + 1) * params_.resolution;
  experiment.network = dcls_network_spec(trained, binned(sample), params_.resolution);
  for (const auto& population : experiment.network.populations)
    if (population.name == "input" || population.name.starts_with("hidden") || population.name == "output")
      experiment.record.spikes.push_back({population.name});
  std::vector<std::uint32_t> outputs(trained.layers().back().targets);
  std::iota(outputs.begin(), outputs.end(), 0u);
  experiment.record.states.push_back({"output_v_m", "v_m", "output", std::move(outputs), params_.resolution});
  return experiment;
}

std::vector<Learner::Raster> DclsLearner::rasters(const SpikeSample& sample) {
  const auto input = binned(sample);
  const auto response = inference().run(input);
  std::vector<Raster> all = {{"input", network_.layers.front().shape.sources, {}, {}}};
  const auto add = [&](Raster& raster, Step step, std::uint32_t neuron) {
    raster.times.push_back(static_cast<double>(step) * params_.resolution);
    raster.neurons.push_back(neuron);
  };
  for (const auto& spike : input)
    for (int k = 0; k < static_cast<int>(spike.count); ++k) add(all[0], engine_step(0, spike.step) - 1, spike.unit);
  for (std::size_t l = 0; l < response.spikes.size(); ++l) {
    const bool hidden = l + 1 < response.spikes.size();
    all.push_back({hidden ? "hidden_" + std::to_string(l + 1) : "output", network_.layers[l].shape.targets, {}, {}});
    for (const auto& spike : response.spikes[l]) add(all.back(), engine_step(l, spike.step), spike.unit);
  }
  return all;
}

}  // namespace spikeloom
