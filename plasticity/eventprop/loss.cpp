/// Losses and their derivatives.
#include "plasticity/eventprop/loss.hpp"

#include <algorithm>
#include <cmath>

namespace spikeloom {
namespace {

/// Turns logits into softmax probabilities; returns -log of that of `label`.
double cross_entropy(std::span<double> logits, std::size_t label) {
  const double top = *std::max_element(logits.begin(), logits.end()), own = logits[label];
  double sum = 0;
  for (auto& x : logits) sum += x = std::exp(x - top);
  for (auto& x : logits) x /= sum;
  return std::log(sum) + top - own;
}

}  // namespace

const std::vector<std::string>& loss_names() {
  static const std::vector<std::string> names = {"ttfs",         "delta_mse",  "max_voltage", "tempotron",
                                                 "mean_voltage", "sum_linear", "sum_exp",     "per_time"};
  return names;
}

WeightedMean::WeightedMean(const Membrane& membrane, double duration, LossKind kind)
    : membrane_(membrane), duration_(duration), kind_(kind) {
  end_ = particular(duration);
}

/// A solution of the adjoint equations under the drive weight(t)/T.
Membrane::Adjoint WeightedMean::particular(double time) const noexcept {
  const double unit = 1 / duration_;
  if (kind_ == LossKind::sum_exp) {
    const double weight = exponential(-time * unit), v = -unit / (1 + membrane_.tau_m * unit);
    return {v * weight, v / (1 + membrane_.tau_s * unit) * weight};
  }
  if (kind_ == LossKind::sum_linear) {
    const double slope = unit * unit, v = -unit + slope * (membrane_.tau_m + time);
    return {v, v + slope * membrane_.tau_s};
  }
  return {-unit, -unit};
}

Membrane::Adjoint WeightedMean::at(double time) const noexcept {
  const auto driven = particular(time), free = membrane_.back({-end_.v, -end_.i}, duration_ - time);
  return {driven.v + free.v, driven.i + free.i};
}

LossResult loss_of_spike_times(const EventPropLoss& loss, double duration, std::int32_t label, LossState& state) {
  auto& times = state.values;
  const auto c = static_cast<std::size_t>(label);
  state.derivatives.assign(times.size(), 0.0);
  LossResult result;
  for (std::size_t i = 0; i < times.size(); ++i)
    if (times[i] < Membrane::never && (result.label < 0 || times[i] < times[static_cast<std::size_t>(result.label)]))
      result.label = static_cast<std::int32_t>(i);
  const bool fired = times[c] < Membrane::never;
  const double own = std::min(times[c], duration);  // a silent neuron of the true class counts as one that fires at T
  if (loss.kind == LossKind::delta_mse) {
    for (std::size_t i = 0; i < times.size(); ++i) {
      if (i == c || !(times[i] < Membrane::never)) continue;
      const double error = times[i] - own - loss.delta;
      result.loss += 0.5 * error * error;
      if (!fired) continue;
      state.derivatives[i] = error;
      state.derivatives[c] -= error;
    }
    return result;
  }
  double sum = 0;
  for (std::size_t i = 0; i < times.size(); ++i)  // relative to the true class
    if (i == c || times[i] < Membrane::never)
      sum += state.derivatives[i] = std::exp(-((i == c ? own : times[i]) - own) / loss.tau_0);
  const double penalty = loss.alpha * std::exp(own / loss.tau_1);
  result.loss = std::log(sum) + penalty - loss.alpha;
  for (std::size_t i = 0; i < times.size(); ++i)
    state.derivatives[i] = fired ? -state.derivatives[i] / sum / loss.tau_0 : 0;
  if (fired) state.derivatives[c] += 1 / loss.tau_0 + penalty / loss.tau_1;
  return result;
}

LossResult loss_of_values(std::int32_t label, LossState& state) {
  const auto best = std::max_element(state.values.begin(), state.values.end()) - state.values.begin();
  state.derivatives = state.values;
  const double loss = cross_entropy(state.derivatives, static_cast<std::size_t>(label));
  state.derivatives[static_cast<std::size_t>(label)] -= 1;
  return {loss, static_cast<std::int32_t>(best)};
}

LossResult loss_of_peaks(double v_th, std::int32_t label, LossState& state) {
  const auto best = std::max_element(state.values.begin(), state.values.end()) - state.values.begin();
  LossResult result{0, static_cast<std::int32_t>(best)};
  state.derivatives.assign(state.values.size(), 0.0);
  for (std::size_t i = 0; i < state.values.size(); ++i) {
    const double sign = i == static_cast<std::size_t>(label) ? -1 : 1, wrong = sign * (state.values[i] - v_th);
    if (!(wrong > 0)) continue;
    result.loss += wrong;
    state.derivatives[i] = sign;
  }
  return result;
}

LossResult loss_of_traces(std::int32_t label, std::size_t classes, LossState& state) {
  const auto times = state.traces.size() / classes;
  const double share = 1 / static_cast<double>(times);
  state.values.assign(classes, 0.0);
  state.derivatives = state.traces;
  LossResult result;
  for (std::size_t n = 0; n < times; ++n) {
    const auto row = std::span(state.derivatives).subspan(n * classes, classes);
    for (std::size_t i = 0; i < classes; ++i) state.values[i] += share * row[i];
    result.loss += share * cross_entropy(row, static_cast<std::size_t>(label));
    row[static_cast<std::size_t>(label)] -= 1;
    for (auto& derivative : row) derivative *= share;
  }
  const auto best = std::max_element(state.values.begin(), state.values.end()) - state.values.begin();
  result.label = static_cast<std::int32_t>(best);
  return result;
}

}  // namespace spikeloom
