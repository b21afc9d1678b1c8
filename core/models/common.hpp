/// What several neuron models share: checks, propagators of linear parts, tables of variables.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <string_view>
#include <vector>

#include "core/model.hpp"

namespace spikeloom {

/// v(dt) [mV] of a membrane (tau_m, c_m) at rest, per pA of a current that decays with tau_syn from 1 pA at time 0:
/// tau_m tau_syn / (c_m (tau_m - tau_syn)) (exp(-dt/tau_m) - exp(-dt/tau_syn)), without cancellation when both are
/// close.
inline double exponential_current_response(double tau_m, double tau_syn, double c_m, double dt) {
  const double rate_difference = 1 / tau_syn - 1 / tau_m;  // 1/ms
  const double x = rate_difference * dt;
  const double mean_decay = std::abs(x) < 1e-300 ? 1 : -std::expm1(-x) / x;  // (1 - exp(-x)) / x
  return std::exp(-dt / tau_m) * dt / c_m * mean_decay;
}

/// v(dt) [mV] of a membrane at rest per pA/ms of a current (t/1 ms) exp(-t/tau_syn), t from 0 to dt.
inline double alpha_current_response(double tau_m, double tau_syn, double c_m, double dt) {
  const double x = (1 / tau_syn - 1 / tau_m) * dt;
  double ramp = (1 - (1 + x) * std::exp(-x)) / (x * x);  // integral of s exp(-x s), s from 0 to 1
  if (std::abs(x) < 1) {                                 // its series, where the closed form cancels
    ramp = 0;
    double term = 1;
    for (int n = 0; n < 24; ++n, term *= -x / n) ramp += term / (n + 2);
  }
  return std::exp(-dt / tau_m) * dt * dt / c_m * ramp;
}

/// Variables of the layouts of one state, each name once. What only a `folded` layout has cannot be set by the user:
/// the layout depends on parameters, and a layout that lacks a variable which was set is not folded.
template <class Fields, class... Folded>
std::vector<VariableInfo> variables_of(const Fields& layout, const Folded&... folded) {
  std::vector<VariableInfo> infos;
  const auto add = [&](const auto& field, bool settable) {
    if (std::none_of(infos.begin(), infos.end(), [&](const auto& info) { return info.name == field.name; }))
      infos.push_back({std::string(field.name), std::string(field.unit), std::string(field.doc), settable});
  };
  for (const auto& field : layout) add(field, true);
  (std::for_each(folded.begin(), folded.end(), [&](const auto& field) { add(field, false); }), ...);
  return infos;
}

/// Number of entries of a parameter's column: 1, or one per neuron.
std::size_t population_columns(const ModelArguments& arguments);

/// Whether `holds(params)` for every neuron.
template <class Struct, std::size_t n, class Check>
bool for_every_neuron(const std::array<Field<Struct>, n>& fields, const ModelArguments& arguments, Check holds) {
  for (std::size_t i = 0, size = population_columns(arguments); i < size; ++i)
    if (!holds(params_of(fields, arguments, i))) return false;
  return true;
}

/// A neuron that is reset at or above its threshold would fire for ever.
template <class Struct, std::size_t n>
void require_reset_below_threshold(const std::array<Field<Struct>, n>& fields, const ModelArguments& arguments,
                                   std::vector<Problem>& problems) {
  if (!for_every_neuron(fields, arguments, [](const Struct& p) { return p.v_reset < p.v_th; }))
    problems.push_back({{}, "v_reset", "v_reset must lie below v_th", "lower v_reset, or raise v_th"});
}

}  // namespace spikeloom
