/// Partners, delays and weights of one neuron's synapses, drawn column by column.
#include "networks/wiring.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/errors.hpp"

namespace spikeloom {
namespace {

/// The columns of a table stand for the projection's own values.
Value weight_of(const ProjectionSpec& projection) {
  const auto* list = std::get_if<SynapseList>(&projection.connect);
  return list && !list->weights.empty() ? Value(Array{list->weights}) : projection.weight;
}

Value delay_of(const ProjectionSpec& projection) {
  const auto* list = std::get_if<SynapseList>(&projection.connect);
  return list && !list->delays.empty() ? Value(Array{list->delays}) : projection.delay;
}

/// Compiles a value; a problem gets the path of the value.
SynapseValue compiled(const Value& value, const ConnectorRequest& request, Purpose purpose, const char* path) {
  try {
    return SynapseValue(value, request.seed, purpose, request.stream);
  } catch (const SpecError& error) {
    throw SpecError(path, error.problems().front().what, error.problems().front().remedy);
  }
}

/// Rows that an array must have: as many as the rule's table.
std::uint64_t table_rows(const ConnectorRequest& request) {
  if (const auto* list = std::get_if<SynapseList>(&request.projection.connect)) return list->sources.size();
  if (std::holds_alternative<OneToOne>(request.projection.connect)) return request.targets;
  return std::uint64_t{request.sources} * request.targets;
}

void require_rows(const SynapseValue& value, const Connector& connector, const ConnectorRequest& request,
                  const char* path) {
  if (!value.array()) return;
  std::vector<std::uint64_t> rows;
  if (request.targets > 0 && !connector.rows_of(0, rows))
    throw SpecError(path, "an array needs a rule whose synapses are numbered",
                    "use a table, one_to_one, or all_to_all (a matrix with one row per target)");
  if (value.array()->values.size() != table_rows(request))
    throw SpecError(path, fmt::format("{} numbers for {} synapses", value.array()->values.size(), table_rows(request)),
                    "give one number per synapse (all_to_all: one row per target, autapses included)");
}

void require_positions(const SynapseValue& value, const ConnectorRequest& request, const char* path) {
  if (value.uses_distance() && (request.source_positions.empty() || request.target_positions.empty()))
    throw SpecError(path, "the formula uses distance, but not both populations have positions",
                    "give both populations a layout");
}

/// Whole steps of a delay in steps: to the nearest, at least one.
std::int32_t whole_steps(float steps) noexcept {
  return static_cast<std::int32_t>(std::min(1e9f, std::max(1.0f, steps + 0.5f)));
}

}  // namespace

Wiring::Wiring(const ConnectorRequest& request, double resolution)
    : request_(request),
      resolution_(resolution),
      connector_(make_connector(request)),
      weight_(compiled(weight_of(request.projection), request, Purpose::weight, "weight")),
      delay_(compiled(delay_of(request.projection), request, Purpose::delay, "delay")) {
  require_rows(weight_, *connector_, request, "weight");
  require_rows(delay_, *connector_, request, "delay");
  require_positions(weight_, request, "weight");
  require_positions(delay_, request, "delay");
}

void Wiring::synapses_of(std::uint32_t neuron, SynapseBlock& block, bool with_weights) const {
  connector_->partners_of(neuron, block.partners);
  SynapseScratch& scratch = block.scratch;
  const bool weights_vary = with_weights && !weight_.is_constant();
  SynapsesOfNeuron synapses{.neuron = neuron,
                            .neuron_is_target = driver() == Connector::Driver::target,
                            .partners = block.partners,
                            .target_positions = &request_.target_positions};
  if (delay_.array() || (weights_vary && weight_.array())) {
    connector_->rows_of(neuron, scratch.rows);
    synapses.rows = scratch.rows;
  }
  if (delay_.uses_distance() || (weights_vary && weight_.uses_distance())) {
    find_distances(neuron, block);
    synapses.distances = scratch.distances;
  }
  draw_delays(synapses, block);
  if (weights_vary) {
    block.weights.resize(block.partners.size());
    weight_.draw(synapses, block.weights, scratch);
  } else if (with_weights) {
    block.weights.assign(1, static_cast<float>(weight_.constant()));
  }
}

void Wiring::find_distances(std::uint32_t neuron, SynapseBlock& block) const {
  const Positions& sources = request_.source_positions;
  const Positions& targets = request_.target_positions;
  const bool periodic = request_.projection.periodic;
  if (driver() == Connector::Driver::target) {
    distances_to(targets, neuron, sources, block.partners, periodic, block.scratch.distances);
    return;
  }
  block.scratch.distances.resize(block.partners.size());
  std::vector<float> one;
  for (std::size_t k = 0; k < block.partners.size(); ++k) {
    distances_to(targets, block.partners[k], sources, std::span(&neuron, 1), periodic, one);
    block.scratch.distances[k] = one.front();
  }
}

void Wiring::draw_delays(const SynapsesOfNeuron& synapses, SynapseBlock& block) const {
  const double axonal = request_.projection.axonal_delay / resolution_;
  if (delay_.is_constant()) {
    const double steps = std::round(axonal + delay_.constant() / resolution_);
    block.delays.assign(1, static_cast<std::int32_t>(std::clamp(steps, 1.0, 1e9)));
    return;
  }
  std::vector<float>& values = block.scratch.values;
  values.resize(block.partners.size());
  block.delays.resize(block.partners.size());
  delay_.draw(synapses, values, block.scratch);
  const auto scale = static_cast<float>(1 / resolution_), offset = static_cast<float>(axonal);
  for (std::size_t k = 0; k < values.size(); ++k) block.delays[k] = whole_steps(offset + values[k] * scale);
}

}  // namespace spikeloom
