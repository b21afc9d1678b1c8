/// The module eprop_network.
#include <algorithm>
#include <cmath>

#include "networks/gradient/modules.hpp"
#include "networks/training/learner.hpp"

namespace spikeloom {
namespace {

constexpr const char* eprop_equations =
    "v_j = alpha v_j - v_th z_j(last step) + sum_i w_ij s_i,   A_j = v_th + beta a_j,   z_j = [v_j >= A_j]\n"
    "y_k = kappa y_k + sum_j out_jk z_j + bias_k\n"
    "e_ij = psi_j (p_i - beta eps_ij),  eps_ij <- rho eps_ij + e_ij       p_i: trace of source i\n"
    "dw_ij by the optimiser from sum over steps of L_j ebar_ij + R_j e_ij,  L_j = sum_k B_kj (y_k - target_k)\n"
    "R_j: rate_cost (rate_j - rate_target) per spike\n";

std::vector<std::string> optimiser_names() {
  std::vector<std::string> names;
  for (const auto& info : optimiser_catalogue()) names.push_back(info.name);
  return names;
}

NamedArray matrix(std::string name, std::string doc, std::vector<std::string> axes, std::uint64_t rows,
                  std::uint64_t columns, std::span<const float> values) {
  return {std::move(name), "", std::move(doc), std::move(axes), {rows, columns}, {values.begin(), values.end()}};
}

void check(const ModelArguments& arguments, std::vector<Problem>& problems) {
  const auto params = eprop_module_params().read(arguments);
  if (params.t_ref > 0 && params.t_ref < params.resolution / 2)
    problems.push_back({{},
                        "module.params.t_ref",
                        "t_ref is rounded to 0 steps",
                        "raise it to at least the resolution, or set it to 0"});
}

}  // namespace

const ParamTable<EpropModuleParams>& eprop_module_params() {
  using P = EpropModuleParams;
  static const ParamTable<P> table = ParamTable<P>{
      {"neurons", &P::neurons, "", "number of recurrent neurons", whole_positive},
      {"adaptive", &P::adaptive, "", "share of neurons with an adaptive threshold", fraction},
      {"resolution", &P::resolution, "ms", "time of one step", positive},
      {"surrogate", &P::surrogate, "", "shape of the pseudo-derivative", finite, surrogate_names()},
      {"feedback", &P::feedback, "", "how errors become learning signals", finite, feedback_names()},
      {"optimiser", &P::optimiser, "", "from gradients to weights", finite, optimiser_names()},
      {"eta", &P::eta, "", "learning rate of the optimiser", non_negative},
      {"half_life", &P::half_life, "", "updates after which the learning rate has halved; 0: it is constant",
       non_negative},
      {"rate_target", &P::rate_target, "Hz", "rate that the regulariser wants", non_negative},
      {"rate_cost", &P::rate_cost, "", "half of it times (rate - rate_target)^2 is added to the loss", non_negative},
      {"readout_decay", &P::readout_decay, "", "share of the readout (and adaptive feedback) lost per update",
       fraction},
      {"learn", &P::learn, "", "all weights, or the readout alone (ablation)", finite, {"all", "readout"}},
      {"signals",
       &P::signals,
       "",
       "learning signals in time, or permuted over time (ablation)",
       finite,
       {"in_time", "permuted"}}}.with(eprop_params);
  return table;
}

EpropLearner<float> make_eprop(const EpropModuleParams& params, std::uint32_t inputs, std::uint32_t outputs,
                               std::uint64_t seed) {
  const auto neurons = static_cast<std::uint32_t>(params.neurons);
  const auto adaptive = static_cast<std::uint32_t>(std::round(params.adaptive * params.neurons));
  EpropNetwork<float> network({inputs, neurons, outputs, adaptive}, params, surrogate_named(params.surrogate),
                              params.resolution);
  network.randomise(seed);
  EpropTraining training;
  training.feedback = params.feedback == "symmetric" ? Feedback::symmetric
                      : params.feedback == "random"  ? Feedback::random
                                                     : Feedback::adaptive;
  training.rate_target = params.rate_target;
  training.rate_cost = params.rate_cost;
  training.readout_decay = params.readout_decay;
  training.half_life = params.half_life;
  training.learn_synapses = params.learn == "all";
  training.permute_signals = params.signals == "permuted";
  training.seed = seed;
  ModelArguments arguments;
  arguments.numbers["eta"] = {params.eta};
  return {std::move(network), training, *find_optimiser(params.optimiser), arguments};
}

std::vector<NamedArray> weights_of(const EpropNetwork<float>& network) {
  const auto& shape = network.shape;
  const std::size_t in = std::size_t{shape.inputs} * shape.neurons;
  return {matrix("weights_in", "from inputs", {"input", "neuron"}, shape.inputs, shape.neurons,
                 network.synapses().first(in)),
          matrix("weights_recurrent", "between neurons", {"source", "target"}, shape.neurons, shape.neurons,
                 network.synapses().subspan(in)),
          matrix("weights_out", "to the readout", {"neuron", "output"}, shape.neurons, shape.outputs, network.out()),
          matrix("bias", "of the readout, per step", {"", "output"}, 1, shape.outputs, network.bias())};
}

void load_weights(EpropNetwork<float>& network, std::span<const NamedArray> arrays, const std::string& from) {
  require_arrays(weights_of(network), arrays, from);
  const auto in = std::size_t{network.shape.inputs} * network.shape.neurons;
  const auto put = [&](std::string_view name, std::span<float> weights) {
    const auto& given = array_named(arrays, name)->values;
    std::transform(given.begin(), given.end(), weights.begin(), [](double w) { return static_cast<float>(w); });
  };
  put("weights_in", network.synapses().first(in));
  put("weights_recurrent", network.synapses().subspan(in));
  put("weights_out", network.out());
  put("bias", network.bias());
}

ModuleInfo eprop_network_module() {
  return {.name = "eprop_network",
          .summary = "recurrent (adaptive) LIF neurons and a leaky readout, trained by e-prop (Bellec et al. 2020)",
          .params = eprop_module_params().infos(),
          .equations = eprop_equations,
          .check = check};
}

}  // namespace spikeloom
