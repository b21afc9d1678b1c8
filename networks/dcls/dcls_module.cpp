/// The module dcls_network: parameters, checks, equations.
#include <cmath>

#include "networks/dcls/dcls_learner.hpp"
#include "networks/training/learners.hpp"

namespace spikeloom {
namespace {

constexpr const char* dcls_equations =
    "x_j[t] = sum_i sum_d k_ji[d] s_i[t - d],  k_ji = sum over taps w q(d - delay), q a bump of width sigma + 0.27\n"
    "hidden: y = batch-normalised x;  h[t] = v[t-1] (1 - resolution/tau) + y[t];  spike when h >= v_th, then v = 0\n"
    "output: leaky integrator u (spike_count: spikes at v_th_out);  m = sum_t softmax(u[t]);  loss = -log softmax(m)\n"
    "surrogate ds/dh = (alpha/2) / (1 + (pi alpha (h - v_th) / 2)^2), reset held constant\n"
    "evaluation: delays rounded, one tap each;  sigma falls from half the kernel to sigma_end over the epochs\n";

constexpr Predicate whole{[](double x) { return std::isfinite(x) && x >= 0 && x == std::floor(x); },
                          "must be a whole number, 0 or more"};
constexpr Predicate below_one{[](double x) { return x >= 0 && x < 1; }, "must be at least 0 and below 1"};

void check(const ModelArguments& arguments, std::vector<Problem>& problems) {
  const auto params = dcls_module_params().read(arguments);
  if (params.tau <= params.resolution)
    problems.push_back({{},
                        "tau",
                        "must be longer than a step of `resolution`",
                        "raise tau, or lower resolution; 1.005 steps is a neuron almost without memory"});
  if (params.delay_max < 0 || params.delay_max > 1e4 * params.resolution)
    problems.push_back({{}, "delay_max", "must lie between 0 and 10000 steps", "lower delay_max"});
}

}  // namespace

const ParamTable<DclsModuleParams>& dcls_module_params() {
  using P = DclsModuleParams;
  static const ParamTable<P> table{
      {"hidden", &P::hidden, "", "neurons of each hidden layer; empty: inputs reach the outputs", whole_positive},
      {"resolution", &P::resolution, "ms", "time of one step; spikes of a step are counted", positive},
      {"delay_max", &P::delay_max, "ms", "length of the kernels (made an odd number of steps)", positive},
      {"tau", &P::tau, "ms", "time constant of all neurons, longer than a step", positive},
      {"taps", &P::taps, "", "delays (and weights) per synapse", whole_positive},
      {"v_th", &P::v_th, "", "threshold of hidden neurons", positive},
      {"v_th_out", &P::v_th_out, "", "threshold of output neurons, for spike_count", positive},
      {"alpha", &P::alpha, "", "sharpness of the surrogate derivative", positive},
      {"dropout", &P::dropout, "", "probability that a hidden neuron is silenced for a sample", below_one},
      {"normalise", &P::normalise, "", "batch normalisation of the input of hidden neurons"},
      {"right_padding", &P::right_padding, "", "layers go on for half a kernel after their input"},
      {"afferents", &P::afferents, "", "inputs of every neuron of the first layer, drawn at random; 0: all", whole},
      {"readout", &P::readout, "", "from the last layer to scores", finite, dcls_readout_names()},
      {"delays", &P::delays, "", "learned; random and kept; or none", finite, {"learned", "random", "none"}},
      {"width",
       &P::width,
       "",
       "of the bumps: annealed, or narrow from the beginning (ablation)",
       finite,
       {"annealed", "constant"}},
      {"sigma_end", &P::sigma_end, "", "width after annealing, steps; 0.27 is added to it", positive},
      {"annealing", &P::annealing, "", "share of the epochs in which the width falls", fraction},
      {"settling", &P::settling, "",
       "share of the epochs, the last ones, in which delays stay, rounded, and weights go on", fraction},
      {"evaluate",
       &P::evaluate,
       "",
       "with delays rounded to steps, or with the bumps of training",
       finite,
       {"rounded", "unrounded"}},
      {"schedule",
       &P::schedule,
       "",
       "of the rates: one-cycle (weights) and cosine (delays) over the epochs, or constant",
       finite,
       {"published", "constant"}},
      {"eta", &P::eta, "", "highest rate of weights and normalisation (Adam)", non_negative},
      {"eta_delay", &P::eta_delay, "", "highest rate of delays (Adam), steps per update", non_negative},
      {"penalty", &P::penalty, "", "added to the gradient of a weight, times the weight", non_negative}};
  return table;
}

ModuleInfo dcls_network_module() {
  return {.name = "dcls_network",
          .summary = "spiking layers that learn weights and delays by dilated kernels (Hammouamri et al. 2024)",
          .params = dcls_module_params().infos(),
          .equations = dcls_equations,
          .check = check};
}

LearnerInfo dcls_network_learner() {
  return {.module = "dcls_network",
          .make = [](const ModelArguments& arguments, const LearningProblem& problem,
                     std::uint64_t seed) -> std::unique_ptr<Learner> {
            return std::make_unique<DclsLearner>(dcls_module_params().read(arguments), problem, seed);
          }};
}

}  // namespace spikeloom
