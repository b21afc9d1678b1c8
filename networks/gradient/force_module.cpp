/// The modules force_izhikevich and force_lif.
#include "networks/gradient/modules.hpp"

namespace spikeloom {
namespace {

constexpr const char* force_equations =
    "I = I_syn + E z + bias,  z = Phi^T r\n"
    "dI_syn/dt = -I_syn/tau_r + h,  dh/dt = -h/tau_d + sum_j Omega_ij delta_j / (tau_r tau_d);  the same pair for r\n"
    "Omega_ij = g normal(0, 1) / (p sqrt(N)) with probability p,  E_i = q uniform(-1, 1)\n"
    "every update_steps while learning:  c = P r,  Phi -= c (z - target),  P -= c c^T / (1 + r c),  P(0) = lambda I\n";

template <class P>
ParamTable<P> table_of() {
  return ParamTable<P>{{"resolution", &P::resolution, "ms", "time of one Euler step", positive},
                       {"lambda", &P::lambda, "", "P before learning, on its diagonal", positive},
                       {"update_steps", &P::update_steps, "", "steps between updates of the decoder", whole_positive},
                       {"learn", &P::learn, "", "false: the decoder is never trained (ablation)"}}
      .with(force_params);
}

void check(const ModelArguments& arguments, std::vector<Problem>& problems) {
  if (const auto p = arguments.numbers.find("p"); p != arguments.numbers.end() && p->second.front() <= 0)
    problems.push_back({{}, "module.params.p", "p must be above 0", "set g to 0 for a reservoir without synapses"});
}

}  // namespace

ForceLifModuleParams::ForceLifModuleParams() {
  static_cast<ForceParams&>(*this) = ForceParams::lif();
  resolution = 0.05;
  lambda = 5;
  update_steps = 50;
}

const ParamTable<ForceModuleParams>& force_izhikevich_params() {
  static const auto table = table_of<ForceModuleParams>();
  return table;
}

const ParamTable<ForceLifModuleParams>& force_lif_params() {
  static const auto table = table_of<ForceLifModuleParams>();
  return table;
}

ModuleInfo force_izhikevich_module() {
  return {.name = "force_izhikevich",
          .summary = "Izhikevich neurons with a decoder trained by recursive least squares (Nicola & Clopath 2017)",
          .params = force_izhikevich_params().infos(),
          .equations = force_equations,
          .check = check};
}

ModuleInfo force_lif_module() {
  return {.name = "force_lif",
          .summary = "LIF neurons with a decoder trained by recursive least squares (Nicola & Clopath 2017)",
          .params = force_lif_params().infos(),
          .equations = force_equations,
          .check = check};
}

}  // namespace spikeloom
