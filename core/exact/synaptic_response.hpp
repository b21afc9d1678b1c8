/// How a leaky membrane answers a decaying current, for time constants that may be close or equal.
#pragma once

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/models/exponential.hpp"

namespace spikeloom {

/// Responses of du/dt = -decay u + current, u(0) = 0.
class SynapticResponse {
 public:
  SynapticResponse() = default;
  SynapticResponse(double decay, double rate)
      : decay_(decay),
        rate_(rate),
        difference_(rate - decay),
        inverse_(1 / difference_),
        close_(std::abs(difference_) < 0.1 * std::max(rate, decay)) {}

  double rate() const noexcept { return rate_; }

  /// To the current exp(-rate t), at time t; `membrane` = exp(-decay t), `synapse` = exp(-rate t).
  double to_exponential(double t, double membrane, double synapse) const noexcept {
    return close_ ? t * membrane * mean_decay(difference_ * t) : (membrane - synapse) * inverse_;
  }
  /// To the current t exp(-rate t).
  double to_ramp(double t, double membrane, double synapse) const noexcept {
    if (close_) return t * t * membrane * mean_ramp(difference_ * t);
    return ((membrane - synapse) * inverse_ - t * synapse) * inverse_;
  }
  /// The largest value that to_exponential ever takes.
  double exponential_peak() const noexcept { return peak(decay_, rate_); }
  /// At least as large as what to_ramp ever takes: t exp(-rate t) <= 2 / (e rate) exp(-rate t / 2).
  double ramp_bound() const noexcept { return 2 / (std::numbers::e * rate_) * peak(decay_, 0.5 * rate_); }

 private:
  /// Integral of exp(-x s) over s from 0 to 1.
  static double mean_decay(double x) noexcept { return std::abs(x) < 1e-300 ? 1 : -std::expm1(-x) / x; }
  /// Integral of s exp(-x s) over s from 0 to 1; by its series where the closed form cancels.
  static double mean_ramp(double x) noexcept {
    if (std::abs(x) >= 1) return (1 - (1 + x) * exponential(-x)) / (x * x);
    double sum = 0, term = 1;
    for (int n = 0; n < 20; term *= -x / ++n) sum += term / (n + 2);
    return sum;
  }
  static double peak(double decay, double rate) noexcept {
    const double x = rate / decay - 1;  // log(1 + x) / x is 1 where both are equal
    return exponential(-(std::abs(x) < 1e-300 ? 1 : std::log1p(x) / x)) / rate;
  }

  double decay_ = 1, rate_ = 1, difference_ = 0, inverse_ = 0;
  bool close_ = true;
};

/// What is left after a time t of potential, excitatory and inhibitory current: exp(-rate t) of each.
struct Decays {
  double membrane, ex, in;
  Decays(double t, double decay, const SynapticResponse& to_ex, const SynapticResponse& to_in) noexcept
      : membrane(exponential(-decay * t)),
        ex(exponential(-to_ex.rate() * t)),
        in(to_in.rate() == to_ex.rate() ? ex : exponential(-to_in.rate() * t)) {}
};

}  // namespace spikeloom
