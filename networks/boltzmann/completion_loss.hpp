/// What a completion has cost: focal cross-entropy of the right states at a learned temperature.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>

#include "core/models/exponential.hpp"

namespace spikeloom {

/// Of one group, with p = softmax(tau^2 ln q):
///
///     loss = -weight (1 - p_t)^gamma ln p_t        t the right state (Lin et al. 2017, arXiv 1708.02002)
///
/// gamma = 0 is the cross-entropy. `by_log_q` becomes the derivative by ln q; `by_heat` that by tau^2 is added to.
template <class Real>
double completion_loss(std::span<const Real> q, std::size_t right, double heat, double gamma, double weight,
                       std::span<Real> by_log_q, double& by_heat) {
  double highest = -1e300;
  for (std::size_t j = 0; j < q.size(); ++j) highest = std::max(highest, std::log(static_cast<double>(q[j])));
  double sum = 0;
  for (std::size_t j = 0; j < q.size(); ++j) sum += exponential(heat * (std::log(static_cast<double>(q[j])) - highest));
  const double log_right = heat * (std::log(static_cast<double>(q[right])) - highest) - std::log(sum);
  const double p_right = exponential(log_right), wrong = 1 - p_right;
  const double focus = gamma == 0 ? 1 : std::pow(wrong, gamma);
  const double slope =
      weight * ((gamma == 0 || wrong <= 0 ? 0 : gamma * p_right * std::pow(wrong, gamma - 1) * log_right) - focus);
  for (std::size_t j = 0; j < q.size(); ++j) {
    const double log_q = std::log(static_cast<double>(q[j]));
    const double by_logit = slope * ((j == right ? 1 : 0) - exponential(heat * (log_q - highest)) / sum);
    by_heat += by_logit * log_q;
    by_log_q[j] = static_cast<Real>(heat * by_logit);
  }
  return -weight * focus * log_right;
}

}  // namespace spikeloom
