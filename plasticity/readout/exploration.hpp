/// Reward-modulated exploration: a readout that knows no error, only whether its noise helped (Legenstein et al. 2010;
/// Hoerzer, Legenstein & Maass 2014, Cereb Cortex 24:677).
///
///     dw_i = eta M (y - ybar) x_i / (|x|^2 + 1)       M = 1 if the performance exceeds its running mean, else 0
///
/// y is the output with exploration noise, ybar its running mean; performance is anything that grows when it is better.
/// The papers leave the step unnormalised; divided by |x|^2 a rate means the same for every reservoir.
#pragma once

#include <array>
#include <cmath>

#include "plasticity/readout/columns.hpp"

namespace spikeloom::readout {

/// Running means of one channel, with their time constant in steps.
class Exploration {
 public:
  Exploration(double eta, double memory) : eta_(eta), keep_(std::exp(-1 / memory)) {}

  void update(std::span<float> weights, std::span<const float> x, float norm, double output,
              double performance) noexcept {
    if (performance > means_[1])
      add_scaled(weights, static_cast<float>(eta_ * (output - means_[0]) / (static_cast<double>(norm) + 1)), x);
    means_[0] = keep_ * means_[0] + (1 - keep_) * output;
    means_[1] = keep_ * means_[1] + (1 - keep_) * performance;
  }

  /// Of the output and of the performance.
  std::span<double> means() noexcept { return means_; }

 private:
  double eta_, keep_;
  std::array<double, 2> means_{};
};

}  // namespace spikeloom::readout
