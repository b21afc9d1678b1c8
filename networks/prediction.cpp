/// A handful of costs, each measured by itself (docs/scaling.md says how), times how often they occur.
#include "networks/prediction.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "networks/build_plan.hpp"

namespace spikeloom {
namespace {

// One thread's nanoseconds.
constexpr double per_synapse_built = 30, per_event = 1.7, per_plastic_event = 14, per_update = 0.9;
constexpr double per_row = 25;     // of a source in the directory of a partition, with a miss in the cache
constexpr double per_merge = 2.5;  // of a spike, each time that two lists become one
constexpr double per_message = 1500, per_byte = 0.1;

// Bytes.
constexpr double per_static_synapse = 8, per_plastic_synapse = 14;  // while tables are made: the most they ever take
constexpr double per_segment = 20, per_neuron = 150, of_program = 40e6;
constexpr double per_sent_spike = 8;

double shortest_delay(const ProjectionSpec& projection, double resolution) {
  double delay = resolution;
  if (const auto* constant = std::get_if<Constant>(&projection.delay)) delay = constant->value;
  if (const auto* uniform = std::get_if<Uniform>(&projection.delay)) delay = uniform->low;
  return std::max(resolution, delay + projection.axonal_delay);
}

}  // namespace

Prediction predict(const ExperimentSpec& experiment, int ranks, int threads, double rate) {
  const auto plan = make_plan(experiment);
  Prediction prediction;
  double updated = 0, plastic = 0, window = 1000;  // ms
  for (const auto& population : plan.populations) {
    prediction.neurons += population.size;
    if (population.model->kind == ModelKind::neuron) updated += population.size;
  }
  for (const auto& projection : plan.projections) {
    if (!projection.wiring) continue;
    const auto synapses = projection.wiring->expected_synapses();
    prediction.synapses += synapses;
    if (projection.plastic) plastic += static_cast<double>(synapses);
    window = std::min(window, shortest_delay(*projection.spec, experiment.resolution));
    for (const auto& record : experiment.record.weights)
      if (record.projection == projection.spec->name)
        prediction.recorded +=
            synapses * 16 * (record.every ? 1 + static_cast<std::uint64_t>(experiment.duration / *record.every) : 1);
  }
  for (const auto& record : experiment.record.states)
    prediction.recorded += record.neurons.size() * 4 * static_cast<std::uint64_t>(experiment.duration / record.every);

  const double neurons = std::max<double>(1, static_cast<double>(prediction.neurons));
  const double synapses = static_cast<double>(prediction.synapses), lanes = static_cast<double>(ranks) * threads;
  const double spikes = neurons * rate, outdegree = synapses / neurons;  // per second; per neuron
  const double windows = 1000 / window;
  const auto share_with_targets = [&](double parts) { return 1 - std::exp(-outdegree / parts); };

  const double segments = neurons * lanes * share_with_targets(lanes) * std::min(outdegree / lanes + 1, 10.0);
  prediction.memory = static_cast<std::uint64_t>(
      of_program +
      ((synapses - plastic) * per_static_synapse + plastic * per_plastic_synapse + segments * per_segment) / ranks +
      neurons * (4.0 * threads + per_neuron / ranks));
  constexpr double ns = 1e-9;
  prediction.build_seconds = synapses * per_synapse_built * ns / lanes;
  prediction.delivery =
      (spikes * outdegree - rate * plastic) * per_event * ns / lanes + rate * plastic * per_plastic_event * ns / lanes;
  prediction.updates = updated * 1000 / experiment.resolution * per_update * ns / lanes;
  const double merges = std::bit_width(static_cast<unsigned>(ranks + threads - 1));
  prediction.lookup =
      spikes * share_with_targets(ranks) * (per_merge * merges + per_row * share_with_targets(lanes)) * ns;
  prediction.exchange =
      (ranks - 1) * (windows * per_message + spikes / ranks * share_with_targets(ranks) * per_sent_spike * per_byte) *
      ns;
  return prediction;
}

}  // namespace spikeloom
