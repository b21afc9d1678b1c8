/// The module superspike_network.
#include <cmath>

#include "networks/gradient/modules.hpp"

namespace spikeloom {
namespace {

constexpr const char* superspike_equations =
    "U_i = sum_j w_ji (eps * S_j), 0 after a spike for t_ref;  a spike when U_i >= v_th\n"
    "sigma'(U) = (1 + beta |U - v_th|)^-2\n"
    "dw_ji by the optimiser from sum over steps of error_i alpha * [sigma'(U_i) (eps * S_j)]\n"
    "error_i = alpha * (target_i - S_i), or sum_k feedback_ki error_k of a hidden neuron\n";

std::vector<std::string> optimiser_names() {
  std::vector<std::string> names;
  for (const auto& info : optimiser_catalogue()) names.push_back(info.name);
  return names;
}

void check(const ModelArguments& arguments, std::vector<Problem>& problems) {
  const auto hidden = arguments.numbers.find("hidden");
  if (hidden != arguments.numbers.end() && hidden->second.front() != std::floor(hidden->second.front()))
    problems.push_back({{}, "module.params.hidden", "hidden must be a whole number", "write 40, or 0 for no layer"});
}

}  // namespace

const ParamTable<SuperSpikeModuleParams>& superspike_module_params() {
  using P = SuperSpikeModuleParams;
  static const ParamTable<P> table =
      ParamTable<P>{
          {"hidden", &P::hidden, "", "number of hidden neurons; 0: inputs reach the outputs directly", non_negative},
          {"resolution", &P::resolution, "ms", "time of one step", positive},
          {"weight_mean", &P::weight_mean, "mV", "mean initial weight times the number of sources"},
          {"weight_sd", &P::weight_sd, "mV", "standard deviation of initial weights times the root of that number",
           non_negative},
          {"w_max", &P::w_max, "mV", "weights stay within this bound of 0", positive},
          {"feedback", &P::feedback, "", "how errors reach hidden neurons", finite, spike_feedback_names()},
          {"optimiser", &P::optimiser, "", "from gradients to weights", finite, optimiser_names()},
          {"eta", &P::eta, "", "learning rate of the optimiser", non_negative},
          {"tau_rms", &P::tau_rms, "ms", "time constant of rmaxprop", positive},
          {"slope",
           &P::slope,
           "",
           "sigma' of every moment, or its mean over the trial (ablation)",
           finite,
           {"instantaneous", "averaged"}},
          {"learn", &P::learn, "", "all weights, or the last layer alone (ablation)", finite, {"all", "outputs"}}}
          .with(superspike_params);
  return table;
}

SuperSpikeLearner make_superspike(const SuperSpikeModuleParams& params, std::uint32_t inputs, std::uint32_t outputs,
                                  double interval, std::uint64_t seed) {
  SuperSpikeNetwork<float> network(inputs, static_cast<std::uint32_t>(params.hidden), outputs, params,
                                   params.resolution);
  SuperSpikeTraining training;
  training.feedback = params.feedback == "symmetric" ? SpikeFeedback::symmetric
                      : params.feedback == "random"  ? SpikeFeedback::random
                                                     : SpikeFeedback::uniform;
  training.w_max = params.w_max;
  training.average_slopes = params.slope == "averaged";
  training.learn_hidden = params.learn == "all";
  network.randomise(params.weight_mean, params.weight_sd, training.feedback, seed);
  ModelArguments arguments;
  arguments.numbers["eta"] = {params.eta};
  arguments.numbers["tau_rms"] = {params.tau_rms};
  auto optimiser = find_optimiser(params.optimiser)->make<float>(arguments, network.weights.size(), interval);
  return {std::move(network), training, std::move(optimiser)};
}

ModuleInfo superspike_network_module() {
  return {.name = "superspike_network",
          .summary = "LIF neurons, at most one hidden layer, that learn spike trains (Zenke & Ganguli 2018)",
          .params = superspike_module_params().infos(),
          .equations = superspike_equations,
          .check = check};
}

}  // namespace spikeloom
