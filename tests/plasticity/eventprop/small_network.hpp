/// Small networks with random weights and delays, and central differences of their loss.
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

#include "core/random.hpp"
#include "plasticity/eventprop/trial.hpp"

namespace spikeloom::tests {

inline double any(std::uint32_t stream, std::uint64_t id) { return uniform(draw(11, Purpose::task, stream, id)[0]); }

/// Three inputs with five spikes, four hidden neurons, two outputs, 40 ms. All delays differ.
struct SmallNetwork {
  EventPropNetwork network;
  std::vector<double> times = {0.5, 3.2, 5.1, 11.7, 17.3};
  std::vector<std::uint32_t> units = {0, 1, 2, 0, 1};

  SmallNetwork(DelayKind kind, bool recurrent, bool spiking_readout, double tau_m = 20, double tau_s = 5,
               std::uint32_t variant = 0) {
    network.membrane = {tau_m, tau_s, 1};
    network.duration = 40;
    network.spiking_readout = spiking_readout;
    network.sizes = {3, 4, 2};
    const double unit = 1 / network.membrane.flow(network.membrane.response_peak()).from_i;  // one spike fires a neuron
    network.forward = {
        make("input_hidden", 3, 4, kind, 1.1 * unit, 0.5 * unit, 5 + 1000 * variant),
        make("hidden_output", 4, 2, kind, (spiking_readout ? 0.9 : 0.3) * unit, 0.4 * unit, 6 + 1000 * variant)};
    network.recurrent.resize(2);
    if (recurrent) network.recurrent[0] = make("hidden_hidden", 4, 4, kind, 0, 0.4 * unit, 7 + 1000 * variant);
    network.prepare();
  }

  static EventPropProjection make(const std::string& name, std::uint32_t sources, std::uint32_t targets, DelayKind kind,
                                  double mean, double spread, std::uint32_t stream) {
    EventPropProjection p{.name = name, .sources = sources, .targets = targets, .kind = kind};
    for (std::size_t k = 0; k < std::size_t{sources} * targets; ++k)
      p.weights.push_back(mean + spread * (2 * any(stream, k) - 1));
    for (std::size_t k = 0; k < p.delay_count(); ++k) p.delays.push_back(0.3 + 4 * any(stream + 100, k));
    return p;
  }

  std::size_t spikes_of(const EventPropTrial& trial) const {
    std::size_t count = 0;
    for (std::size_t layer = 1; layer < network.layers(); ++layer) count += trial.spikes(layer).size();
    return count;
  }
};

/// The largest difference between a gradient and central differences of `value`, over the largest entry.
struct Comparison {
  double weights = 0, delays = 0, largest_weight = 0, largest_delay = 0;
};
inline Comparison compare(EventPropNetwork& network, const EventPropGradient& gradient,
                          const std::function<double()>& value, double step = 1e-5) {
  Comparison result;
  const auto difference = [&](double& x) {
    const double before = x;
    const auto at = [&](double moved) {
      x = moved;
      network.prepare();
      const double v = value();
      x = before;
      network.prepare();
      return v;
    };
    const double near = at(before + step) - at(before - step), far = at(before + 2 * step) - at(before - 2 * step);
    return (8 * near - far) / (12 * step);
  };
  const auto projections = network.projections();
  for (std::size_t p = 0; p < projections.size(); ++p) {
    for (std::size_t k = 0; k < projections[p]->weights.size(); ++k) {
      result.weights =
          std::max(result.weights, std::abs(difference(projections[p]->weights[k]) - gradient.weights[p][k]));
      result.largest_weight = std::max(result.largest_weight, std::abs(gradient.weights[p][k]));
    }
    for (std::size_t k = 0; k < projections[p]->delays.size(); ++k) {
      result.delays = std::max(result.delays, std::abs(difference(projections[p]->delays[k]) - gradient.delays[p][k]));
      result.largest_delay = std::max(result.largest_delay, std::abs(gradient.delays[p][k]));
    }
  }
  return result;
}

}  // namespace spikeloom::tests
