/// Features, values and prediction errors over one trial.
#include "networks/conditioning/temporal_difference.hpp"

#include <algorithm>
#include <cmath>

namespace spikeloom {
namespace {

constexpr const char* temporal_difference_equations =
    "V(t)     = w . phi(t)\n"
    "delta(t) = r(t) + gamma V(t+1) - V(t)\n"
    "e(t)     = gamma lambda e(t-1) + phi(t)\n"
    "w       <- w + alpha delta(t) e(t)\n";

}  // namespace

const ParamTable<TemporalDifference::Params>& TemporalDifference::params() {
  static const ParamTable<Params> table{
      {"alpha", &Params::alpha, "", "learning rate per step", fraction},
      {"gamma", &Params::gamma, "", "discount per step", fraction},
      {"lambda", &Params::lambda, "", "decay of eligibility traces, beside gamma", fraction},
      {"features",
       &Params::features,
       "",
       "what represents the time since a stimulus began",
       finite,
       {"serial_compound", "microstimuli"}},
      {"units", &Params::units, "", "serial compound: steps that are represented", whole_positive},
      {"microstimuli", &Params::microstimuli, "", "number per stimulus", whole_positive},
      {"decay", &Params::decay, "", "of the trace that microstimuli tile, per step", fraction},
      {"width", &Params::width, "", "of a microstimulus, in heights of the trace", positive},
      {"presence", &Params::presence, "", "a further unit that is on while the stimulus is"}};
  return table;
}

TemporalDifference::TemporalDifference(const Params& params, std::size_t stimuli)
    : params_(params),
      per_stimulus_(static_cast<std::size_t>(params.features == "microstimuli" ? params.microstimuli : params.units) +
                    1),
      weights_(stimuli * per_stimulus_, 0.0) {}

void TemporalDifference::set_features(const TimedTrial& trial, int time, std::vector<double>& phi) const {
  std::fill(phi.begin(), phi.end(), 0.0);
  if (time >= trial.steps) return;
  for (std::size_t i = 0; i < trial.cues.size(); ++i) {
    const auto& cue = trial.cues[i];
    if (!cue.onset || time < *cue.onset) continue;
    double* own = phi.data() + i * per_stimulus_;
    const int age = time - *cue.onset, units = static_cast<int>(per_stimulus_) - 1;
    if (params_.presence && time < cue.offset) own[units] = 1;
    if (params_.features == "serial_compound") {
      if (age < units) own[age] = 1;
      continue;
    }
    const double height = std::pow(params_.decay, age);
    for (int k = 0; k < units; ++k) {
      const double distance = (height - (k + 1.0) / units) / params_.width;
      own[k] = height * std::exp(-0.5 * distance * distance);
    }
  }
}

double TemporalDifference::value_of(const std::vector<double>& phi) const {
  double sum = 0;
  for (std::size_t i = 0; i < phi.size(); ++i) sum += weights_[i] * phi[i];
  return sum;
}

TemporalDifference::Course TemporalDifference::trial(const TimedTrial& trial, bool learn) {
  Course course;
  std::vector<double> phi(weights_.size()), next(weights_.size()), eligibility(weights_.size());
  set_features(trial, 0, phi);
  for (int time = 0; time < trial.steps; ++time) {
    set_features(trial, time + 1, next);
    const double value = value_of(phi), reward = trial.us_time == time ? trial.us : 0;
    const double delta = reward + params_.gamma * value_of(next) - value;
    for (std::size_t i = 0; i < phi.size(); ++i) {
      eligibility[i] = params_.gamma * params_.lambda * eligibility[i] + phi[i];
      if (learn) weights_[i] += params_.alpha * delta * eligibility[i];
    }
    course.value.push_back(value);
    course.delta.push_back(delta);
    phi.swap(next);
  }
  return course;
}

std::vector<StateArray> TemporalDifference::state() {
  return {{"weights", "", {weights_.size() / per_stimulus_, per_stimulus_}, std::span(weights_)}};
}

ModuleInfo temporal_difference_module() {
  return {.name = std::string(TemporalDifference::name),
          .summary = "values of moments after a stimulus, learned from the prediction error of dopamine (TD(lambda))",
          .params = TemporalDifference::params().infos(),
          .equations = temporal_difference_equations};
}

}  // namespace spikeloom
