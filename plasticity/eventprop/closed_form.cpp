/// First spikes in closed form.
#include "plasticity/eventprop/closed_form.hpp"

#include <boost/math/special_functions/lambert_w.hpp>

#include <algorithm>
#include <cmath>

namespace spikeloom {
namespace {

/// Sums over causal arrivals, with times counted from the latest of them: nothing overflows.
struct Sums {
  double from = 0;  // that latest arrival
  double a_1 = 0;   // sum of w exp((t - from)/tau_s)
  double a_2 = 0;   // sum of w exp((t - from)/tau_m)
  double b = 0;     // sum of w (t - from)/tau_s exp((t - from)/tau_s)

  void add(const Membrane& membrane, const LayerArrival& arrival) {
    const double h = arrival.time - from, decay_s = exponential(-h / membrane.tau_s);
    b = (b - a_1 * h / membrane.tau_s) * decay_s;
    a_1 = a_1 * decay_s + arrival.weight;
    a_2 = a_2 * exponential(-h / membrane.tau_m) + arrival.weight;
    from = arrival.time;
  }
};

/// The spike time after these arrivals, counted from the latest of them, if there were no more.
std::optional<FirstSpike> solve(const Membrane& membrane, const Sums& sums) {
  const double c = membrane.v_th;
  if (!(sums.a_1 > 0)) return std::nullopt;
  if (membrane.equal_constants()) {
    const double argument = -c / sums.a_1 * std::exp(sums.b / sums.a_1);
    if (!(argument >= -std::exp(-1.0))) return std::nullopt;
    const double w = boost::math::lambert_w0(argument);
    return FirstSpike{membrane.tau_s * (sums.b / sums.a_1 - w), 0, sums.a_1, 1 + w};
  }
  // V = a_2 x - a_1 x^2 with x = exp(-t/tau_m); the derivatives' tau_m/C is 1: I drives V with weight 1.
  const double square = sums.a_2 * sums.a_2 - 4 * sums.a_1 * c;
  if (!(square >= 0)) return std::nullopt;
  const double root = std::sqrt(square), ratio = 2 * sums.a_1 / (sums.a_2 + root);
  if (!(ratio > 0)) return std::nullopt;
  return FirstSpike{2 * membrane.tau_s * std::log(ratio), 0, sums.a_1, root};
}

}  // namespace

bool has_closed_form(const Membrane& membrane) noexcept {
  return membrane.equal_constants() || std::abs(membrane.tau_m - 2 * membrane.tau_s) <= 1e-12 * membrane.tau_m;
}

std::optional<FirstSpike> first_spike(const Membrane& membrane, std::span<const LayerArrival> arrivals,
                                      double duration) {
  Sums sums;
  for (std::size_t k = 0; k < arrivals.size(); ++k) {
    sums.add(membrane, arrivals[k]);
    const double next = k + 1 < arrivals.size() ? std::min(arrivals[k + 1].time, duration) : duration;
    auto spike = solve(membrane, sums);
    if (!spike || !(spike->time > 0) || !(sums.from + spike->time <= next)) continue;
    if (!(sums.from + spike->time < duration)) return std::nullopt;
    spike->causes = k + 1;
    // from sums counted from the latest arrival to sums counted from the spike
    spike->a_1 *= exponential(-spike->time / membrane.tau_s);
    spike->root *= membrane.equal_constants() ? 1 : exponential(-spike->time / membrane.tau_m);
    spike->time += sums.from;
    return spike;
  }
  return std::nullopt;
}

FirstSpike::Derivatives FirstSpike::of(const Membrane& membrane, const LayerArrival& arrival) const noexcept {
  const double h = time - arrival.time, e_s = exponential(-h / membrane.tau_s);
  if (membrane.equal_constants()) {
    const double common = -e_s / (a_1 * root);
    return {common * h, arrival.weight * common * (h - membrane.tau_s) / membrane.tau_s};
  }
  const double e_m = exponential(-h / membrane.tau_m), c = membrane.v_th;
  const double first = (1 + c / root) / a_1;
  return {membrane.tau_m * (first * e_s - e_m / root),
          arrival.weight * (membrane.tau_m / membrane.tau_s * first * e_s - e_m / root)};
}

ClosedFormTrial::ClosedFormTrial(const EventPropNetwork& network)
    : spikes_(network.layers()),
      fired_(network.layers()),
      fired_count_(network.layers()),
      derivatives_(network.layers()) {}

LossResult ClosedFormTrial::forward(const EventPropNetwork& network, const EventPropLoss& loss,
                                    std::span<const double> times, std::span<const std::uint32_t> units,
                                    std::int32_t label) {
  spikes_[0].clear();
  for (std::size_t k = 0; k < times.size(); ++k)
    if (times[k] < network.duration) spikes_[0].push_back({times[k], 0, units[k]});
  const std::size_t last = network.layers() - 1;
  for (std::size_t layer = 1; layer <= last; ++layer) {
    fired_count_[layer] = 0;
    spikes_[layer].clear();
    for (std::uint32_t m = 0; m < network.sizes[layer]; ++m) {
      collect_for(network.forward[layer - 1], network.duration, spikes_[layer - 1], m, sort_, arrivals_);
      const auto spike = first_spike(network.membrane, arrivals_, network.duration);
      if (!spike) continue;
      if (fired_count_[layer] == fired_[layer].size()) fired_[layer].emplace_back();
      auto& neuron = fired_[layer][fired_count_[layer]++];
      neuron.neuron = m;
      neuron.spike = *spike;
      neuron.arrivals.assign(arrivals_.begin(), arrivals_.begin() + static_cast<std::ptrdiff_t>(spike->causes));
      spikes_[layer].push_back({spike->time, 0, m});
    }
    std::sort(spikes_[layer].begin(), spikes_[layer].end(), [](const Emission& a, const Emission& b) {
      return a.time < b.time || (a.time == b.time && a.neuron < b.neuron);
    });
  }
  loss_.values.assign(network.sizes[last], Membrane::never);
  for (const auto& spike : spikes_[last]) loss_.values[spike.neuron] = spike.time;
  return loss_of_spike_times(loss, network.duration, label, loss_);
}

void ClosedFormTrial::backward(const EventPropNetwork& network, EventPropGradient& gradient) {
  const std::size_t last = network.layers() - 1;
  for (std::size_t layer = 0; layer < last; ++layer) derivatives_[layer].assign(network.sizes[layer], 0.0);
  derivatives_[last] = loss_.derivatives;
  for (std::size_t layer = last; layer > 0; --layer) {
    const auto& projection = network.forward[layer - 1];
    for (std::size_t k = 0; k < fired_count_[layer]; ++k) {
      const auto& neuron = fired_[layer][k];
      const double slope = neuron.spike.slope(network.membrane);
      const double derivative =
          derivatives_[layer][neuron.neuron] * std::min(1.0, slope / network.membrane.least_slope);
      for (const auto& arrival : neuron.arrivals) {
        const auto of = neuron.spike.of(network.membrane, arrival);
        gradient.weights[layer - 1][std::size_t{arrival.source} * projection.targets + neuron.neuron] +=
            derivative * of.weight;
        gradient.delays[layer - 1][projection.delay_place(arrival.source, neuron.neuron)] += derivative * of.time;
        derivatives_[layer - 1][arrival.source] += derivative * of.time;
      }
    }
  }
}

}  // namespace spikeloom
