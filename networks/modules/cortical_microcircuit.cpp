/// The cortical microcircuit of Potjans & Diesmann (2014, Cereb Cortex 24:785): the neurons under 1 mm^2 of sensory
/// cortex, 77,169 in eight populations, 299 million synapses.
///
/// Parameters are those of the paper (tables 4 and 5), with weights redrawn that would change their sign and delays
/// redrawn below half a step, and with initial potentials that keep the start quiet ("optimized", the default of the
/// network's NEST implementation). `scale` shrinks the populations, `k_scale` the in-degrees. Fewer inputs would fall
/// short in mean and variance; as in van Albada, Helias & Diesmann (2015, PLoS Comput Biol 11:e1004490) weights grow by
/// 1 / sqrt(k_scale), which keeps the variance, and a constant current stands for the part of the mean that is then
/// missing, at the rates of the full network.
#include <array>
#include <cmath>

#include "core/errors.hpp"
#include "networks/modules/modules.hpp"

namespace spikeloom {
namespace {

constexpr std::size_t populations = 8;
using PerPopulation = std::array<double, populations>;

constexpr std::array<const char*, populations> names{"L23E", "L23I", "L4E", "L4I", "L5E", "L5I", "L6E", "L6I"};
constexpr PerPopulation full_sizes{20683, 5834, 21915, 5479, 4850, 1065, 14395, 2948};
constexpr PerPopulation external_indegrees{1600, 1500, 2100, 1900, 2000, 1900, 2900, 2100};
/// Probability that a target (row) is connected to a source (column).
constexpr std::array<PerPopulation, populations> probabilities{{
    {0.1009, 0.1689, 0.0437, 0.0818, 0.0323, 0.0000, 0.0076, 0.0000},
    {0.1346, 0.1371, 0.0316, 0.0515, 0.0755, 0.0000, 0.0042, 0.0000},
    {0.0077, 0.0059, 0.0497, 0.1350, 0.0067, 0.0003, 0.0453, 0.0000},
    {0.0691, 0.0029, 0.0794, 0.1597, 0.0033, 0.0000, 0.1057, 0.0000},
    {0.1004, 0.0622, 0.0505, 0.0057, 0.0831, 0.3726, 0.0204, 0.0000},
    {0.0548, 0.0269, 0.0257, 0.0022, 0.0600, 0.3158, 0.0086, 0.0000},
    {0.0156, 0.0066, 0.0211, 0.0166, 0.0572, 0.0197, 0.0396, 0.2252},
    {0.0364, 0.0010, 0.0034, 0.0005, 0.0277, 0.0080, 0.0658, 0.1443},
}};
/// Rates [Hz] of the full network, for the current that compensates smaller in-degrees.
constexpr PerPopulation full_rates{0.903, 2.965, 4.414, 5.876, 7.569, 8.633, 1.105, 7.829};
constexpr PerPopulation initial_means{-68.28, -63.16, -63.33, -63.45, -63.11, -61.66, -66.72, -61.43};  // mV
constexpr PerPopulation initial_sds{5.36, 4.57, 4.74, 4.94, 4.94, 4.55, 5.46, 4.48};                    // mV

constexpr double tau_m = 10, tau_syn = 0.5, c_m = 250;  // ms, ms, pF

bool is_excitatory(std::size_t population) { return population % 2 == 0; }

std::vector<ParamInfo> module_params() {
  return {
      {.name = "scale",
       .unit = "",
       .doc = "neurons, as a share of the full network's",
       .default_number = 1,
       .check = positive},
      {.name = "k_scale",
       .unit = "",
       .doc = "in-degrees, as a share of the full network's; 0 means as `scale`",
       .default_number = 0,
       .check = non_negative},
      {.name = "input",
       .unit = "",
       .doc = "background: independent Poisson trains, or a constant current of the same mean",
       .kind = ParamKind::choice,
       .default_text = "poisson",
       .choices = {"poisson", "dc"}},
      {.name = "background_rate",
       .unit = "Hz",
       .doc = "of every background input",
       .default_number = 8,
       .check = non_negative},
      {.name = "psp",
       .unit = "mV",
       .doc = "peak of an excitatory postsynaptic potential",
       .default_number = 0.15,
       .check = positive},
      {.name = "g",
       .unit = "",
       .doc = "inhibitory weights are -g times the excitatory",
       .default_number = 4,
       .check = non_negative},
      {.name = "weight_sd",
       .unit = "",
       .doc = "standard deviation of weights relative to their mean",
       .default_number = 0.1,
       .check = non_negative},
      {.name = "delay_exc",
       .unit = "ms",
       .doc = "mean delay of excitatory synapses",
       .default_number = 1.5,
       .check = positive},
      {.name = "delay_inh",
       .unit = "ms",
       .doc = "mean delay of inhibitory synapses",
       .default_number = 0.75,
       .check = positive},
      {.name = "delay_sd",
       .unit = "",
       .doc = "standard deviation of delays relative to their mean",
       .default_number = 0.5,
       .check = non_negative},
      {.name = "initial_v_m",
       .unit = "",
       .doc = "optimized: per population, close to the stationary state; original: normal, -58 mV and 10 mV",
       .kind = ParamKind::choice,
       .default_text = "optimized",
       .choices = {"optimized", "original"}},
  };
}

/// Number of synapses from `source` to `target` in the full network: pairs are drawn with replacement until a pair is
/// connected at least once with the tabulated probability.
double full_synapses(std::size_t target, std::size_t source) {
  return std::log(1 - probabilities[target][source]) / std::log(1 - 1 / (full_sizes[source] * full_sizes[target]));
}

class Microcircuit {
 public:
  Microcircuit(const ModelArguments& arguments, double resolution)
      : params_(module_params(), arguments),
        resolution_(resolution),
        scale_(params_.number("scale")),
        k_scale_(params_.number("k_scale") > 0 ? params_.number("k_scale") : scale_),
        full_weight_(current_for_psp(params_.number("psp"), tau_m, tau_syn, c_m)) {}

  NetworkSpec expand() const {
    NetworkSpec network;
    for (std::size_t k = 0; k < populations; ++k) network.populations.push_back(neurons(k));
    for (std::size_t target = 0; target < populations; ++target)
      for (std::size_t source = 0; source < populations; ++source)
        if (probabilities[target][source] > 0) network.projections.push_back(recurrent(target, source));
    if (params_.text("input") == "poisson") add_background(network);
    return network;
  }

 private:
  std::uint32_t size(std::size_t k) const {
    const double neurons = std::nearbyint(full_sizes[k] * scale_);  // half to even, as in the reference runs
    if (neurons < 1)
      throw SpecError("scale", std::string(names[k]) + " would have no neuron", "raise scale above 0.0005");
    if (neurons > 1e9) throw SpecError("scale", "more than a billion neurons in one population", "lower scale");
    return static_cast<std::uint32_t>(neurons);
  }

  /// Mean weight [pA] in the full network.
  double full_weight(std::size_t target, std::size_t source) const {
    const bool doubled = target == 0 && source == 2;  // L4E to L23E
    return full_weight_ * (is_excitatory(source) ? (doubled ? 2 : 1) : -params_.number("g"));
  }

  /// Mean input [pA] of a population in the full network.
  double full_recurrent_input(std::size_t target) const {
    double sum = 0;
    for (std::size_t source = 0; source < populations; ++source)
      sum += full_weight(target, source) * full_synapses(target, source) / full_sizes[target] * full_rates[source];
    return 1e-3 * tau_syn * sum;
  }
  double full_background_input(std::size_t target) const {
    return 1e-3 * tau_syn * full_weight_ * external_indegrees[target] * params_.number("background_rate");
  }

  /// Constant current [pA]: what scaled weights leave of the mean, and the background if it is no Poisson input.
  double constant_current(std::size_t target) const {
    const double missing = 1 - std::sqrt(k_scale_);
    if (params_.text("input") == "dc") return full_background_input(target) + missing * full_recurrent_input(target);
    return missing * (full_background_input(target) + full_recurrent_input(target));
  }

  PopulationSpec neurons(std::size_t k) const {
    PopulationSpec population;
    population.name = names[k];
    population.model = "lif_psc_exp";
    population.size = size(k);
    population.params = {{"tau_m", Constant{tau_m}},
                         {"c_m", Constant{c_m}},
                         {"e_l", Constant{-65}},
                         {"v_th", Constant{-50}},
                         {"v_reset", Constant{-65}},
                         {"t_ref", Constant{2}},
                         {"tau_syn_ex", Constant{tau_syn}},
                         {"tau_syn_in", Constant{tau_syn}},
                         {"i_e", Constant{constant_current(k)}}};
    const bool optimized = params_.text("initial_v_m") == "optimized";
    population.initial["v_m"] = optimized ? Normal{initial_means[k], initial_sds[k]} : Normal{-58, 10};
    return population;
  }

  ProjectionSpec recurrent(std::size_t target, std::size_t source) const {
    const double mean = full_weight(target, source) / std::sqrt(k_scale_);
    const double delay = params_.number(is_excitatory(source) ? "delay_exc" : "delay_inh");
    ProjectionSpec projection;
    projection.name = std::string(names[source]) + "_to_" + names[target];
    projection.from = names[source];
    projection.to = names[target];
    projection.connect =
        FixedTotalNumber{static_cast<std::uint64_t>(std::round(full_synapses(target, source) * scale_ * k_scale_))};
    projection.receptor = is_excitatory(source) ? "exc" : "inh";
    projection.weight = spread(mean, params_.number("weight_sd") * std::abs(mean), mean > 0 ? 0.0 : -HUGE_VAL,
                               mean > 0 ? HUGE_VAL : 0.0);
    projection.delay = spread(delay, params_.number("delay_sd") * delay, resolution_ / 2, HUGE_VAL);
    return projection;
  }

  static Value spread(double mean, double sd, double low, double high) {
    if (sd == 0) return Constant{mean};
    return Normal{mean, sd, low, high};
  }

  void add_background(NetworkSpec& network) const {
    for (std::size_t k = 0; k < populations; ++k) {
      const std::string name = std::string("background_") + names[k];
      const double rate = std::round(external_indegrees[k] * k_scale_) * params_.number("background_rate");
      PopulationSpec source;
      source.name = name;
      source.model = "poisson";
      source.params = {{"rate", Constant{rate}}};
      network.populations.push_back(source);
      ProjectionSpec projection;
      projection.name = name + "_to_" + names[k];
      projection.from = name;
      projection.to = names[k];
      projection.receptor = "exc";
      projection.weight = Constant{full_weight_ / std::sqrt(k_scale_)};
      projection.delay = Constant{params_.number("delay_exc")};
      network.projections.push_back(projection);
    }
  }

  ModuleParams params_;
  double resolution_, scale_, k_scale_, full_weight_;
};

NetworkSpec expand(const ModelArguments& arguments, double resolution) {
  return Microcircuit(arguments, resolution).expand();
}

}  // namespace

ModuleInfo cortical_microcircuit_module() {
  return {
      .name = "cortical_microcircuit",
      .summary = "four layers of excitatory and inhibitory neurons under 1 mm^2 of cortex (Potjans & Diesmann 2014)",
      .params = module_params(),
      .expand = expand};
}

}  // namespace spikeloom
