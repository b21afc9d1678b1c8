/// The leaky readout, from arrival to arrival: largest potentials, weighted means, traces.
#include <algorithm>
#include <cmath>

#include "plasticity/eventprop/passes.hpp"

namespace spikeloom {
namespace {

/// Calls visit(m, arrivals of m, flows between them or nothing) for every readout neuron.
template <class Visit>
void for_each_readout(const EventPropNetwork& network, const std::vector<Emission>& in, ForwardScratch& scratch,
                      const Visit& visit) {
  const auto& projection = network.forward.back();
  if (projection.is_common()) collect_common(projection, network.duration, in, scratch.sort, scratch.arrivals);
  for (std::uint32_t m = 0; m < projection.targets; ++m) {
    if (!projection.is_common()) collect_for(projection, network.duration, in, m, scratch.sort, scratch.arrivals);
    for (auto& arrival : scratch.arrivals)
      arrival.weight = projection.weights[std::size_t{arrival.source} * projection.targets + m];
    visit(m);
  }
}

/// Flows over the stretches before each arrival and after the last one.
void compute_flows(const EventPropNetwork& network, ForwardScratch& scratch) {
  scratch.flows.clear();
  double now = 0;
  for (const auto& arrival : scratch.arrivals) {
    scratch.flows.push_back(network.membrane.flow(arrival.time - now));
    now = arrival.time;
  }
  scratch.flows.push_back(network.membrane.flow(network.duration - now));
}

void largest(const EventPropNetwork& network, const std::vector<Emission>& in, ForwardScratch& scratch,
             LossState& state) {
  const auto& membrane = network.membrane;
  const double most = membrane.flow(membrane.response_peak()).from_i;
  const bool common = network.forward.back().is_common();
  scratch.flows.clear();
  for_each_readout(network, in, scratch, [&](std::uint32_t m) {
    if (!common || m == 0) compute_flows(network, scratch);
    Membrane::State now;
    double from = 0;
    auto &best = state.values[m], &when = state.peak_times[m];
    for (std::size_t k = 0; k < scratch.flows.size(); ++k) {
      const double to = k < scratch.arrivals.size() ? scratch.arrivals[k].time : network.duration;
      const auto end = Membrane::move(scratch.flows[k], now);
      if (now.i > now.v && std::max(now.v, 0.0) + now.i * most > best) {
        const bool rising = end.i >= end.v;  // no peak on the way
        const double peak = rising ? to - from : std::min(membrane.peak_time(now), to - from);
        const double value = rising ? end.v : membrane.move(now, peak).v;
        if (value > best) {
          best = value;
          when = from + peak;
        }
      }
      now = end;
      if (k < scratch.arrivals.size()) now.i += scratch.arrivals[k].weight;
      from = to;
    }
  });
}

void weighted_means(const EventPropNetwork& network, LossKind kind, const std::vector<Emission>& in,
                    ForwardScratch& scratch, LossState& state) {
  const WeightedMean mean(network.membrane, network.duration, kind);
  const bool common = network.forward.back().is_common();
  auto& response = scratch.v;  // of each arrival, per unit weight
  for_each_readout(network, in, scratch, [&](std::uint32_t m) {
    if (!common || m == 0) {
      response.clear();
      for (const auto& arrival : scratch.arrivals)
        response.push_back(-network.membrane.tau_s * mean.at(arrival.time).i);
    }
    for (std::size_t k = 0; k < scratch.arrivals.size(); ++k)
      state.values[m] += scratch.arrivals[k].weight * response[k];
  });
}

void sample(const EventPropNetwork& network, double every, const std::vector<Emission>& in, ForwardScratch& scratch,
            LossState& state) {
  const std::size_t classes = network.sizes.back();
  const auto times = static_cast<std::size_t>(std::floor(network.duration / every * (1 + 1e-12)));
  state.traces.assign(times * classes, 0.0);
  for_each_readout(network, in, scratch, [&](std::uint32_t m) {
    Membrane::State now;
    double from = 0;
    std::size_t k = 0;
    for (std::size_t n = 0; n < times; ++n) {
      const double until = static_cast<double>(n + 1) * every;
      for (; k < scratch.arrivals.size() && scratch.arrivals[k].time < until; ++k) {
        now = network.membrane.move(now, scratch.arrivals[k].time - from);
        now.i += scratch.arrivals[k].weight;
        from = scratch.arrivals[k].time;
      }
      now = network.membrane.move(now, until - from);
      from = until;
      state.traces[n * classes + m] = now.v;
    }
  });
}

}  // namespace

void read_out(const EventPropNetwork& network, const EventPropLoss& loss, const std::vector<Emission>& in,
              ForwardScratch& scratch, LossState& state) {
  state.values.assign(network.sizes.back(), 0.0);
  state.peak_times.assign(network.sizes.back(), 0.0);
  switch (loss.kind) {
    case LossKind::max_voltage:
    case LossKind::tempotron: return largest(network, in, scratch, state);
    case LossKind::per_time: return sample(network, loss.readout_step, in, scratch, state);
    default: return weighted_means(network, loss.kind, in, scratch, state);
  }
}

}  // namespace spikeloom
