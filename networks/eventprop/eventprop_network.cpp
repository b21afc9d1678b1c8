/// The module eventprop_network: parameters, checks, and the network that training begins with.
#include <algorithm>
#include <cmath>

#include "networks/eventprop/eventprop_learner.hpp"
#include "networks/training/learners.hpp"

namespace spikeloom {
namespace {

constexpr const char* eventprop_network_equations =
    "tau_m dV/dt = -V + I,  tau_s dI/dt = -I;  a spike when V reaches v_th, then V = 0;  I_j += w_ji at t_i + d_ji\n"
    "adjoint, backwards in time: tau_m lambda_v' = -lambda_v - dl/dV,  tau_s lambda_i' = -lambda_i + lambda_v\n"
    "  at a spike of n: lambda_v += (v_th lambda_v + dl/dt + sum_m w_mn (lambda_v,m - lambda_i,m)(t + d_mn)) / (I - "
    "v_th)\n"
    "dL/dw_ji = -tau_s sum of lambda_i,j,  dL/dd_ji = w_ji sum of (lambda_v,j - lambda_i,j), at the arrivals\n"
    "w, d by Adam or plain descent; Wunderlich & Pehle 2021, Meszaros, Knight & Nowotny 2025; closed_form: Goeltz et "
    "al. 2025\n";

constexpr double longest_in_constants = 600;  // trial over time constant: exponentials of it must be numbers

enum Stream : std::uint32_t { weight_stream = 301, delay_stream = 331 };  // one per projection

DelayKind kind_of(const std::string& name) {
  if (name == "axonal") return DelayKind::axonal;
  if (name == "dendritic") return DelayKind::dendritic;
  return name == "synaptic" ? DelayKind::synaptic : DelayKind::none;
}

EventPropProjection make_projection(const std::string& name, std::uint32_t sources, std::uint32_t targets,
                                    DelayKind kind, const std::vector<double>& weight, const std::vector<double>& delay,
                                    std::uint64_t seed, std::uint32_t number) {
  EventPropProjection p{.name = name, .sources = sources, .targets = targets, .kind = kind};
  p.weights.resize(std::size_t{sources} * targets);
  for (std::size_t k = 0; k < p.weights.size(); ++k) {
    const auto bits = draw(seed, Purpose::weight, weight_stream + number, k);
    p.weights[k] = weight[0] + weight[1] * normal_quantile(uniform(bits[0], bits[1]));
  }
  p.delays.resize(p.delay_count());
  for (std::size_t k = 0; k < p.delays.size(); ++k)
    p.delays[k] = delay[0] + (delay[1] - delay[0]) * uniform(draw(seed, Purpose::delay, delay_stream + number, k)[0]);
  return p;
}

struct Complaints {
  const ModelArguments& arguments;
  std::vector<Problem>& problems;
  void operator()(const char* parameter, std::string what, std::string remedy) const {
    problems.push_back({{}, parameter, std::move(what), std::move(remedy)});
  }
};

void check_layers(const EventPropParams& p, const Complaints& complain) {
  for (const double size : p.hidden)
    if (size < 1 || size != std::floor(size))
      complain("hidden", "sizes of layers are whole numbers of at least 1", "write for example [350], or [] for none");
  if (p.recurrent && p.hidden.empty())
    complain("recurrent", "there is no hidden layer that could be recurrent", "give hidden, or leave recurrent out");
  for (const auto& [name, pair] : {std::pair{"w_input", &p.w_input},
                                   {"w_hidden", &p.w_hidden},
                                   {"w_output", &p.w_output},
                                   {"w_recurrent", &p.w_recurrent}})
    if (pair->size() != 2 || (*pair)[1] < 0)
      complain(name, "is a mean and a standard deviation", "write two numbers, for example [1, 0.5]");
}

void check_delays(const EventPropParams& p, const Complaints& complain) {
  for (const auto& [name, pair] : {std::pair{"delay_input", &p.delay_input},
                                   {"delay_hidden", &p.delay_hidden},
                                   {"delay_output", &p.delay_output},
                                   {"delay_recurrent", &p.delay_recurrent}}) {
    if (pair->size() != 2)
      complain(name, "is the shortest and the longest initial delay", "write two times, for example [0 ms, 10 ms]");
    else if ((*pair)[0] < 0 || (*pair)[0] > (*pair)[1])
      complain(name, "delays must not be negative, and the shortest comes first", "write for example [0 ms, 10 ms]");
    else if ((*pair)[1] > p.delay_max)
      complain(name, "lies above delay_max", "lower it, or raise delay_max");
  }
  for (const double delay : p.delay_values)
    if (delay < 0 || delay > p.delay_max)
      complain("delay_values", "delays lie between 0 ms and delay_max", "change them, or delay_max");
  if (p.learn == "delays" && p.delays == "none")
    complain("learn", "there are no delays to learn", "choose delays: synaptic (or axonal, dendritic)");
}

void check_loss(const EventPropParams& p, const Complaints& complain) {
  const auto loss = eventprop_loss(p);
  const bool spikes = reads_spikes(loss.kind), spiking = p.readout == "spiking";
  if (spikes != spiking)
    complain("loss",
             p.loss + " is a loss on " + (spikes ? "spike times" : "potentials") + ", but the readout is " + p.readout,
             spikes ? "choose readout: spiking" : "choose readout: leaky, or loss: ttfs or delta_mse");
  if (p.gradient != "closed_form") return;
  if (!has_closed_form({p.tau_m, p.tau_s, p.v_th}))
    complain("gradient", "there is a closed form for tau_m = tau_s and for tau_m = 2 tau_s only",
             "change tau_m or tau_s, or choose gradient: adjoint");
  if (!p.single_spike || !spiking || p.recurrent || p.resolution > 0)
    complain(
        "gradient",
        "the closed form is for feed-forward networks at exact times in which every neuron fires at most once",
        "choose single_spike: true, readout: spiking, recurrent: false and resolution: 0 ms, or gradient: adjoint");
}

void check(const ModelArguments& arguments, std::vector<Problem>& problems) {
  const auto params = eventprop_params().read(arguments);
  const Complaints complain{arguments, problems};
  check_layers(params, complain);
  check_delays(params, complain);
  check_loss(params, complain);
}

}  // namespace

const ParamTable<EventPropParams>& eventprop_params() {
  using P = EventPropParams;
  static const ParamTable<P> table{
      {"hidden", &P::hidden, "", "neurons of each hidden layer", finite},
      {"recurrent", &P::recurrent, "", "whether hidden layers project onto themselves"},
      {"single_spike", &P::single_spike, "", "whether a neuron fires at most once in a trial"},
      {"tau_m", &P::tau_m, "ms", "membrane time constant", positive},
      {"tau_s", &P::tau_s, "ms", "synaptic time constant", positive},
      {"v_th", &P::v_th, "", "threshold", positive},
      {"resolution", &P::resolution, "ms", "time step, 0 for exact spike times; on the grid a delay is at least a step",
       non_negative},
      {"readout", &P::readout, "", "leaky: output neurons do not fire", finite, {"leaky", "spiking"}},
      {"loss", &P::loss, "", "on first spike times (ttfs, delta_mse) or on potentials", finite, loss_names()},
      {"gradient",
       &P::gradient,
       "",
       "by the adjoint, or in closed form (one spike per neuron)",
       finite,
       {"adjoint", "closed_form"}},
      {"tau_0", &P::tau_0, "ms", "of ttfs: spike times count in units of it", positive},
      {"tau_1", &P::tau_1, "ms", "of ttfs: time constant of the penalty on late spikes", positive},
      {"alpha", &P::alpha, "", "of ttfs: size of that penalty", non_negative},
      {"delta_t", &P::delta_t, "ms", "of delta_mse: by how much the true class should come first", positive},
      {"readout_step", &P::readout_step, "ms", "of per_time: how often the potential is read", positive},
      {"least_slope", &P::least_slope, "",
       "what I - v_th at a spike counts at least in gradients, so that neurons that barely fire do not upset training",
       positive},
      {"delays", &P::delays, "", "what has a delay of its own", finite, {"none", "axonal", "dendritic", "synaptic"}},
      {"delay_coding",
       &P::delay_coding,
       "",
       "how delays stay between 0 and delay_max: cut off, or as a sigmoid",
       finite,
       {"clamp", "sigmoid"}},
      {"delay_max", &P::delay_max, "ms", "longest delay", positive},
      {"delay_input", &P::delay_input, "ms", "initial delays to the first hidden layer: uniform between two"},
      {"delay_hidden", &P::delay_hidden, "ms", "initial delays between hidden layers: uniform between two"},
      {"delay_output", &P::delay_output, "ms", "initial delays to the outputs: uniform between two"},
      {"delay_recurrent", &P::delay_recurrent, "ms", "initial recurrent delays: uniform between two"},
      {"delay_values", &P::delay_values, "ms",
       "initial delays of the inputs one by one, row = input; [] for random ones"},
      {"w_input", &P::w_input, "", "initial weights to the first hidden layer: mean and standard deviation"},
      {"w_hidden", &P::w_hidden, "", "initial weights between hidden layers, likewise"},
      {"w_output", &P::w_output, "", "initial weights to the outputs, likewise"},
      {"w_recurrent", &P::w_recurrent, "", "initial recurrent weights, likewise"},
      {"learn", &P::learn, "", "what training changes", finite, {"all", "weights", "delays"}},
      {"optimiser", &P::optimiser, "", "adam, or plain steps down the gradient", finite, {"adam", "sgd"}},
      {"eta", &P::eta, "", "learning rate of weights", non_negative},
      {"eta_delay", &P::eta_delay, "", "learning rate of delays in ms (of the sigmoid's argument, if so coded)",
       non_negative},
      {"beta_1", &P::beta_1, "", "share of Adam's first moment that is kept", fraction},
      {"beta_2", &P::beta_2, "", "share of Adam's second moment that is kept", fraction},
      {"k_reg", &P::k_reg, "", "strength of the pull of spike counts towards nu", non_negative},
      {"nu", &P::nu, "", "spikes per hidden neuron and trial that it pulls to", non_negative},
      {"silent",
       &P::silent,
       "",
       "what happens to neurons that do not fire: bump, weights grow after a batch in which too many are silent; "
       "raise, "
       "after an epoch without a spike",
       finite,
       {"none", "bump", "raise"}},
      {"silent_share", &P::silent_share, "", "of bump: silent neurons of a layer that are too many", fraction},
      {"bump", &P::bump, "", "of bump: first addition to incoming weights, doubled while it lasts", non_negative},
      {"raise", &P::raise, "", "of raise: addition to incoming weights", non_negative},
      {"wake", &P::wake, "",
       "spiking readout: addition to the weights onto an output neuron after a batch, times the share of samples in "
       "which "
       "it should have fired and did not (no gradient says so)",
       non_negative}};
  return table;
}

EventPropLoss eventprop_loss(const EventPropParams& params) {
  const auto& names = loss_names();
  const auto place = std::find(names.begin(), names.end(), params.loss) - names.begin();
  return {static_cast<LossKind>(place), params.tau_0, params.tau_1, params.alpha, params.delta_t,
          params.readout_step,          params.v_th};
}

EventPropNetwork make_eventprop_network(const EventPropParams& params, const LearningProblem& problem,
                                        std::uint64_t seed) {
  EventPropNetwork network;
  network.membrane = {params.tau_m, params.tau_s, params.v_th, params.least_slope};
  network.duration = problem.duration;
  network.resolution = params.resolution;
  network.single_spike = params.single_spike;
  network.spiking_readout = params.readout == "spiking";
  if (problem.duration > longest_in_constants * std::min(params.tau_m, params.tau_s))
    throw SpecError("module.params.tau_s", "a trial is longer than 600 of the shorter time constant",
                    "raise tau_s and tau_m, or shorten the trial");
  network.sizes.push_back(problem.inputs);
  for (const double size : params.hidden) network.sizes.push_back(static_cast<std::uint32_t>(size));
  network.sizes.push_back(problem.classes);
  const auto kind = kind_of(params.delays);
  const std::size_t last = network.layers() - 1;
  const auto name = [&](std::size_t layer) {
    if (layer == 0) return std::string("input");
    if (layer == last) return std::string("output");
    return "hidden" + (params.hidden.size() > 1 ? std::to_string(layer) : std::string());
  };
  std::uint32_t number = 0;
  for (std::size_t layer = 1; layer <= last; ++layer) {
    const auto &weight = layer == last ? params.w_output
                         : layer == 1  ? params.w_input
                                       : params.w_hidden,
               &delay = layer == last ? params.delay_output
                        : layer == 1  ? params.delay_input
                                      : params.delay_hidden;
    network.forward.push_back(make_projection(name(layer - 1) + "_" + name(layer), network.sizes[layer - 1],
                                              network.sizes[layer], kind, weight, delay, seed, number++));
  }
  for (std::size_t layer = 1; layer <= last; ++layer) {
    network.recurrent.emplace_back();
    if (!params.recurrent || layer == last) continue;
    network.recurrent.back() =
        make_projection(name(layer) + "_" + name(layer), network.sizes[layer], network.sizes[layer], kind,
                        params.w_recurrent, params.delay_recurrent, seed, number++);
  }
  auto& first = network.forward.front();
  if (!params.delay_values.empty()) {
    if (params.delay_values.size() != first.delays.size())
      throw SpecError("module.params.delay_values",
                      "has " + std::to_string(params.delay_values.size()) + " delays for " +
                          std::to_string(first.delays.size()) + " of the inputs",
                      "write one per input and target, input by input");
    first.delays = params.delay_values;
  }
  network.prepare();
  return network;
}

ModuleInfo eventprop_network_module() {
  return {.name = "eventprop_network",
          .summary = "LIF layers whose weights and delays learn by exact event-based gradients (EventProp, DelGrad)",
          .params = eventprop_params().infos(),
          .equations = eventprop_network_equations,
          .check = check};
}

LearnerInfo eventprop_network_learner() {
  return {.module = "eventprop_network",
          .make = [](const ModelArguments& arguments, const LearningProblem& problem,
                     std::uint64_t seed) -> std::unique_ptr<Learner> {
            return std::make_unique<EventPropLearner>(eventprop_params().read(arguments), problem, seed);
          },
          .spans_ranks = true};
}

}  // namespace spikeloom
