/// Real-time conditioning: TD(lambda) over features of the time since each stimulus began (Sutton & Barto 1990;
/// Schultz, Dayan & Montague 1997; microstimuli: Ludvig, Sutton & Kehoe 2008, Neural Comput 20:3034).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/param_table.hpp"
#include "networks/protocol.hpp"

namespace spikeloom {

/// What happens in one trial, in steps from its start; a stimulus that is not shown has no onset.
struct TimedTrial {
  struct Cue {
    std::optional<int> onset = std::nullopt;
    int offset = 0;
  };
  std::vector<Cue> cues;  // per stimulus
  std::optional<int> us_time = std::nullopt;
  double us = 1;
  int steps = 60;
};

/// V(t) = w . phi(t)
///
///     delta(t) = r(t) + gamma V(t+1) - V(t)     e(t) = gamma lambda e(t-1) + phi(t)     w <- w + alpha delta(t) e(t)
///
/// Features of a stimulus: one unit per step since its onset (complete serial compound), or microstimuli, Gaussians of
/// width `width` over a trace h = decay^age, of height h; and, with `presence`, one unit that is on as long as the
/// stimulus.
class TemporalDifference {
 public:
  static constexpr std::string_view name = "temporal_difference";

  struct Params {
    double alpha = 0.05, gamma = 0.98, lambda = 0.9, decay = 0.985, width = 0.08;
    int units = 50, microstimuli = 10;
    std::string features = "serial_compound";
    bool presence = false;
  };
  static const ParamTable<Params>& params();

  TemporalDifference(const Params& params, std::size_t stimuli);

  /// V(t) and delta(t) of every step; with `learn` the weights follow step by step.
  struct Course {
    std::vector<double> value, delta;
  };
  Course trial(const TimedTrial& trial, bool learn = true);
  std::vector<StateArray> state();

 private:
  void set_features(const TimedTrial& trial, int time, std::vector<double>& phi) const;
  double value_of(const std::vector<double>& phi) const;

  Params params_;
  std::size_t per_stimulus_;
  std::vector<double> weights_;
};

ModuleInfo temporal_difference_module();

}  // namespace spikeloom
