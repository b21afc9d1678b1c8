/// Delays on the grid and off it; places of gradients.
#include "plasticity/eventprop/network.hpp"

#include <algorithm>

namespace spikeloom {

std::size_t EventPropProjection::delay_count() const noexcept {
  switch (kind) {
    case DelayKind::none: return 1;
    case DelayKind::axonal: return sources;
    case DelayKind::dendritic: return targets;
    case DelayKind::synaptic: break;
  }
  return std::size_t{sources} * targets;
}

std::vector<EventPropProjection*> EventPropNetwork::projections() {
  std::vector<EventPropProjection*> all;
  for (auto& projection : forward) all.push_back(&projection);
  for (auto& projection : recurrent)
    if (projection.sources > 0) all.push_back(&projection);
  return all;
}

std::vector<const EventPropProjection*> EventPropNetwork::projections() const {
  std::vector<const EventPropProjection*> all;
  for (const auto& projection : forward) all.push_back(&projection);
  for (const auto& projection : recurrent)
    if (projection.sources > 0) all.push_back(&projection);
  return all;
}

void EventPropNetwork::prepare() {
  for (auto* projection : projections()) {
    const auto count = projection->delays.size();
    projection->effective = projection->delays;
    projection->steps.assign(on_grid() ? count : 0, 0);
    for (std::size_t k = 0; k < projection->steps.size(); ++k) {
      projection->steps[k] = std::max(1u, static_cast<std::uint32_t>(std::llround(projection->delays[k] / resolution)));
      projection->effective[k] = projection->steps[k] * resolution;
    }
    projection->growth_m.resize(count);
    projection->growth_s.resize(count);
    for (std::size_t k = 0; k < count; ++k) {
      projection->growth_m[k] = exponential(projection->effective[k] / membrane.tau_m);
      projection->growth_s[k] = exponential(projection->effective[k] / membrane.tau_s);
    }
  }
}

EventPropGradient::EventPropGradient(const EventPropNetwork& network) {
  for (const auto* projection : network.projections()) {
    weights.emplace_back(projection->weights.size());
    delays.emplace_back(projection->delays.size());
  }
}

void EventPropGradient::clear() {
  for (auto* columns : {&weights, &delays})
    for (auto& column : *columns) std::fill(column.begin(), column.end(), 0.0);
}

}  // namespace spikeloom
