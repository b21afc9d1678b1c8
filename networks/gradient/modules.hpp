/// Modules that learn by traces and errors: their parameters as the user sees them, and how to make one from them.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/param_table.hpp"
#include "networks/protocol.hpp"
#include "plasticity/gradient/btsp.hpp"
#include "plasticity/gradient/eprop_learner.hpp"
#include "plasticity/gradient/force_reservoir.hpp"
#include "plasticity/gradient/superspike_learner.hpp"

namespace spikeloom {

/// `eprop_network`: recurrent LIF neurons, some with adaptive thresholds, trained by e-prop.
struct EpropModuleParams : EpropParams {
  int neurons = 100;
  double adaptive = 0, resolution = 1, eta = 3e-3;
  double rate_target = 10, rate_cost = 0, readout_decay = 0, half_life = 0;
  std::string surrogate = "piecewise_linear", feedback = "symmetric", optimiser = "adam", learn = "all",
              signals = "in_time";
};
const ParamTable<EpropModuleParams>& eprop_module_params();
/// Inputs and outputs are the task's; weights are drawn from the seed.
/// Puts `arrays` (as weights_of() gives them) in place of the weights. SpecError if they are missing or do not fit.
void load_weights(EpropNetwork<float>& network, std::span<const NamedArray> arrays, const std::string& from);

EpropLearner<float> make_eprop(const EpropModuleParams& params, std::uint32_t inputs, std::uint32_t outputs,
                               std::uint64_t seed);
/// The trained weights as arrays weights_in, weights_recurrent, weights_out, bias.
std::vector<NamedArray> weights_of(const EpropNetwork<float>& network);
ModuleInfo eprop_network_module();

/// `superspike_network`: LIF neurons, at most one hidden layer, trained by SuperSpike.
struct SuperSpikeModuleParams : SuperSpikeParams {
  int hidden = 0;
  double resolution = 0.5, weight_mean = 0, weight_sd = 2, eta = 0.05, tau_rms = 30'000, w_max = 1000;
  std::string feedback = "random", optimiser = "rmaxprop", slope = "instantaneous", learn = "all";
};
const ParamTable<SuperSpikeModuleParams>& superspike_module_params();
SuperSpikeLearner make_superspike(const SuperSpikeModuleParams& params, std::uint32_t inputs, std::uint32_t outputs,
                                  double interval, std::uint64_t seed);
ModuleInfo superspike_network_module();

/// `btsp_neuron`: one neuron with synapses under behavioural time-scale plasticity.
struct BtspModuleParams : BtspParams {
  int inputs = 100;
  double resolution = 10;
};
const ParamTable<BtspModuleParams>& btsp_module_params();
ModuleInfo btsp_neuron_module();

/// `force_izhikevich` and `force_lif`: spiking reservoirs with a decoder trained by recursive least squares.
struct ForceModuleParams : ForceParams {
  double resolution = 0.04, lambda = 2;
  int update_steps = 20;
  bool learn = true;
};
struct ForceLifModuleParams : ForceModuleParams {
  ForceLifModuleParams();
};
const ParamTable<ForceModuleParams>& force_izhikevich_params();
const ParamTable<ForceLifModuleParams>& force_lif_params();
ModuleInfo force_izhikevich_module();
ModuleInfo force_lif_module();

}  // namespace spikeloom
