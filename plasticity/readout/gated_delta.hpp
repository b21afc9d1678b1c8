/// Error-gated, attention-gated readout: a three-factor rule for every time step (Yamada & Chao 2026, Commun Biol).
///
///     dw_i = eta G e x_i / (|x|^2 + eps)
///
/// x is the filtered presynaptic state (the eligibility), e the error of the channel, G its attention gate: 1 within
/// the window around the expected event, `outside` elsewhere, 0 for a channel that is not attended.
#pragma once

#include <cmath>

#include "plasticity/readout/columns.hpp"

namespace spikeloom::readout {

struct GatedDelta {
  double eta = 0.01, eps = 1;
  double window = 120, outside = 0.3;  // ms, share of the gate that stays open

  /// G at `time` [ms] for an attended channel whose event is due at `due` [ms].
  double gate(double time, double due) const noexcept { return std::abs(time - due) < window ? 1 : outside; }

  /// `norm` is |x|^2; `third` is G e.
  void update(std::span<float> weights, std::span<const float> x, float norm, double third) const noexcept {
    if (third == 0) return;
    add_scaled(weights, static_cast<float>(eta * third / (static_cast<double>(norm) + eps)), x);
  }
};

}  // namespace spikeloom::readout
