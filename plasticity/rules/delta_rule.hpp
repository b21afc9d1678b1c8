/// The local delta rule: recent arrivals times an error (Widrow & Hoff 1960; three factors with spikes: Fremaux &
/// Gerstner 2016, Front Neural Circuits 9:85). The target's own spikes play no part, so one error may address many
/// neurons.
///
///     arrival:  e += 1
///     between:  de/dt = -e / tau_e;  dw/dt = eta e (n - b)      n: the modulator, say target less readout
///
/// in closed form from arrival to arrival. Bounds hold at arrivals.
#pragma once

#include "plasticity/event_driven.hpp"

namespace spikeloom {

struct DeltaRule {
  static constexpr std::string_view name = "delta_rule";
  static constexpr std::string_view summary =
      "arrivals leave an eligibility that an error turns into weight (local delta rule)";
  static constexpr std::string_view equations =
      "arrival: e += 1;  de/dt = -e / tau_e;  dw/dt = eta e (n - b)\n"
      "n: the modulator, for example the error of a readout";

  struct Params {
    double tau_e = 20, eta = 0.001, b = 0;
  };
  static constexpr std::array params = {
      Field{"tau_e", &Params::tau_e, "ms", "time constant of the eligibility", positive},
      Field{"eta", &Params::eta, unit_of_weight, "change of the weight per ms of modulator 1 and eligibility 1"},
      Field{"b", &Params::b, "", "level of the modulator at which nothing is learned"}};

  struct Synapse {
    float weight = 0, eligibility = 0;
  };
  static constexpr std::array columns = {
      Field{"weight", &Synapse::weight, unit_of_weight, "weight"},
      Field{"eligibility", &Synapse::eligibility, unit_of_weight, "times the modulator: change of the weight per ms"}};
  static constexpr std::array<double Params::*, 0> pre_traces = {};
  static constexpr std::array<double Params::*, 0> post_traces = {};
  static double tau_eligibility(const Params& p) { return p.tau_e; }
  static double modulator_offset(const Params& p) { return p.b; }

  struct Kernel {
    float eta;
  };
  static Kernel prepare(const Params& p, const WeightBounds&) { return {static_cast<float>(p.eta)}; }

  [[gnu::always_inline]] static void on_pre(const Kernel& k, Synapse& s, const std::array<float, 0>&) noexcept {
    s.eligibility += k.eta;
  }
};

}  // namespace spikeloom
