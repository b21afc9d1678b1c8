/// Shapes and initial values of a DCLS network.
#include "plasticity/dcls/network.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "core/random.hpp"

namespace spikeloom {
namespace {

constexpr std::uint32_t weight_stream = 0x2000, position_stream = 0x2001, afferent_stream = 0x2002;

/// Which of `sources` a target listens to: `afferents` of them, drawn without replacement.
std::vector<std::size_t> choose(std::size_t sources, std::size_t afferents, std::uint64_t seed, std::size_t target) {
  std::vector<std::size_t> order(sources);
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (std::size_t k = 0; k < afferents; ++k) {
    const auto bits = draw(seed, Purpose::task, afferent_stream, target, static_cast<std::uint32_t>(k));
    std::swap(order[k], order[k + below(sources - k, bits[0], bits[1])]);
  }
  order.resize(afferents);
  return order;
}

}  // namespace

template <class Real>
DclsNetwork<Real>::DclsNetwork(const DclsConfig& with, std::uint64_t seed) : config(with) {
  std::size_t synapses = 0, channels = 0, steps = config.steps;
  for (std::size_t l = 0; l + 1 < config.units.size(); ++l) {
    DclsLayer layer{.shape = {config.units[l], config.units[l + 1], config.length, config.taps},
                    .steps_in = steps,
                    .steps_out = steps + (config.right_padding ? (config.length - 1) / 2 : 0),
                    .first_synapse = synapses,
                    .first_channel = channels,
                    .hidden = l + 2 < config.units.size()};
    synapses += layer.shape.synapses();
    channels += layer.hidden ? layer.shape.targets : 0;
    steps = layer.steps_out;
    layers.push_back(layer);
  }
  present.assign(synapses, Real{1});
  if (const auto& first = layers.front(); config.afferents > 0 && config.afferents < first.shape.sources) {
    std::fill_n(present.begin(), first.shape.synapses(), Real{0});
    for (std::size_t j = 0; j < first.shape.targets; ++j)
      for (const auto i : choose(first.shape.sources, config.afferents, seed, j))
        for (std::size_t tap = 0; tap < first.shape.taps; ++tap)
          present[(i * first.shape.taps + tap) * first.shape.targets + j] = Real{1};
  }
  for (const auto& layer : layers) {
    const bool sparse = layer.first_synapse == 0 && config.afferents > 0 && config.afferents < layer.shape.sources;
    const auto sources = sparse ? config.afferents : layer.shape.sources;
    const double bound = std::sqrt(6.0 / static_cast<double>(sources * layer.shape.taps));
    for (std::size_t s = 0; s < layer.shape.synapses(); ++s) {
      const auto id = layer.first_synapse + s;
      const double w = uniform(draw(seed, Purpose::task, weight_stream, id)[0]);
      const double p = uniform(draw(seed, Purpose::task, position_stream, id)[0]);
      weights.push_back(static_cast<Real>(bound * (2 * w - 1)) * present[id]);
      positions.push_back(static_cast<Real>(static_cast<double>(layer.shape.length) * (p - 0.5)));
    }
  }
  clamp_positions();
  gamma.assign(channels, Real{1});
  beta.assign(channels, Real{0});
  mean.assign(channels, 0.0);
  variance.assign(channels, 1.0);
}

template <class Real>
DclsNeuron<Real> DclsNetwork<Real>::neuron_of(const DclsLayer& layer) const noexcept {
  const double never = 1e9;
  const bool counts = config.readout == DclsReadout::spike_count;
  return {static_cast<Real>(1 - 1 / config.tau),
          static_cast<Real>(layer.hidden ? config.v_th
                            : counts     ? config.v_th_out
                                         : never),
          static_cast<Real>(config.alpha)};
}

template <class Real>
void DclsNetwork<Real>::clamp_positions() noexcept {
  const Real limit = static_cast<Real>(config.length / 2);
  for (auto& position : positions) position = std::clamp(position, -limit, limit);
}

template struct DclsNetwork<float>;
template struct DclsNetwork<double>;

}  // namespace spikeloom
