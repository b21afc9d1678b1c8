/// Noise that multiplies: geometric Brownian motion forwards, its two samplers backwards, one number at a time.
#pragma once

#include <cmath>

namespace spikeloom {

/// Forwards in time t (0 to 1), y = log x:
///
///     dx = mu x dt + sigma x dW        mu = drift + sigma^2 / 2
///     y_t = y_0 + drift t + sigma sqrt(t) z,   z ~ N(0, 1)
///
/// Backwards, with the Hyvarinen score h = x dlog p_t(x)/dx = dlog p_t(y)/dy - 1 (Shetty, Prasath & Seelamantula 2025,
/// arXiv 2510.02730; Anderson 1982, Stoch Proc Appl 12:313):
///
///     y <- y + d (sigma^2 h - mu + 3/2 sigma^2) + sigma sqrt(d) z                keeps the sign of x
///     x <- x (1 + d (sigma^2 h - mu + 2 sigma^2) + sigma sqrt(d) z)              does not
struct GeometricNoise {
  double sigma = 0.8, drift = 0;

  double mu() const noexcept { return drift + sigma * sigma / 2; }
  /// Of y_t around y_0.
  double variance(double t) const noexcept { return sigma * sigma * t; }

  double after(double y_0, double t, double z) const noexcept { return y_0 + drift * t + sigma * std::sqrt(t) * z; }
  /// The Hyvarinen score of x_t given x_0.
  double score(double y, double y_0, double t) const noexcept { return score_of(y - y_0, t); }
  /// From what a noisy number is believed to have been without noise, E[y_0 | y_t], to the score (Tweedie's formula).
  double score_of(double difference, double t) const noexcept { return -1 - (difference - drift * t) / variance(t); }

  /// What multiplies and adds up in one step of length `d`; `amplitude` is a factor on the noise.
  struct Step {
    double score, constant, noise;
  };
  Step dale_step(double d, double amplitude) const noexcept {
    return {d * sigma * sigma, d * (1.5 * sigma * sigma - mu()), amplitude * sigma * std::sqrt(d)};
  }
  Step unconstrained_step(double d, double amplitude) const noexcept {
    return {d * sigma * sigma, 1 + d * (2 * sigma * sigma - mu()), amplitude * sigma * std::sqrt(d)};
  }
};

}  // namespace spikeloom
