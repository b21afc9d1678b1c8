/// One trial: layer after layer forwards, and back.
#include "plasticity/eventprop/trial.hpp"

#include <algorithm>
#include <cmath>

namespace spikeloom {
namespace {

/// The projection of a layer onto itself, or null.
const EventPropProjection* recurrent_of(const EventPropNetwork& network, std::size_t layer) {
  return network.is_recurrent(layer) ? &network.recurrent[layer - 1] : nullptr;
}

/// Place of a recurrent projection in a gradient: after the forward ones and the recurrent ones of earlier layers.
std::size_t recurrent_place(const EventPropNetwork& network, std::size_t layer) {
  std::size_t place = network.forward.size();
  for (std::size_t l = 1; l < layer; ++l) place += network.is_recurrent(l) ? 1 : 0;
  return place;
}

/// The grid point nearest to an input's time, but not before the end of the first step: as `spike_list` has it.
double on_grid(const EventPropNetwork& network, double time) {
  return std::max(1.0, std::round(time / network.resolution)) * network.resolution;
}

}  // namespace

EventPropTrial::EventPropTrial(const EventPropNetwork& network)
    : spikes_(network.layers()), derivatives_(network.layers()), adjoints_(network.layers()) {}

LossResult EventPropTrial::forward(const EventPropNetwork& network, const EventPropLoss& loss,
                                   std::span<const double> times, std::span<const std::uint32_t> units,
                                   std::int32_t label) {
  spikes_[0].clear();
  for (std::size_t k = 0; k < times.size(); ++k) {
    const double time = network.on_grid() ? on_grid(network, times[k]) : times[k];
    if (time < network.duration) spikes_[0].push_back({time, 0, units[k]});
  }
  const std::size_t last = network.layers() - 1;
  for (std::size_t layer = 1; layer <= last && network.fires(layer); ++layer) {
    const auto pass = network.on_grid()             ? forward_grid
                      : network.is_recurrent(layer) ? forward_recurrent
                                                    : forward_exact;
    pass(network, layer, spikes_[layer - 1], forward_, spikes_[layer]);
  }
  for (std::size_t layer = 0; layer <= last; ++layer) derivatives_[layer].assign(spikes_[layer].size(), 0.0);
  if (!network.spiking_readout) {
    read_out(network, loss, spikes_[last - 1], forward_, loss_);
    if (loss.kind == LossKind::per_time) return loss_of_traces(label, network.sizes[last], loss_);
    if (loss.kind == LossKind::tempotron) return loss_of_peaks(loss.v_th, label, loss_);
    return loss_of_values(label, loss_);
  }
  loss_.values.assign(network.sizes[last], Membrane::never);
  for (const auto& spike : spikes_[last]) loss_.values[spike.neuron] = std::min(loss_.values[spike.neuron], spike.time);
  return loss_of_spike_times(loss, network.duration, label, loss_);
}

void EventPropTrial::backward(const EventPropNetwork& network, const EventPropLoss& loss, EventPropGradient& gradient,
                              std::span<const std::vector<double>> pull) {
  const std::size_t last = network.layers() - 1;
  const auto onto = [&](std::size_t layer) {
    return ProjectionBackward(network, network.forward[layer - 1], backward_, gradient.weights[layer - 1],
                              gradient.delays[layer - 1]);
  };
  auto& readout = adjoints_[last];
  const auto& membrane = network.membrane;
  if (network.spiking_readout) {
    for (std::size_t k = 0; k < spikes_[last].size(); ++k)
      if (const auto& spike = spikes_[last][k]; spike.time == loss_.values[spike.neuron])
        derivatives_[last][k] += loss_.derivatives[spike.neuron];
  } else if (reads_peaks(loss.kind)) {
    readout.reset(network.sizes[last]);
    for (std::uint32_t m = 0; m < network.sizes[last]; ++m)
      readout.add(m, knot_of(membrane, loss_.peak_times[m], {-loss_.derivatives[m] / membrane.tau_m, 0}));
  } else if (loss.kind == LossKind::per_time) {
    readout.reset(network.sizes[last]);
    const std::size_t classes = network.sizes[last];
    for (std::uint32_t m = 0; m < classes; ++m) {
      Membrane::Adjoint lambda;
      for (std::size_t n = loss_.traces.size() / classes; n-- > 0;) {
        lambda.v -= loss_.derivatives[n * classes + m] / membrane.tau_m;
        readout.add(m, knot_of(membrane, static_cast<double>(n + 1) * loss.readout_step, lambda));
        lambda = membrane.back(lambda, loss.readout_step);
      }
    }
  }
  for (std::size_t layer = last; layer > 0; --layer) {
    if (network.fires(layer)) {
      const auto* own = recurrent_of(network, layer);
      const auto place = own ? recurrent_place(network, layer) : 0;
      ProjectionBackward recurrent(network, own ? *own : network.forward[0], backward_, gradient.weights[place],
                                   gradient.delays[place]);
      const auto regulated =
          layer <= pull.size() ? std::span<const double>(pull[layer - 1]) : std::span<const double>();
      backward_layer(network, layer, spikes_[layer], regulated, derivatives_[layer], adjoints_[layer],
                     own ? &recurrent : nullptr);
    } else if (!reads_peaks(loss.kind) && loss.kind != LossKind::per_time) {
      onto(layer).all(spikes_[layer - 1], WeightedMean(membrane, network.duration, loss.kind), loss_.derivatives,
                      derivatives_[layer - 1]);
      continue;
    }
    onto(layer).all(spikes_[layer - 1], adjoints_[layer], derivatives_[layer - 1]);
  }
}

std::size_t EventPropTrial::backward_bytes() const {
  std::size_t bytes = 0;
  for (const auto& spikes : spikes_) bytes += spikes.size() * (sizeof(Emission) + sizeof(double));
  for (const auto& adjoint : adjoints_) bytes += adjoint.bytes();
  return bytes;
}

}  // namespace spikeloom
