/// `counter_current_spiking`: counter-current learning of LIF populations, as a learner of dense samples.
#include <cmath>

#include "core/errors.hpp"
#include "networks/counter_current/learner.hpp"
#include "networks/training/learners.hpp"
#include "plasticity/layers/rules/spiking_counter_current.hpp"

namespace spikeloom {
namespace {

constexpr double most_steps = 10'000;

/// As the user sees them. The defaults are those found for the substitute task and MNIST (docs/counter_current.md).
struct SpikingModuleParams : CounterCurrentModuleParams, TeachingParams {
  SpikingModuleParams() {
    hidden = {256, 256, 256};
    optimiser = "adam";
    eta = eta_feedback = 0.001;
    clip = clip_feedback = 0;
  }
  double tau_m = 20, duration = 20, resolution = 1, width = 1;
  double input_rate = 300, readout_gain = 10, weight_scale = 1.7;
  std::string input_cells = "on_off";
};

const ParamTable<SpikingModuleParams>& spiking_params() {
  using P = SpikingModuleParams;
  static const ParamTable<P> table = ParamTable<P>{
      {"hidden", &P::hidden, "", "neurons of the populations between input and readout, lowest first", whole_positive},
      {"tau_m", &P::tau_m, "ms", "time constant of membranes", positive},
      {"duration", &P::duration, "ms", "of the presentation of a sample, and of a class to the feedback network",
       positive},
      {"resolution", &P::resolution, "ms", "time step; neurons spike once per step at most", positive},
      {"width", &P::width, "", "how far below threshold, in units of it, a neuron still learns", positive},
      {"input_cells",
       &P::input_cells,
       "",
       "one cell per number, or a second one for negative values (`on` takes them for 0)",
       finite,
       {"on_off", "on"}},
      {"input_rate", &P::input_rate, "Hz", "of an input cell at value 1", positive},
      {"readout_gain", &P::readout_gain, "", "scores per spike per ms and weight of the readout", positive},
      {"weight_scale", &P::weight_scale, "", "initial weights lie within this / sqrt(inputs), the threshold being 1",
       positive},
      {"optimiser", &P::optimiser, "", "how weights follow the three factors", finite, {"sgd", "momentum", "adam"}},
      {"eta", &P::eta, "", "learning rate of the forward network", non_negative},
      {"eta_feedback", &P::eta_feedback, "", "learning rate of the feedback network", non_negative},
      {"schedule", &P::schedule, "", "of the learning rates over the epochs", finite, {"constant", "cosine"}},
      {"eta_end", &P::eta_end, "", "of the cosine: what eta falls to", non_negative},
      {"momentum", &P::momentum, "", "share of the velocity that is kept", fraction},
      {"clip", &P::clip, "", "greatest norm of the forward network's changes; 0: any", non_negative},
      {"clip_feedback", &P::clip_feedback, "", "greatest norm of the feedback network's changes; 0: any",
       non_negative}}.with(teaching_params());
  return table;
}

SpikingNetworkParams network_of(const SpikingModuleParams& params) {
  SpikingNetworkParams network{.neurons = {params.tau_m, params.width, params.duration, params.resolution},
                               .input_rate = params.input_rate / 1000,
                               .off_cells = params.input_cells == "on_off",
                               .readout_gain = params.readout_gain,
                               .weight_scale = params.weight_scale};
  for (const double width : params.hidden) network.hidden.push_back(static_cast<std::size_t>(width));
  return network;
}

void check_spiking(const ModelArguments& arguments, std::vector<Problem>& problems) {
  const auto given = spiking_params().read(arguments);
  const auto complain = [&](const char* name, std::string what, std::string hint) {
    problems.push_back({{}, name, std::move(what), std::move(hint)});
  };
  if (given.hidden.empty()) complain("hidden", "a network needs a hidden population", "give at least one size");
  check_descent(given, problems);
  const double steps = given.duration / given.resolution;
  if (!(steps >= 1 && steps <= most_steps) || std::abs(steps - std::round(steps)) > 1e-9 * steps)
    complain("duration", "is not a whole number of steps from 1 to 10,000",
             "choose a multiple of resolution, for example 20 ms and 1 ms");
  if (given.input_rate * given.resolution > 1000)
    complain("input_rate", "asks for more than one spike per step at value 1", "lower it, or resolution");
}

}  // namespace

ModuleInfo counter_current_spiking_module() {
  return {.name = "counter_current_spiking",
          .summary = "two networks of LIF populations that teach each other, without a backward pass",
          .params = spiking_params().infos(),
          .equations =
              "LIF (lif_psc_delta), threshold 1; up: samples drive input cells; down: labels, one neuron per class\n"
              "a_l, c_l: spikes per ms of a presentation, up and down; C classes; d neurons at level l\n"
              "e_k = (1 for the right class, else 0) - c_k a  at each level;  readout: softmax(gain W a_L)\n"
              "dw_ij = modulator_i readiness_i activity_j, mean of the mini-batch, through the optimiser\n"
              "modulator up: 2 lambda 256/(d C) sum_k e_k c_ki;  down, at class k: 2 lambda 256/(d C) e_k a_i\n"
              "readiness: mean over steps of 1 at a spike, else max(0, 1 - (1 - v)/width)\n",
          .check = check_spiking};
}

LearnerInfo counter_current_spiking_learner() {
  return {.module = "counter_current_spiking",
          .make = [](const ModelArguments& arguments, const LearningProblem& problem,
                     std::uint64_t seed) -> std::unique_ptr<Learner> {
            const auto params = spiking_params().read(arguments);
            if (problem.classes == 0)
              throw SpecError("protocol.params.task", "counter_current_spiking says classes and draws no images",
                              "say task: classes, or module.name: counter_current");
            return std::make_unique<LayerLearner>(
                params,
                std::make_unique<SpikingCounterCurrent>(network_of(params), params, problem.shape.size(),
                                                        problem.classes, seed),
                problem);
          },
          .kind = SampleKind::dense};
}

}  // namespace spikeloom
