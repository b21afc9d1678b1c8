/// Which neurons a projection connects, one target (or source) at a time: a function of the seed, not a generator.
///
/// A connection rule is one file in networks/connect/ plus one line of `make_connector`.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "networks/positions.hpp"
#include "networks/spec.hpp"

namespace spikeloom {

/// What a rule knows of its projection. `stream` is the number of the projection. References must outlive the
/// connector.
struct ConnectorRequest {
  const ProjectionSpec& projection;
  std::uint32_t sources = 0, targets = 0;  // population sizes
  const Positions& source_positions;       // empty if the population has no layout
  const Positions& target_positions;
  std::uint64_t seed = 0;
  std::uint32_t stream = 0;
};

/// Synapses of one target neuron (target-driven rules) or of one source neuron (source-driven rules) of a projection,
/// made on demand: the same every time and for any caller, by any number of threads at once.
class Connector {
 public:
  enum class Driver { target, source };

  virtual ~Connector() = default;
  virtual Driver driver() const noexcept { return Driver::target; }

  /// The other ends of all synapses of `neuron` (population-local ids) in ordinal order: the sources of a target
  /// (Driver::target) or the targets of a source (Driver::source). Replaces `others`, whose memory is reused.
  virtual void partners_of(std::uint32_t neuron, std::vector<std::uint32_t>& others) const = 0;

  /// For rules that go by a table: the rows of the table that the synapses of `neuron` come from, in ordinal order;
  /// false for all other rules. Arrays of weights or delays are indexed by these rows.
  virtual bool rows_of(std::uint32_t neuron, std::vector<std::uint64_t>& rows) const;

  /// Expected number of synapses, for the memory estimate and the progress bar; exact where the rule fixes it.
  virtual std::uint64_t expected_synapses() const = 0;
};

/// The connector of a projection. Throws SpecError, path below the projection ("connect.indegree"), if the rule cannot
/// be carried out: more partners than there are neurons without multapses, a table with ids out of range, populations
/// of different size one to one, distances without layouts.
std::unique_ptr<const Connector> make_connector(const ConnectorRequest& request);

}  // namespace spikeloom
