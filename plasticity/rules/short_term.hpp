/// Short-term depression and facilitation (Tsodyks & Markram 1997, PNAS 94:719; Tsodyks, Pawelzik & Markram 1998,
/// Neural Comput 10:821).
///
///     at an arrival:  u += u_0 (1 - u);  transmitted = w u x;  x -= u x
///     between:        du/dt = -u / tau_facilitation;  dx/dt = (1 - x) / tau_recovery
///
/// The state belongs to the source; weights never change.
#pragma once

#include "plasticity/event_driven.hpp"

namespace spikeloom {

struct ShortTerm {
  static constexpr std::string_view name = "short_term";
  static constexpr std::string_view summary = "short-term depression and facilitation (Tsodyks and Markram 1997, 1998)";
  static constexpr std::string_view equations =
      "arrival: u += u_0 (1 - u), transmitted = w u x, x -= u x\n"
      "between arrivals: du/dt = -u / tau_facilitation, dx/dt = (1 - x) / tau_recovery";

  struct Params {
    double u_0 = 0.5, tau_recovery = 800, tau_facilitation = 20;
  };
  static constexpr std::array params = {
      Field{"u_0", &Params::u_0, "", "release probability at rest", fraction},
      Field{"tau_recovery", &Params::tau_recovery, "ms", "recovery of resources", positive},
      Field{"tau_facilitation", &Params::tau_facilitation, "ms", "decay of facilitation", positive}};

  struct Synapse {
    float weight = 0;
  };
  static constexpr std::array columns = {Field{"weight", &Synapse::weight, unit_of_weight, "weight; does not change"}};
  static constexpr std::array pre_traces = {&Params::tau_facilitation, &Params::tau_recovery};  // u and 1 - x
  static constexpr std::array<double Params::*, 0> post_traces = {};

  struct Kernel {
    float u_0;
  };
  static Kernel prepare(const Params& p, const WeightBounds&) { return {static_cast<float>(p.u_0)}; }

  /// `state`: u and 1 - x after the last arrival; `decay`: of each since then. Returns the fraction transmitted.
  static float release(const Kernel& k, std::array<float, 2>& state, const std::array<float, 2>& decay) noexcept {
    const float u = state[0] * decay[0] + k.u_0 * (1.0f - state[0] * decay[0]);
    const float spent = state[1] * decay[1], released = u * (1.0f - spent);
    state = {u, spent + released};
    return released;
  }
};

}  // namespace spikeloom
