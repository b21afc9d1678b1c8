/// One maker per connection rule; `make_connector` picks by the type of the rule.
#pragma once

#include "networks/connector.hpp"

namespace spikeloom {

std::unique_ptr<const Connector> make_rule(const OneToOne& rule, const ConnectorRequest& request);
std::unique_ptr<const Connector> make_rule(const AllToAll& rule, const ConnectorRequest& request);
std::unique_ptr<const Connector> make_rule(const FixedProbability& rule, const ConnectorRequest& request);
std::unique_ptr<const Connector> make_rule(const FixedIndegree& rule, const ConnectorRequest& request);
std::unique_ptr<const Connector> make_rule(const FixedOutdegree& rule, const ConnectorRequest& request);
std::unique_ptr<const Connector> make_rule(const FixedTotalNumber& rule, const ConnectorRequest& request);
std::unique_ptr<const Connector> make_rule(const DistanceDependent& rule, const ConnectorRequest& request);
std::unique_ptr<const Connector> make_rule(const SynapseList& rule, const ConnectorRequest& request);

/// Whether the rule must leave out synapses of a neuron onto itself.
inline bool excludes_self(const ConnectorRequest& request) {
  return request.projection.from == request.projection.to && !request.projection.autapses;
}

}  // namespace spikeloom
