/// Double-exponential kernels as two leaky integrators in a row: potentials, eligibility filters, distances of trains.
#pragma once

#include <cmath>
#include <cstddef>

namespace spikeloom {

/// One step: rise = keep_rise rise + input, value = keep_decay value + gain rise. The response to one unit of input
/// peaks at 1, also where both time constants are equal.
template <class Real>
struct DoubleExponential {
  Real keep_rise = 0, keep_decay = 0, gain = 1;

  /// Time constants and step in ms.
  static DoubleExponential make(double tau_rise, double tau_decay, double resolution) {
    const double rise_keep = std::exp(-resolution / tau_rise), decay_keep = std::exp(-resolution / tau_decay);
    double rise = 1, value = 1, peak = 1;  // the response climbs to its only peak, then falls
    while (true) {
      rise *= rise_keep;
      value = decay_keep * value + rise;
      if (value <= peak) break;
      peak = value;
    }
    return {static_cast<Real>(rise_keep), static_cast<Real>(decay_keep), static_cast<Real>(1 / peak)};
  }

  void advance(Real input, Real& rise, Real& value) const noexcept {
    rise = keep_rise * rise + input;
    value = keep_decay * value + gain * rise;
  }
};

}  // namespace spikeloom
