/// distance_dependent: every pair with a probability that falls with distance, independently.
///
/// With a cutoff (a box has one by itself) only sources in neighbouring cells are looked at; without one, all.
#include <algorithm>
#include <cmath>

#include "core/errors.hpp"
#include "core/random_columns.hpp"
#include "networks/connect/rules.hpp"
#include "networks/connect/source_cells.hpp"

namespace spikeloom {
namespace {

using Kernel = DistanceDependent::Kernel;

double reach_of(const DistanceDependent& rule) {
  return rule.kernel == Kernel::box ? std::min(rule.cutoff, rule.scale) : rule.cutoff;
}

class DistanceDependentConnector final : public Connector {
 public:
  DistanceDependentConnector(const DistanceDependent& rule, const ConnectorRequest& request)
      : rule_(rule),
        request_(request),
        excludes_self_(excludes_self(request)),
        cells_(request.source_positions, reach_of(rule), extent_of(request)) {}

  void partners_of(std::uint32_t target, std::vector<std::uint32_t>& sources) const override {
    std::vector<float> distances;
    candidates_of(target, sources, distances);
    std::vector<std::uint32_t> bits(whole_tiles(sources.size()));
    draw_column(request_.seed, Purpose::connect, request_.stream, target, 0, bits);
    std::size_t kept = 0;
    for (std::size_t k = 0; k < sources.size(); ++k) {
      const bool connects = uniform(bits[k]) < probability(distances[k]);
      if (connects && !(excludes_self_ && sources[k] == target)) sources[kept++] = sources[k];
    }
    sources.resize(kept);
  }

  /// Mean over evenly spaced targets.
  std::uint64_t expected_synapses() const override {
    const std::uint32_t samples = std::min(request_.targets, 64u);
    std::vector<std::uint32_t> sources;
    std::vector<float> distances;
    double sum = 0;
    for (std::uint32_t k = 0; k < samples; ++k) {
      candidates_of(static_cast<std::uint32_t>(std::uint64_t{k} * request_.targets / samples), sources, distances);
      for (const float d : distances) sum += probability(d);
    }
    return samples == 0 ? 0 : static_cast<std::uint64_t>(sum / samples * request_.targets + 0.5);
  }

 private:
  static std::array<double, 3> extent_of(const ConnectorRequest& request) {
    if (!request.projection.periodic) return {0, 0, 0};
    const Positions& targets = request.target_positions;
    return {targets.extent_x, targets.extent_y, targets.extent_z};
  }

  void candidates_of(std::uint32_t target, std::vector<std::uint32_t>& sources, std::vector<float>& distances) const {
    const Positions& at = request_.target_positions;
    cells_.near(at.x[target], at.y[target], at.z[target], sources);
    distances_to(at, target, request_.source_positions, sources, request_.projection.periodic, distances);
  }

  /// Limits are compared in float, as the distance is: a neighbour at exactly the limit is inside.
  double probability(float distance) const {
    if (distance > static_cast<float>(rule_.cutoff)) return 0;
    const double d = static_cast<double>(distance);
    switch (rule_.kernel) {
      case Kernel::gaussian: return rule_.p_max * std::exp(-0.5 * d * d / (rule_.scale * rule_.scale));
      case Kernel::exponential: return rule_.p_max * std::exp(-d / rule_.scale);
      case Kernel::box: return distance <= static_cast<float>(rule_.scale) ? rule_.p_max : 0;
    }
    return 0;
  }

  DistanceDependent rule_;
  ConnectorRequest request_;
  bool excludes_self_;
  SourceCells cells_;
};

}  // namespace

std::unique_ptr<const Connector> make_rule(const DistanceDependent& rule, const ConnectorRequest& request) {
  if (request.sources > 0 && request.source_positions.empty())
    throw SpecError("connect.rule", "distances need positions, but '" + request.projection.from + "' has none",
                    "give the population a layout");
  if (request.targets > 0 && request.target_positions.empty())
    throw SpecError("connect.rule", "distances need positions, but '" + request.projection.to + "' has none",
                    "give the population a layout");
  if (request.projection.periodic && request.target_positions.extent_x <= 0)
    throw SpecError("periodic", "the layout of '" + request.projection.to + "' has no extent to wrap at",
                    "use a grid or random layout");
  if (!(rule.p_max >= 0 && rule.p_max <= 1)) throw SpecError("connect.p_max", "must lie between 0 and 1");
  if (!(rule.scale > 0)) throw SpecError("connect.scale", "must be a positive length");
  if (!(rule.cutoff > 0)) throw SpecError("connect.cutoff", "must be a positive length");
  return std::make_unique<DistanceDependentConnector>(rule, request);
}

}  // namespace spikeloom
