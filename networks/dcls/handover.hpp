/// A trained DCLS network as populations and projections of the event-driven engine.
#pragma once

#include "core/types.hpp"
#include "networks/spec.hpp"
#include "plasticity/dcls/inference.hpp"

namespace spikeloom {

/// Populations `input` (a spike list: one sample), `hidden_1`, .. and `output` (lif_psc_delta), and two sources per
/// layer: `bias_1` (spikes in every step, with the offsets of the normalisation as weights) and `end_1` (holds hidden
/// neurons silent once the layer's steps are over). Delays are those of the network plus one step per projection, the
/// shortest of the engine. Run with this `resolution` [ms] and single precision: the same spikes and potentials, bit
/// for bit, since all sums of weights are exact. What the network does in step t of layer l (both from 0) happens in
/// step `engine_step(l, t)`.
NetworkSpec dcls_network_spec(const DclsInference& network, std::span<const DclsSpike> input, double resolution);

constexpr Step engine_step(std::size_t layer, std::size_t t) noexcept { return static_cast<Step>(t + layer + 2); }
/// Steps until everything is over.
Step engine_duration(const DclsInference& network) noexcept;

}  // namespace spikeloom
