/// A trained network as populations and projections of the engine, with one sample as its input.
///
/// tau_m dV/dt = -V + I is `lif_psc_exp` with c_m [pF] = tau_m [ms], rest and reset at 0 mV and weights in pA. A leaky
/// readout is a neuron whose threshold is out of reach.
#include "networks/eventprop/eventprop_learner.hpp"

namespace spikeloom {
namespace {

constexpr double out_of_reach = 1e9;  // mV

std::string population(const EventPropNetwork& network, std::size_t layer) {
  if (layer == 0) return "input";
  if (layer + 1 == network.layers()) return "output";
  return "hidden" + (network.layers() > 3 ? std::to_string(layer) : std::string());
}

PopulationSpec neurons(const EventPropNetwork& network, std::size_t layer) {
  const auto& membrane = network.membrane;
  PopulationSpec spec;
  spec.name = population(network, layer);
  spec.model = "lif_psc_exp";
  spec.size = network.sizes[layer];
  spec.precision = Precision::double_;
  const auto set = [&](const char* name, double value) { spec.params[name] = Constant{value}; };
  set("tau_m", membrane.tau_m);
  set("c_m", membrane.tau_m);
  set("tau_syn_ex", membrane.tau_s);
  set("tau_syn_in", membrane.tau_s);
  set("e_l", 0);
  set("v_reset", 0);
  set("t_ref", network.single_spike ? network.duration : 0);
  set("v_th", network.fires(layer) ? membrane.v_th : out_of_reach);
  return spec;
}

ProjectionSpec synapses(const EventPropNetwork& network, const EventPropProjection& from, std::size_t source,
                        std::size_t target) {
  ProjectionSpec spec;
  spec.from = population(network, source);
  spec.to = population(network, target);
  spec.name = spec.from + "_to_" + spec.to;
  SynapseList list;
  for (std::uint32_t i = 0; i < from.sources; ++i)
    for (std::uint32_t j = 0; j < from.targets; ++j) {
      list.sources.push_back(i);
      list.targets.push_back(j);
      list.weights.push_back(from.weights[std::size_t{i} * from.targets + j]);
      list.delays.push_back(from.effective[from.delay_place(i, j)]);
    }
  spec.connect = std::move(list);
  return spec;
}

}  // namespace

std::optional<ExperimentSpec> EventPropLearner::as_network(const SpikeSample& sample, double resolution) {
  if (resolution > 0) network_.resolution = resolution;
  if (!network_.on_grid())
    throw SpecError("module.params.resolution", "the network was trained at exact times, the engine's delays are steps",
                    "choose a resolution to round delays to, for example --resolution 0.01");
  network_.prepare();
  ExperimentSpec experiment;
  experiment.name = "trained";
  experiment.resolution = network_.resolution;
  experiment.duration = network_.duration - network_.resolution;  // spikes at the very end do not count
  experiment.precision = Precision::double_;
  PopulationSpec input;
  input.name = population(network_, 0);
  input.model = "spike_list";
  input.size = network_.sizes[0];
  input.spike_times.assign(sample.times.begin(), sample.times.end());
  input.spike_neurons.assign(sample.units.begin(), sample.units.end());
  experiment.network.populations.push_back(std::move(input));
  for (std::size_t layer = 1; layer < network_.layers(); ++layer) {
    experiment.network.populations.push_back(neurons(network_, layer));
    experiment.network.projections.push_back(synapses(network_, network_.forward[layer - 1], layer - 1, layer));
    if (network_.is_recurrent(layer))
      experiment.network.projections.push_back(synapses(network_, network_.recurrent[layer - 1], layer, layer));
    if (network_.fires(layer)) {
      experiment.record.spikes.push_back({population(network_, layer)});
      continue;
    }
    StateRecord record;
    record.name = "output_v_m";
    record.variable = "v_m";
    record.population = population(network_, layer);
    for (std::uint32_t m = 0; m < network_.sizes[layer]; ++m) record.neurons.push_back(m);
    record.every = network_.resolution;
    experiment.record.states.push_back(std::move(record));
  }
  return experiment;
}

std::vector<Learner::Raster> EventPropLearner::rasters(const SpikeSample& sample) {
  network_.prepare();
  auto& trial = lanes_.front().trial;
  trial.forward(network_, loss_, sample.times, sample.units, sample.label);
  std::vector<Raster> all;
  for (std::size_t layer = 0; layer < network_.layers(); ++layer) {
    if (!network_.fires(layer) && layer > 0) continue;
    auto& raster = all.emplace_back(Raster{population(network_, layer), network_.sizes[layer], {}, {}});
    for (const auto& spike : trial.spikes(layer)) {
      raster.times.push_back(spike.time);
      raster.neurons.push_back(spike.neuron);
    }
  }
  return all;
}

}  // namespace spikeloom
