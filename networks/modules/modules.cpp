/// What network modules share.
#include "networks/modules/modules.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace spikeloom {

const ParamInfo& ModuleParams::info(std::string_view name) const {
  const auto found = std::find_if(table_.begin(), table_.end(), [&](const auto& param) { return param.name == name; });
  assert(found != table_.end());
  return *found;
}

double ModuleParams::number(std::string_view name) const {
  const auto found = arguments_.numbers.find(name);
  return found == arguments_.numbers.end() ? info(name).default_number : found->second.front();
}

const std::string& ModuleParams::text(std::string_view name) const {
  const auto found = arguments_.texts.find(name);
  return found == arguments_.texts.end() ? info(name).default_text : found->second;
}

double current_for_psp(double psp, double tau_m, double tau_syn, double c_m) {
  if (std::abs(tau_m - tau_syn) < 1e-9 * tau_m) return psp * c_m / tau_m * std::exp(1.0);
  const double ratio = tau_m / tau_syn;
  const double rise = std::pow(ratio, -tau_m / (tau_m - tau_syn)) - std::pow(ratio, -tau_syn / (tau_m - tau_syn));
  return psp * c_m * (tau_syn - tau_m) / (tau_m * tau_syn * rise);
}

}  // namespace spikeloom
