/// Reads synapses back out of tables and plastic projections, partition by partition.
#include "networks/synapse_columns.hpp"

#include <algorithm>
#include <tuple>

#include "networks/network_ids.hpp"
#include "plasticity/rule.hpp"

namespace spikeloom {
namespace {

struct SynapseRow {
  std::uint32_t source, target;
  float delay, weight;
};

/// Of all ranks on the first. Where delays learn, the order must not depend on them.
SynapseColumns sorted_columns(Ranks& ranks, std::vector<SynapseRow> rows, bool by_delay) {
  if (!ranks.is_alone()) {
    ByteWriter writer;
    writer.put_list(rows);
    rows.clear();
    for (const auto& bytes : ranks.gather(writer.take())) {
      const auto more = ByteReader(bytes).take_list<SynapseRow>();
      rows.insert(rows.end(), more.begin(), more.end());
    }
  }
  std::stable_sort(rows.begin(), rows.end(), [by_delay](const SynapseRow& a, const SynapseRow& b) {
    if (!by_delay) return std::tie(a.source, a.target) < std::tie(b.source, b.target);
    return std::tie(a.source, a.delay, a.target) < std::tie(b.source, b.delay, b.target);
  });
  SynapseColumns columns;
  for (const auto& row : rows) {
    columns.sources.push_back(row.source);
    columns.targets.push_back(row.target);
    columns.delays.push_back(row.delay);
    columns.weights.push_back(row.weight);
  }
  return columns;
}

}  // namespace

SynapseColumns synapses_of(const ExperimentSpec& experiment, const Engine& engine, std::size_t projection) {
  const auto& spec = experiment.network.projections.at(projection);
  if (!spec.plasticity) return synapses_between(experiment, engine, spec.from, spec.to);
  std::vector<SynapseRow> rows;
  for (const auto& partition : engine.partitions())
    for (const auto& plastic : partition->plastic()) {
      if (plastic.projection != projection) continue;
      const auto first = plastic.first_target;
      plastic.synapses->visit(engine.now(), [&rows, first](const PlasticRow& row) {
        for (std::size_t k = 0; k < row.targets.size(); ++k)
          rows.push_back({row.source, first + row.targets[k],
                          row.delays.empty() ? static_cast<float>(row.delay) : row.delays[k], row.weights[k]});
      });
    }
  return sorted_columns(engine.ranks(), std::move(rows), !find_rule(spec.plasticity->rule)->changes_delays);
}

SynapseColumns synapses_between(const ExperimentSpec& experiment, const Engine& engine, const std::string& from,
                                const std::string& to) {
  const auto firsts = first_ids(experiment.network);
  const auto index = [&](const std::string& name) {
    const auto& populations = experiment.network.populations;
    return static_cast<std::size_t>(
        std::find_if(populations.begin(), populations.end(), [&](const auto& p) { return p.name == name; }) -
        populations.begin());
  };
  const auto source = index(from), target = index(to);
  const auto& receptors = find_model(experiment.network.populations[target].model)->receptors;

  std::vector<SynapseRow> rows;
  std::vector<Synapse> synapses;
  for (const auto& partition : engine.partitions())
    for (NeuronId id = firsts[source]; id < firsts[source + 1]; ++id) {
      synapses.clear();
      partition->table().decode(id, synapses);
      for (const auto& s : synapses) {
        const auto place = partition->target_of(s.slot);
        if (place.population != target) continue;
        const auto& receptor =
            receptors[std::min<std::size_t>(static_cast<std::size_t>(place.row), receptors.size() - 1)];
        rows.push_back({id - firsts[source], place.neuron, static_cast<float>(s.delay),
                        receptor.magnitude && receptor.sign < 0 ? -s.weight : s.weight});
      }
    }
  return sorted_columns(engine.ranks(), std::move(rows), true);
}

}  // namespace spikeloom
