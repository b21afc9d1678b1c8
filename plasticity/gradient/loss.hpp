/// Losses of a readout over a trial: they fill in the derivative by every output and step.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include "core/models/exponential.hpp"
#include "plasticity/gradient/eprop.hpp"

namespace spikeloom {

/// Half the squared distance to a target [steps][outputs], summed over steps and outputs.
template <class Real>
double squared_loss(std::span<const Real> target, EpropHistory<Real>& history) {
  double loss = 0;
  for (std::size_t k = 0; k < target.size(); ++k) {
    const Real error = history.output[k] - target[k];
    history.error[k] = error;
    loss += 0.5 * static_cast<double>(error) * static_cast<double>(error);
  }
  return loss;
}

/// Squared distance divided by that of the target from its mean over time: 1 for a constant readout at that mean.
template <class Real>
double normalised_squared_error(std::span<const Real> target, std::span<const Real> output, std::size_t outputs) {
  const std::size_t steps = target.size() / outputs;
  double error = 0, variance = 0;
  for (std::size_t k = 0; k < outputs; ++k) {
    double mean = 0;
    for (std::size_t t = 0; t < steps; ++t) mean += static_cast<double>(target[t * outputs + k]);
    mean /= static_cast<double>(steps);
    for (std::size_t t = 0; t < steps; ++t) {
      const double wanted = static_cast<double>(target[t * outputs + k]);
      const double difference = static_cast<double>(output[t * outputs + k]) - wanted;
      error += difference * difference;
      variance += (wanted - mean) * (wanted - mean);
    }
  }
  return error / variance;
}

struct ClassLoss {
  double loss = 0;       // cross entropy, mean over the steps
  bool correct = false;  // the largest mean output is that of the label
};

/// Softmax cross entropy with class `label` over steps [first, last), averaged over them; no error elsewhere.
template <class Real>
ClassLoss softmax_loss(std::size_t label, std::size_t outputs, std::size_t first, std::size_t last,
                       EpropHistory<Real>& history) {
  ClassLoss result;
  const double share = 1 / static_cast<double>(last - first);
  std::vector<double> p(outputs), mean(outputs);
  std::fill(history.error.begin(), history.error.end(), Real{0});
  for (std::size_t t = first; t < last; ++t) {
    const Real* const y = history.output.data() + t * outputs;
    const double highest = static_cast<double>(*std::max_element(y, y + outputs));
    double sum = 0;
    for (std::size_t k = 0; k < outputs; ++k) {
      p[k] = exponential(static_cast<double>(y[k]) - highest);
      sum += p[k];
      mean[k] += static_cast<double>(y[k]);
    }
    for (std::size_t k = 0; k < outputs; ++k)
      history.error[t * outputs + k] = static_cast<Real>(share * (p[k] / sum - (k == label ? 1 : 0)));
    result.loss -= share * std::log(p[label] / sum);
  }
  const auto best = std::max_element(mean.begin(), mean.end()) - mean.begin();
  result.correct = static_cast<std::size_t>(best) == label;
  return result;
}

}  // namespace spikeloom
