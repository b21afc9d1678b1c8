/// One trial of Rescorla & Wagner's rule.
#include "networks/conditioning/rescorla_wagner.hpp"

#include <cmath>

namespace spikeloom {
namespace {

std::size_t index_of(char stimulus) { return static_cast<std::size_t>(stimulus - 'A'); }

constexpr const char* rescorla_wagner_equations =
    "V_tot = sum_i x_i V_i\n"
    "dV_i  = alpha_i a_i beta (lambda - V_tot) x_i     beta: beta_us with the US, beta_none without\n"
    "a_i  <- (1 - g) a_i + g |lambda - V_tot|          attention: pearce_hall, after dV_i; else a_i = 1\n";

}  // namespace

const ParamTable<RescorlaWagner::Params>& RescorlaWagner::params() {
  static const ParamTable<Params> table{
      {"alpha", &Params::alpha, "", "salience of stimuli to which the schedule gives none", fraction},
      {"beta_us", &Params::beta_us, "", "rate with the US", fraction},
      {"beta_none", &Params::beta_none, "", "rate without the US", fraction},
      {"g", &Params::g, "", "rate of the associability (Pearce & Hall)", fraction},
      {"attention", &Params::attention, "", "what moves the associability", finite, {"none", "pearce_hall"}},
      {"error",
       &Params::error,
       "",
       "summed over the stimuli that are there, or each its own (ablation)",
       finite,
       {"summed", "own"}}};
  return table;
}

RescorlaWagner::RescorlaWagner(const Params& params, std::vector<double> saliences)
    : params_(params),
      saliences_(std::move(saliences)),
      strengths_(saliences_.size(), 0.0),
      associabilities_(saliences_.size(), 1.0) {}

double RescorlaWagner::strength(std::string_view stimuli) const {
  double sum = 0;
  for (const char stimulus : stimuli) sum += strengths_.at(index_of(stimulus));
  return sum;
}

void RescorlaWagner::trial(const TrialKind& trial) {
  const double beta = trial.us > 0 ? params_.beta_us : params_.beta_none;
  const double summed_error = trial.us - strength(trial.stimuli);
  for (const char stimulus : trial.stimuli) {
    const auto i = index_of(stimulus);
    const double error = params_.error == "own" ? trial.us - strengths_[i] : summed_error;
    strengths_[i] += saliences_[i] * associabilities_[i] * beta * error;
    if (params_.attention == "pearce_hall")
      associabilities_[i] = (1 - params_.g) * associabilities_[i] + params_.g * std::abs(summed_error);
  }
}

std::vector<StateArray> RescorlaWagner::state() {
  return {{"strength", "", {strengths_.size()}, std::span(strengths_)},
          {"associability", "", {associabilities_.size()}, std::span(associabilities_)}};
}

ModuleInfo rescorla_wagner_module() {
  return {
      .name = std::string(RescorlaWagner::name),
      .summary = "associative strengths changed trial by trial by the shared prediction error (Rescorla & Wagner 1972)",
      .params = RescorlaWagner::params().infos(),
      .equations = rescorla_wagner_equations};
}

}  // namespace spikeloom
