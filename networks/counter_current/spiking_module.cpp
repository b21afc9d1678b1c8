/// `counter_current_spiking`: counter-current learning of LIF populations, as a learner of dense samples.
#include <cmath>

#include "core/errors.hpp"
#include "networks/counter_current/in_engine.hpp"
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
  std::string input_cells = "on_off", training = "mini_batches";
  double eta_engine = EngineTraining{}.eta, pause = EngineTraining{}.pause, tau_trace = EngineTraining{}.tau;
};

const ParamTable<SpikingModuleParams>& spiking_params() {
  using P = SpikingModuleParams;
  static const ParamTable<P> table = ParamTable<P>{
      {"hidden", &P::hidden, "", "neurons of the populations between input and readout, lowest first", whole_positive},
      {"training",
       &P::training,
       "",
       "mini_batches: presentations side by side, changes through the optimiser; engine: one presentation after "
       "another in the engine, where synapses follow the rule counterpart_delta and the readout alone the optimiser",
       finite,
       {"mini_batches", "engine"}},
      {"eta_engine", &P::eta_engine, "", "engine: learning rate of synapses, up and down", non_negative},
      {"pause", &P::pause, "ms", "engine: between presentations", positive},
      {"tau_trace", &P::tau_trace, "ms", "engine: time constant of the traces that are compared and learned from",
       positive},
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
  if (given.training != "engine") return;
  if (given.pause < static_cast<double>(given.hidden.size() + 2) * given.resolution)
    complain("pause", "is shorter than spikes need from the lowest to the highest population",
             "raise it; 40 ms let membranes forget");
  if (given.local_loss != "product")
    complain("local_loss", "is the product of traces in the engine",
             "say local_loss: product, or training: mini_batches");
}

/// As a learner that can say what it is in the engine.
class SpikingLearner final : public LayerLearner {
 public:
  SpikingLearner(const SpikingModuleParams& params, std::unique_ptr<LayerRule<float>> rule,
                 SpikingCounterCurrent& networks, const LearningProblem& problem)
      : LayerLearner(params, std::move(rule), problem), neurons_(network_of(params).neurons), networks_(networks) {}

  /// The forward network; `output` adds up scores as membrane potentials that neither leak nor reach a threshold.
  std::optional<ExperimentSpec> network_of_values(std::span<const float> values) override {
    ExperimentSpec experiment;
    experiment.resolution = neurons_.resolution;
    const auto& forward = networks_.forward_network();
    experiment.duration = static_cast<double>(neurons_.steps() + forward.layers() + 2) * neurons_.resolution;
    add_spiking_chain(experiment.network, "input", "forward", forward, neurons_);
    add_presentation(experiment.network.populations[0], networks_.spikes_of_sample(values), 0, neurons_);
    add_output(experiment.network);
    for (const auto& population : experiment.network.populations)
      if (population.name != "output") experiment.record.spikes.push_back({population.name});
    StateRecord record{
        .name = "output_v_m", .variable = "v_m", .population = "output", .neurons = {}, .every = neurons_.resolution};
    for (std::uint32_t k = 0; k < networks_.readout().columns(); ++k) record.neurons.push_back(k);
    experiment.record.states.push_back(std::move(record));
    return experiment;
  }

  std::vector<Raster> rasters_of_values(std::span<const float> values) override {
    std::vector<Raster> all;
    for (const auto& spikes : networks_.upwards(values)) {
      const auto level = all.size();
      auto& raster = all.emplace_back(Raster{level == 0 ? "input" : "forward_" + std::to_string(level),
                                             networks_.forward_network().activity(level).columns(),
                                             {},
                                             {}});
      for (std::size_t step = 0; step < spikes.steps(); ++step)
        for (const auto neuron : spikes.at(static_cast<std::ptrdiff_t>(step))) {
          raster.times.push_back(static_cast<double>(step + 1 + level) * neurons_.resolution);
          raster.neurons.push_back(neuron);
        }
    }
    return all;
  }

 private:
  void add_output(NetworkSpec& network) const {
    constexpr double never = 1e9;
    const auto& weights = networks_.readout();
    const auto& top = network.populations.back().name;
    ProjectionSpec projection;
    projection.name = projection.to = "output", projection.from = top;
    SynapseList list;
    for (std::uint32_t j = 0; j < weights.rows(); ++j)
      for (std::uint32_t k = 0; k < weights.columns(); ++k) {
        list.sources.push_back(j), list.targets.push_back(k);
        list.weights.push_back(networks_.readout_gain() / neurons_.duration * static_cast<double>(weights(j, k)));
        list.delays.push_back(neurons_.resolution);
      }
    projection.connect = std::move(list);
    PopulationSpec output;
    output.name = "output", output.model = "lif_psc_delta";
    output.size = static_cast<std::uint32_t>(weights.columns());
    output.params = {{"tau_m", Constant{never}},
                     {"v_th", Constant{never}},
                     {"e_l", Constant{0}},
                     {"v_reset", Constant{0}},
                     {"t_ref", Constant{0}}};
    network.populations.push_back(std::move(output));
    network.projections.push_back(std::move(projection));
  }

  SpikingNeurons neurons_;
  SpikingCounterCurrent& networks_;
};

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
              "readiness: mean over steps of 1 at a spike, else max(0, 1 - (1 - v)/width)\n"
              "training: engine: at the end of each presentation of a sample with its class (target 1), then with\n"
              "another one (0): e = target - a_l c_l;  dw_ij = eta_engine e c_li x_j up, eta_engine e a_li x_j down\n",
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
            if (params.training == "engine") {
              if (problem.classes < 2)
                throw SpecError("module.params.training", "the engine needs a second class to show",
                                "say training: mini_batches");
              auto rule = std::make_unique<EngineCounterCurrent>(
                  network_of(params), params, EngineTraining{params.eta_engine, params.pause, params.tau_trace},
                  problem.shape.size(), problem.classes, seed);
              auto& networks = rule->networks();
              return std::make_unique<SpikingLearner>(params, std::move(rule), networks, problem);
            }
            auto rule = std::make_unique<SpikingCounterCurrent>(network_of(params), params, problem.shape.size(),
                                                                problem.classes, seed);
            auto& networks = *rule;
            return std::make_unique<SpikingLearner>(params, std::move(rule), networks, problem);
          },
          .kind = SampleKind::dense};
}

}  // namespace spikeloom
