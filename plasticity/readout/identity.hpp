/// Offline identity readout: once per trial, which event it was (Yamada & Chao 2026): a two-factor delta rule.
///
///     dv_i = eta (m - p) xbar_i / |xbar|^2
///
/// xbar is the mean state after the cue, m is 1 if the channel's event came and 0 if another did, p its prediction
/// before clipping. The prediction tracks the frequency of the event over about 1/eta trials.
#pragma once

#include "plasticity/readout/columns.hpp"

namespace spikeloom::readout {

struct Identity {
  double eta = 0.05;

  void update(std::span<float> weights, std::span<const float> mean_state, double occurred,
              double predicted) const noexcept {
    const float norm = dot(mean_state, mean_state);
    if (norm > 0)
      add_scaled(weights, static_cast<float>(eta * (occurred - predicted) / static_cast<double>(norm)), mean_state);
  }
};

}  // namespace spikeloom::readout
