/// The sparsely connected network of Brunel (2000, J Comput Neurosci 8:183), model A: four regimes by g and eta.
///
/// Every neuron has epsilon of all excitatory and inhibitory neurons as random inputs and Poisson input at eta times
/// the rate that brings the membrane to threshold on average. Regimes of figure 8 (j 0.1 mV, delay 1.5 ms):
///
///     g 3    eta 2      almost fully synchronised, regular   (SR)
///     g 6    eta 4      fast oscillation, irregular neurons  (SI, fast)
///     g 5    eta 2      asynchronous irregular               (AI)
///     g 4.5  eta 0.9    slow oscillation, irregular neurons  (SI, slow)
#include <cmath>

#include "core/errors.hpp"
#include "networks/modules/modules.hpp"

namespace spikeloom {
namespace {

constexpr double tau_m = 20, v_th = 20, v_reset = 10, t_ref = 2, c_m = 250;  // ms, mV, mV, ms, pF

std::vector<ParamInfo> module_params() {
  return {
      {.name = "order",
       .unit = "",
       .doc = "inhibitory neurons; there are four times as many excitatory ones",
       .default_number = 2500,
       .check = whole_positive},
      {.name = "g",
       .unit = "",
       .doc = "inhibitory weights are -g times the excitatory",
       .default_number = 5,
       .check = non_negative},
      {.name = "eta",
       .unit = "",
       .doc = "external rate relative to the rate that reaches threshold",
       .default_number = 2,
       .check = non_negative},
      {.name = "epsilon",
       .unit = "",
       .doc = "share of all neurons that a neuron has as inputs",
       .default_number = 0.1,
       .check = fraction},
      {.name = "j",
       .unit = "mV",
       .doc = "excitatory postsynaptic potential (peak, for exp)",
       .default_number = 0.1,
       .check = positive},
      {.name = "delay", .unit = "ms", .doc = "of every synapse", .default_number = 1.5, .check = positive},
      {.name = "synapses",
       .unit = "",
       .doc = "delta: v_m jumps (the paper's); exp: exponential currents of the same peak potential",
       .kind = ParamKind::choice,
       .default_text = "delta",
       .choices = {"delta", "exp"}},
      {.name = "tau_syn",
       .unit = "ms",
       .doc = "decay of currents (exp only)",
       .default_number = 0.5,
       .check = positive},
      {.name = "initial_v_m",
       .unit = "mV",
       .doc = "v_m starts uniform between 0 and this",
       .default_number = 20,
       .check = non_negative},
  };
}

class Brunel {
 public:
  explicit Brunel(const ModelArguments& arguments)
      : params_(module_params(), arguments),
        order_(params_.number("order")),
        is_exp_(params_.text("synapses") == "exp") {
    if (order_ > 2e8) throw SpecError("order", "more than a billion neurons", "lower order");
  }

  NetworkSpec expand() const {
    NetworkSpec network;
    network.populations = {neurons("exc", 4 * order_), neurons("inh", order_), background()};
    const double weight = this->weight(), inhibition = -params_.number("g") * weight;
    for (const char* target : {"exc", "inh"}) {
      network.projections.push_back(synapses("exc", target, indegree(4 * order_), weight));
      network.projections.push_back(synapses("inh", target, indegree(order_), inhibition));
      network.projections.push_back(drive(target, weight));
    }
    return network;
  }

 private:
  /// [mV] for delta, [pA] for exp.
  double weight() const {
    const double j = params_.number("j");
    return is_exp_ ? current_for_psp(j, tau_m, params_.number("tau_syn"), c_m) : j;
  }

  std::uint32_t indegree(double sources) const {
    return static_cast<std::uint32_t>(std::lround(params_.number("epsilon") * sources));
  }

  /// Rate [Hz] of the whole external input of a neuron: eta times threshold / (mean lift of v_m per event and Hz).
  double external_rate() const {
    const double area = is_exp_ ? weight() * params_.number("tau_syn") / c_m : params_.number("j");  // mV, unleaked
    return params_.number("eta") * v_th / (area * 1e-3 * tau_m);
  }

  PopulationSpec neurons(const char* name, double size) const {
    PopulationSpec population;
    population.name = name;
    population.model = is_exp_ ? "lif_psc_exp" : "lif_psc_delta";
    population.size = static_cast<std::uint32_t>(size);
    population.params = {{"tau_m", Constant{tau_m}}, {"c_m", Constant{c_m}},         {"e_l", Constant{0}},
                         {"v_th", Constant{v_th}},   {"v_reset", Constant{v_reset}}, {"t_ref", Constant{t_ref}}};
    if (is_exp_)
      for (const char* tau : {"tau_syn_ex", "tau_syn_in"}) population.params[tau] = Constant{params_.number("tau_syn")};
    const double highest = params_.number("initial_v_m");
    population.initial["v_m"] = highest > 0 ? Value(Uniform{0, highest}) : Value(Constant{0});
    return population;
  }

  PopulationSpec background() const {
    PopulationSpec population;
    population.name = "background";
    population.model = "poisson";
    population.params = {{"rate", Constant{external_rate()}}};
    return population;
  }

  ProjectionSpec drive(const char* target, double weight) const {
    ProjectionSpec projection;
    projection.from = "background";
    projection.to = target;
    projection.name = projection.from + "_to_" + projection.to;
    projection.receptor = "exc";
    projection.weight = Constant{weight};
    projection.delay = Constant{params_.number("delay")};
    return projection;
  }

  ProjectionSpec synapses(const char* source, const char* target, std::uint32_t indegree, double weight) const {
    ProjectionSpec projection = drive(target, weight);
    projection.from = source;
    projection.name = projection.from + "_to_" + projection.to;
    projection.receptor = source;  // receptors are called exc and inh too
    projection.connect = FixedIndegree{indegree};
    projection.autapses = false;
    return projection;
  }

  ModuleParams params_;
  double order_;
  bool is_exp_;
};

NetworkSpec expand(const ModelArguments& arguments, double) { return Brunel(arguments).expand(); }

}  // namespace

ModuleInfo brunel_module() {
  return {.name = "brunel",
          .summary = "sparse random network of excitatory and inhibitory neurons, four regimes (Brunel 2000)",
          .params = module_params(),
          .expand = expand};
}

}  // namespace spikeloom
