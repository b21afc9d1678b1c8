/// Builds the network of a mini-batch, runs it, and takes weights and spikes back.
#include "networks/counter_current/in_engine.hpp"

#include <algorithm>
#include <cmath>

#include "core/random.hpp"
#include "networks/build.hpp"
#include "networks/synapse_columns.hpp"

namespace spikeloom {
namespace {

constexpr std::uint32_t other_class_stream = 0x4343;

std::string numbered(const std::string& name, std::size_t k) { return name + "_" + std::to_string(k); }

PopulationSpec population_of_chain(std::string name, std::size_t size, const SpikingNeurons& neurons) {
  PopulationSpec population;
  population.name = std::move(name), population.model = "lif_psc_delta";
  population.size = static_cast<std::uint32_t>(size);
  population.precision = Precision::single;
  population.params = {{"tau_m", Constant{neurons.tau_m}},
                       {"v_th", Constant{1}},
                       {"e_l", Constant{0}},
                       {"v_reset", Constant{0}},
                       {"t_ref", Constant{0}}};
  return population;
}

SynapseList synapse_list_of(const Matrix<float>& weights, double delay) {
  SynapseList list;
  for (std::uint32_t j = 0; j < weights.rows(); ++j)
    for (std::uint32_t i = 0; i < weights.columns(); ++i) {
      list.sources.push_back(j), list.targets.push_back(i);
      list.weights.push_back(static_cast<double>(weights(j, i))), list.delays.push_back(delay);
    }
  return list;
}

}  // namespace

void add_spiking_chain(NetworkSpec& network, const std::string& driver, const std::string& name,
                       const SpikingNetwork& chain, const SpikingNeurons& neurons) {
  PopulationSpec source;
  source.name = driver, source.model = "spike_list";
  source.size = static_cast<std::uint32_t>(chain[0].weights().rows());
  network.populations.push_back(std::move(source));
  for (std::size_t l = 0; l < chain.layers(); ++l) {
    const auto& weights = chain[l].weights();
    network.populations.push_back(population_of_chain(numbered(name, l + 1), weights.columns(), neurons));
    ProjectionSpec projection;
    projection.name = projection.to = numbered(name, l + 1);
    projection.from = l == 0 ? driver : numbered(name, l);
    projection.connect = synapse_list_of(weights, neurons.resolution);
    network.projections.push_back(std::move(projection));
  }
}

void add_presentation(PopulationSpec& driver, const SpikeRaster& spikes, Step begin, const SpikingNeurons& neurons) {
  for (std::size_t step = 0; step < spikes.steps(); ++step)
    for (const auto neuron : spikes.at(static_cast<std::ptrdiff_t>(step))) {
      driver.spike_times.push_back(static_cast<double>(begin + static_cast<Step>(step) + 1) * neurons.resolution);
      driver.spike_neurons.push_back(neuron);
    }
}

EngineCounterCurrent::EngineCounterCurrent(const SpikingNetworkParams& network, const TeachingParams& params,
                                           const EngineTraining& training, std::size_t values, std::size_t classes,
                                           std::uint64_t seed)
    : neurons_(network.neurons),
      params_(params),
      training_(training),
      classes_(classes),
      seed_(seed),
      networks_(network, params, values, classes, seed),
      match_right_(levels()),
      match_other_(levels()) {}

Step EngineCounterCurrent::period() const noexcept {
  return static_cast<Step>(neurons_.steps()) + std::llround(training_.pause / neurons_.resolution);
}

std::size_t EngineCounterCurrent::other_class(std::size_t label, std::uint64_t update, std::size_t sample) const {
  const auto bits = draw(seed_, Purpose::task, other_class_stream, update, static_cast<std::uint32_t>(sample));
  return (label + 1 + below(classes_ - 1, bits[0], bits[1])) % classes_;
}

ExperimentSpec EngineCounterCurrent::experiment(const LayerBatch<float>& batch) const {
  ExperimentSpec experiment;
  experiment.name = "counter_current", experiment.seed = seed_;
  experiment.resolution = neurons_.resolution;
  auto& network = experiment.network;
  add_spiking_chain(network, "input", "forward", networks_.forward_network(), neurons_);
  add_spiking_chain(network, "labels", "feedback", networks_.feedback_network(), neurons_);
  auto &input = network.populations[0], &classes = network.populations[levels() + 1];
  std::vector<std::int32_t> shown(batch.labels.begin(), batch.labels.end());
  if (params_.local_targets == "shuffled") shown = permuted(shown, seed_, batch.update);
  Step begin = 0;
  for (std::size_t n = 0; n < shown.size(); ++n) {
    const auto label = static_cast<std::size_t>(shown[n]);
    for (const auto presented : {label, other_class(label, batch.update, n)}) {
      add_presentation(input, networks_.spikes_of_sample(batch.inputs.row(n)), begin, neurons_);
      add_presentation(classes, networks_.spikes_of_class(presented), begin, neurons_);
      begin += period();
    }
  }
  experiment.duration = static_cast<double>(begin) * neurons_.resolution;
  add_modulators(experiment, 2 * shown.size());
  add_plasticity(experiment);
  experiment.record.spikes.push_back({numbered("forward", levels())});
  return experiment;
}

/// Level l ends step t of a presentation in step t + 1 + l: all are compared when the last is over.
void EngineCounterCurrent::add_modulators(ExperimentSpec& experiment, std::size_t presentations) const {
  for (std::size_t level = 1; level <= levels(); ++level) {
    ComparisonModulation comparison{.population = numbered("forward", level),
                                    .with = numbered("feedback", levels() - level + 1),
                                    .amount = 1 / training_.tau,
                                    .delay = neurons_.resolution,
                                    .times = {},
                                    .targets = {}};
    for (std::size_t k = 0; k < presentations; ++k) {
      const auto end = static_cast<Step>(k) * period() + static_cast<Step>(neurons_.steps() + levels() + 1);
      comparison.times.push_back(static_cast<double>(end) * neurons_.resolution);
      comparison.targets.push_back(k % 2 == 0 ? 1 : 0);
    }
    experiment.network.modulators.push_back(
        {.name = numbered("level", level), .tau = training_.tau, .baseline = 0, .sources = {std::move(comparison)}});
    experiment.record.modulators.push_back(
        {numbered("level", level), static_cast<double>(period()) * neurons_.resolution});
  }
}

void EngineCounterCurrent::add_plasticity(ExperimentSpec& experiment) const {
  const auto teach = [&](std::size_t projection, std::size_t level) {
    experiment.network.projections[projection].plasticity =
        PlasticitySpec{.rule = "counterpart_delta",
                       .params = {{"tau_x", training_.tau}, {"eta", training_.eta}},
                       .texts = {},
                       .modulator = numbered("level", level)};
  };
  for (std::size_t l = 0; l < levels(); ++l) {
    teach(l, l + 1);
    if (params_.feedback == "learned") teach(levels() + l, levels() - l);
  }
}

const LayerAnswers& EngineCounterCurrent::learn(const LayerBatch<float>& batch, const Pass& pass) {
  const auto spec = experiment(batch);
  const auto engine = build(spec, 1).engine;
  const auto end = static_cast<Step>(2 * batch.labels.size()) * period();
  const auto stretch = engine->run_until(end, false);
  read_weights(spec, *engine);
  for (std::size_t level = 0; level < levels(); ++level) {
    const auto& errors = stretch.modulators[level].values;  // number k + 1: after presentation k
    match_right_[level] = match_other_[level] = 0;
    for (std::size_t n = 0; n < batch.labels.size(); ++n) {
      match_right_[level] += (1 - errors[2 * n + 1]) / static_cast<double>(batch.labels.size());
      match_other_[level] -= errors[2 * n + 2] / static_cast<double>(batch.labels.size());
    }
  }
  NeuronId first = 0;
  for (std::size_t p = 0; p < levels(); ++p) first += *spec.network.populations[p].size;
  top_.resize(batch.labels.size(), networks_.readout().rows());
  std::ranges::fill(top_.values(), 0.0f);
  for (const auto& spike : stretch.spikes)
    if (const auto presentation = static_cast<std::size_t>((spike.step - 1) / period()); presentation % 2 == 0)
      top_(presentation / 2, spike.neuron - first) += static_cast<float>(1 / neurons_.duration);
  return networks_.learn_readout_from(top_, batch.labels, pass.threads);
}

void EngineCounterCurrent::read_weights(const ExperimentSpec& spec, const Engine& engine) {
  std::size_t projection = 0;
  for (auto& group : networks_.groups())
    for (auto& parameter : group.parameters) {
      if (parameter.name.starts_with("readout")) continue;
      const auto columns = synapses_of(spec, engine, projection++);  // in order of source, then target
      std::ranges::copy(columns.weights, parameter.values.begin());
    }
}

std::vector<LayerRule<float>::Measure> EngineCounterCurrent::measures() {
  std::vector<Measure> all;
  for (auto& measure : networks_.measures())
    if (measure.name.starts_with("alignment")) all.push_back(std::move(measure));
  for (std::size_t level = 0; level < levels(); ++level) {
    const auto at = " at level " + std::to_string(level + 1) + ", last mini-batch";
    all.push_back({numbered("match_right", level + 1), "product of traces up and down for the right class" + at,
                   match_right_[level]});
    all.push_back({numbered("match_other", level + 1), "product of traces up and down for another class" + at,
                   match_other_[level]});
  }
  return all;
}

}  // namespace spikeloom
