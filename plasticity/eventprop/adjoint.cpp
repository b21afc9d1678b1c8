/// Knots of adjoints, and what arrivals read from them.
#include "plasticity/eventprop/adjoint.hpp"

#include <algorithm>

#include "plasticity/gradient/lane_sum.hpp"

namespace spikeloom {

AdjointBasis basis_at(const Membrane& membrane, double time) noexcept {
  return basis_after(membrane, {exponential(time / membrane.tau_m), exponential(time / membrane.tau_s), 0}, time, 1, 1);
}

AdjointBasis basis_after(const Membrane& membrane, const AdjointBasis& at, double time, double growth_m,
                         double growth_s) noexcept {
  const double m = at.m * growth_m, s = at.s * growth_s;
  const double mix =
      membrane.equal_constants() ? -time / membrane.tau_s * s : membrane.tau_m / (membrane.tau_m - membrane.tau_s) * m;
  return {m, s, mix};
}

Knot knot_of(const Membrane& membrane, double time, const Membrane::Adjoint& adjoint) noexcept {
  const double v = adjoint.v * exponential(-time / membrane.tau_m), decay = exponential(-time / membrane.tau_s);
  if (membrane.equal_constants()) return {time, v, adjoint.i * decay + v * time / membrane.tau_s};
  return {time, v, (adjoint.i - membrane.tau_m / (membrane.tau_m - membrane.tau_s) * adjoint.v) * decay};
}

void LayerAdjoint::reset(std::size_t neurons) {
  knots_.resize(neurons);
  for (auto& knots : knots_) knots.clear();
}

std::size_t LayerAdjoint::bytes() const noexcept {
  std::size_t count = 0;
  for (const auto& knots : knots_) count += knots.size();
  return count * sizeof(Knot);
}

ProjectionBackward::ProjectionBackward(const EventPropNetwork& network, const EventPropProjection& projection,
                                       BackwardScratch& scratch, std::vector<double>& weights,
                                       std::vector<double>& delays)
    : network_(network), projection_(projection), scratch_(scratch), weights_(weights), delays_(delays) {}

void ProjectionBackward::synapse(std::uint32_t source, std::uint32_t target, const Membrane::Adjoint& adjoint) {
  const auto place = std::size_t{source} * projection_.targets + target;
  weights_[place] -= network_.membrane.tau_s * adjoint.i;
  scratch_.difference[target] = adjoint.v - adjoint.i;
  delays_[projection_.delay_place(source, target)] += projection_.weights[place] * scratch_.difference[target];
}

double ProjectionBackward::sum_row(std::uint32_t source) const {
  const std::size_t n = projection_.targets;
  return lane_product(projection_.weights.data() + source * n, scratch_.difference.data(), n);
}

void ProjectionBackward::sort_arrivals(const std::vector<Emission>& in) {
  auto& arrivals = scratch_.arrivals;
  arrivals.clear();
  for (std::uint32_t k = static_cast<std::uint32_t>(in.size()); k-- > 0;) {
    const double time = in[k].time + projection_.effective[projection_.delay_place(in[k].neuron, 0)];
    if (time < network_.duration) arrivals.push_back({time, k, 0});
  }
  if (projection_.kind == DelayKind::axonal)
    std::sort(arrivals.begin(), arrivals.end(),
              [](const auto& a, const auto& b) { return a.time > b.time || (a.time == b.time && a.of > b.of); });
}

void ProjectionBackward::evaluate(const AdjointBasis& basis) {
  const double* __restrict v = scratch_.v.data();
  const double* __restrict i = scratch_.i.data();
  double* __restrict lambda_i = scratch_.lambda_i.data();
  double* __restrict difference = scratch_.difference.data();
  const double m = basis.m, s = basis.s, mix = basis.mix;
  for (std::uint32_t j = 0; j < projection_.targets; ++j) {
    lambda_i[j] = i[j] * s + v[j] * mix;
    difference[j] = v[j] * m - lambda_i[j];
  }
}

double ProjectionBackward::common_arrival(std::uint32_t source) {
  const std::size_t n = projection_.targets, row = source * n;
  double* __restrict gradient = weights_.data() + row;
  const double* __restrict lambda_i = scratch_.lambda_i.data();
  const double tau_s = network_.membrane.tau_s;
  for (std::size_t j = 0; j < n; ++j) gradient[j] -= tau_s * lambda_i[j];
  const double derivative = sum_row(source);
  delays_[projection_.delay_place(source, 0)] += derivative;
  return derivative;
}

void ProjectionBackward::common(const std::vector<Emission>& in, const LayerAdjoint& targets,
                                std::vector<double>& derivatives) {
  const std::size_t n = projection_.targets;
  for (auto* column : {&scratch_.v, &scratch_.i, &scratch_.lambda_i, &scratch_.difference}) column->assign(n, 0.0);
  auto& knots = scratch_.knots;
  knots.clear();
  for (std::uint32_t m = 0; m < n; ++m)
    for (std::uint32_t k = 0; k < targets.of(m).size(); ++k) knots.push_back({targets.of(m)[k].time, m, k});
  std::sort(knots.begin(), knots.end(), [](const auto& a, const auto& b) {
    return a.time > b.time || (a.time == b.time && (a.of < b.of || (a.of == b.of && a.number < b.number)));
  });
  sort_arrivals(in);
  std::size_t next = 0;
  double evaluated_at = -1;
  for (const auto& arrival : scratch_.arrivals) {
    for (; next < knots.size() && knots[next].time > arrival.time; ++next) {
      const auto& knot = targets.of(knots[next].of)[knots[next].number];
      scratch_.v[knots[next].of] = knot.v;
      scratch_.i[knots[next].of] = knot.i;
    }
    if (next == 0) continue;  // nothing that happens later depends on it
    if (arrival.time != evaluated_at) evaluate(basis_at(network_.membrane, arrival.time));
    evaluated_at = arrival.time;
    derivatives[arrival.of] += common_arrival(in[arrival.of].neuron);
  }
}

void ProjectionBackward::all(const std::vector<Emission>& in, const LayerAdjoint& targets,
                             std::vector<double>& derivatives) {
  if (projection_.is_common()) return common(in, targets, derivatives);
  const std::size_t n = projection_.targets;
  scratch_.at.assign(n, 0);
  for (std::size_t k = in.size(); k-- > 0;) {
    const auto basis = basis_at(network_.membrane, in[k].time);
    scratch_.difference.assign(n, 0.0);
    for (std::uint32_t m = 0; m < n; ++m) {
      const auto& knots = targets.of(m);
      auto& later = scratch_.at[m];  // number of knots later than the spike
      while (later < knots.size() && knots[later].time > in[k].time) ++later;
      if (later == 0) continue;
      const auto place = projection_.delay_place(in[k].neuron, m);
      const double time = in[k].time + projection_.effective[place];
      auto knot = later;
      while (knot > 0 && !(knots[knot - 1].time > time)) --knot;
      if (knot == 0 || !(time < network_.duration)) continue;
      const auto then =
          basis_after(network_.membrane, basis, time, projection_.growth_m[place], projection_.growth_s[place]);
      synapse(in[k].neuron, m, adjoint_of(knots[knot - 1], then));
    }
    derivatives[k] += sum_row(in[k].neuron);
  }
}

void ProjectionBackward::all(const std::vector<Emission>& in, const WeightedMean& course,
                             std::span<const double> factors, std::vector<double>& derivatives) {
  for (std::size_t k = in.size(); k-- > 0;) {
    Membrane::Adjoint unit;
    double evaluated_at = -1;
    scratch_.difference.assign(projection_.targets, 0.0);
    for (std::uint32_t m = 0; m < projection_.targets; ++m) {
      const double time = in[k].time + projection_.effective[projection_.delay_place(in[k].neuron, m)];
      if (!(time < network_.duration)) continue;
      if (time != evaluated_at) unit = course.at(time);
      evaluated_at = time;
      synapse(in[k].neuron, m, {factors[m] * unit.v, factors[m] * unit.i});
    }
    derivatives[k] += sum_row(in[k].neuron);
  }
}

double ProjectionBackward::one(const Emission& spike, const LayerAdjoint& targets) {
  const auto basis = basis_at(network_.membrane, spike.time);
  scratch_.difference.assign(projection_.targets, 0.0);
  for (std::uint32_t m = 0; m < projection_.targets; ++m) {
    const auto& knots = targets.of(m);
    const auto place = projection_.delay_place(spike.neuron, m);
    const double time = spike.time + projection_.effective[place];
    auto knot = knots.size();
    while (knot > 0 && !(knots[knot - 1].time > time)) --knot;
    if (knot == 0 || !(time < network_.duration)) continue;
    const auto then =
        basis_after(network_.membrane, basis, time, projection_.growth_m[place], projection_.growth_s[place]);
    synapse(spike.neuron, m, adjoint_of(knots[knot - 1], then));
  }
  return sum_row(spike.neuron);
}

void backward_layer(const EventPropNetwork& network, std::size_t layer, const std::vector<Emission>& spikes,
                    std::span<const double> pull, std::vector<double>& derivatives, LayerAdjoint& adjoint,
                    ProjectionBackward* recurrent) {
  const auto& membrane = network.membrane;
  adjoint.reset(network.sizes[layer]);
  for (std::size_t k = spikes.size(); k-- > 0;) {
    const auto& spike = spikes[k];
    Membrane::Adjoint lambda;
    if (const auto& knots = adjoint.of(spike.neuron); !knots.empty())
      lambda = adjoint_of(knots.back(), basis_at(membrane, spike.time));
    if (recurrent) derivatives[k] += recurrent->one(spike, adjoint);
    lambda.v += (membrane.v_th * lambda.v + derivatives[k]) / membrane.slope(spike.current);
    if (!pull.empty()) lambda.v -= pull[spike.neuron];
    adjoint.add(spike.neuron, knot_of(membrane, spike.time, lambda));
  }
}

}  // namespace spikeloom
