/// The network modules, one function each, and what they share: reading parameters, sizes of postsynaptic currents.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "networks/spec.hpp"

namespace spikeloom {

ModuleInfo cortical_microcircuit_module();
ModuleInfo brunel_module();

/// Parameters of a module: the user's, or the table's defaults.
class ModuleParams {
 public:
  ModuleParams(std::vector<ParamInfo> table, const ModelArguments& arguments)
      : table_(std::move(table)), arguments_(arguments) {}

  double number(std::string_view name) const;
  const std::string& text(std::string_view name) const;

 private:
  const ParamInfo& info(std::string_view name) const;

  std::vector<ParamInfo> table_;
  const ModelArguments& arguments_;
};

/// Current [pA] that jumps and decays with `tau_syn` [ms] and lifts a membrane (tau_m [ms], c_m [pF]) by `psp` [mV] at
/// the peak of the postsynaptic potential.
double current_for_psp(double psp, double tau_m, double tau_syn, double c_m);

}  // namespace spikeloom
