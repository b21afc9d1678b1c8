/// The module btsp_neuron.
#include "networks/gradient/modules.hpp"

namespace spikeloom {
namespace {

constexpr const char* btsp_equations =
    "tau_et det_i/dt = -et_i + rate_i,   tau_is dis/dt = -is + plateau\n"
    "x_i = min(1, et_i / et_scale) min(1, is / is_scale)\n"
    "dw_i/dt = (w_max - w_i) k_plus q_plus(x_i) - w_i k_minus q_minus(x_i)\n"
    "q(x) = (s(x) - s(0)) / (s(1) - s(0)),  s(x) = 1 / (1 + exp(-b (x - a)))\n";

}  // namespace

const ParamTable<BtspModuleParams>& btsp_module_params() {
  using P = BtspModuleParams;
  static const ParamTable<P> table = ParamTable<P>{
      {"inputs", &P::inputs, "", "number of place cells that reach the neuron", whole_positive},
      {"resolution", &P::resolution, "ms", "time of one step",
       positive}}.with(btsp_params);
  return table;
}

ModuleInfo btsp_neuron_module() {
  return {.name = "btsp_neuron",
          .summary = "a neuron whose place field is written by plateau potentials (Bittner 2017, Milstein 2021)",
          .params = btsp_module_params().infos(),
          .equations = btsp_equations};
}

}  // namespace spikeloom
