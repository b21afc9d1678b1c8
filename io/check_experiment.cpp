/// Checks of a whole experiment; each reports what it finds and goes on.
#include "io/check_experiment.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "io/spelling.hpp"
#include "io/yaml/value_reader.hpp"
#include "networks/expression.hpp"
#include "networks/plastic_build.hpp"

namespace spikeloom::io {
namespace {

using yaml::range_of;

constexpr double longest_delay = 65535;  // steps
constexpr double most_steps = 1e12;
constexpr double most_plastic_steps = 1 << 30;  // their step numbers have 32 bits
constexpr double tolerance = 1e-9;              // of quotients that should be whole

class Check {
 public:
  Check(const ExperimentSpec& experiment, const CheckContext& context) : experiment_(experiment), context_(context) {}

  void all() {
    check_times();
    check_size_of_network();
    for (const auto& population : experiment_.network.populations) check_population(population);
    for (std::size_t k = 0; k < experiment_.network.projections.size(); ++k)
      check_projection(experiment_.network.projections[k], context_.projection_paths.at(k));
    for (const auto& modulator : experiment_.network.modulators) check_modulator_drive(modulator);
  }

 private:
  void report(const std::string& path, std::string what, std::string remedy) {
    context_.report(path, std::move(what), std::move(remedy));
  }
  bool broken(const std::string& path) const { return context_.is_broken(path); }
  bool grid_is_known() const { return experiment_.resolution > 0 && !broken("experiment.resolution"); }

  void check_times() {
    if (!grid_is_known()) return;
    if (experiment_.resolution < 1e-6 || experiment_.resolution > 1000)
      return report("experiment.resolution", fmt::format("{} ms is no sensible step", experiment_.resolution),
                    "write between 1e-6 ms and 1000 ms; 0.1 ms is usual");
    const double steps = experiment_.duration / experiment_.resolution;
    if (broken("experiment.duration") || experiment_.duration <= 0) return;
    if (steps > most_steps)
      report("experiment.duration", fmt::format("{:.3g} steps are too many", steps),
             "shorten the duration or raise the resolution");
    else if (!is_multiple(experiment_.duration, experiment_.resolution))
      report("experiment.duration",
             fmt::format("{} ms is not a whole number of steps of {} ms", experiment_.duration, experiment_.resolution),
             fmt::format("write {} ms", std::max(1.0, std::round(steps)) * experiment_.resolution));
    if (const auto every = experiment_.run.checkpoint_every; every && !is_multiple(*every, experiment_.resolution))
      report("run.checkpoint.every",
             fmt::format("{} ms is not a whole number of steps of {} ms", *every, experiment_.resolution),
             "write a multiple of the resolution");
  }

  void check_size_of_network() {
    double neurons = 0;
    for (const auto& population : experiment_.network.populations) neurons += population.size.value_or(0);
    if (neurons >= std::numeric_limits<NeuronId>::max())
      report("populations", fmt::format("{:.4g} neurons in all are too many", neurons), "at most 4294967294 fit");
  }

  // ---- populations ---------------------------------------------------------------------------------------------

  void check_population(const PopulationSpec& population) {
    const auto path = "populations." + population.name;
    const auto* model = find_model(population.model);
    if (!model) {  // a name that a module gave; those of the file have been reported
      if (!population.model.empty()) report(path + ".model", fmt::format("unknown model '{}'", population.model), "");
      return;
    }
    if (!population.size && !model->make_drive && !broken(path + ".size"))
      report(path + ".size", "is missing",
             fmt::format("write how many neurons of {} there are, for example 'size: 100'", model->name));
    if (population.size && !model->make_slice)
      report(path + ".size", fmt::format("{} takes no size: it acts on every target neuron by itself", model->name),
             "leave `size` out");
    if (!population.size && population.layout)
      report(path + ".layout", "a source without a size has no positions", "leave `layout` out, or give it a `size`");
    if (experiment_.timing == Timing::exact && !model->exact)
      report(path + ".model", fmt::format("{} has no exact timing", model->name),
             model->kind == ModelKind::current_source
                 ? "write `timing: grid`; a constant current is the parameter `i_e` of the neurons"
                 : fmt::format("write `timing: grid`, or use {}", join_or(exact_models(model->kind))));
    check_formulas(population, path);
    check_spikes(population, path);
    check_with_model(population, *model, path);
  }

  static std::vector<std::string> exact_models(ModelKind kind) {
    std::vector<std::string> names;
    for (const auto& model : model_catalogue())
      if (model.exact && model.kind == kind) names.push_back(model.name);
    return names;
  }

  /// Formulas that use positions need a layout.
  void check_formulas(const PopulationSpec& population, const std::string& path) {
    if (population.layout || broken(path + ".layout")) return;
    for (const auto* values : {&population.params, &population.initial})
      for (const auto& [name, value] : *values)
        if (const auto* formula = std::get_if<Expression>(&value);
            formula && uses(*formula, neuron_variables, {"x", "y", "z"}))
          report(fmt::format("{}.{}.{}.expression", path, values == &population.params ? "params" : "initial", name),
                 fmt::format("uses positions, and '{}' has none", population.name),
                 "give the population a layout, for example 'layout: {random: [1000 um, 1000 um]}'");
  }

  static bool uses(const Expression& formula, std::span<const std::string_view> variables,
                   std::initializer_list<std::string_view> which) {
    if (check_expression(formula.text, variables)) return false;
    const CompiledExpression compiled(formula.text, variables);
    for (const auto variable : which)
      if (compiled.uses(variable)) return true;
    return false;
  }

  void check_spikes(const PopulationSpec& population, const std::string& path) {
    for (std::size_t k = 0; k < population.spike_neurons.size(); ++k)
      if (population.size && population.spike_neurons[k] >= *population.size)
        return report(
            path + ".spikes",
            fmt::format("spike {} belongs to neuron {}, which does not exist", k, population.spike_neurons[k]),
            fmt::format("neurons count from 0 to {}", *population.size - 1));
  }

  /// The model's own checks, with a typical number for what is drawn later.
  void check_with_model(const PopulationSpec& population, const ModelInfo& model, const std::string& path) {
    if (!grid_is_known() || broken(path)) return;
    ModelArguments arguments;
    for (const auto& [name, value] : population.params) {
      if (std::holds_alternative<Expression>(value)) return;
      const auto* array = std::get_if<Array>(&value);
      arguments.numbers[name] = array ? array->values : std::vector{yaml::typical(value)};
    }
    for (const auto& [name, list] : population.lists) arguments.lists[name] = list;
    for (const auto& [name, text] : population.texts) arguments.texts[name] = text;
    arguments.spike_times = population.spike_times;
    arguments.spike_neurons = population.spike_neurons;
    std::vector<Problem> found;
    if (model.check) model.check(arguments, experiment_.resolution, found);
    if (model.check_exact && experiment_.timing == Timing::exact) model.check_exact(arguments, found);
    for (auto& problem : found) {
      const auto where = problem.path.empty()
                             ? path
                             : fmt::format("{}.{}{}", path, problem.path == "spikes" ? "" : "params.", problem.path);
      report(where, std::move(problem.what), std::move(problem.remedy));
    }
  }

  // ---- projections ---------------------------------------------------------------------------------------------

  const PopulationSpec* population(const std::string& name) const {
    for (const auto& one : experiment_.network.populations)
      if (one.name == name) return &one;
    return nullptr;
  }

  void check_projection(const ProjectionSpec& projection, const std::string& path) {
    const auto* source = population(projection.from);
    const auto* target = population(projection.to);
    const auto* source_model = source ? find_model(source->model) : nullptr;
    const auto* target_model = target ? find_model(target->model) : nullptr;
    if (!source_model || !target_model) return;
    if (target_model->kind != ModelKind::neuron) {
      report(path + ".to", fmt::format("'{}' is a source ({}) and takes no input", target->name, target_model->name),
             "name a population of neurons");
      return;
    }
    check_receptor(projection, *source_model, *target_model, path);
    if (!broken(path + ".delay") && !broken(path + ".axonal_delay") && grid_is_known()) check_delay(projection, path);
    if (source->size && target->size && !broken(path + ".connect")) check_rule(projection, *source, *target, path);
    check_distances(projection, *source, *target, path);
    if (projection.plasticity) check_plasticity(projection, *source, *target_model, path);
  }

  void check_plasticity(const ProjectionSpec& projection, const PopulationSpec& source, const ModelInfo& target,
                        const std::string& path) {
    const auto where = path + ".plasticity";
    const auto* rule = find_rule(projection.plasticity->rule);
    if (!rule || broken(where)) return;
    if (!source.size)
      return report(
          where,
          fmt::format("'{}' is a source without a size: its input has no synapses that could learn", source.name),
          "give the source a `size` and the projection a `connect` rule, or leave `plasticity` out");
    if (experiment_.timing == Timing::exact)
      return report(where, "learning rules work on the time grid", "write `timing: grid`");
    if (grid_is_known() && experiment_.duration / experiment_.resolution > most_plastic_steps)
      report("experiment.duration", fmt::format("plastic projections can run for {} steps at most", most_plastic_steps),
             "shorten the duration, or raise the resolution");
    const auto arguments = rule_arguments(projection);
    std::vector<Problem> found;
    if (rule->check) rule->check(arguments, experiment_.resolution, found);
    for (auto& problem : found)
      report(problem.path.empty() ? where : where + ".params." + problem.path, std::move(problem.what),
             std::move(problem.remedy));
    check_modulator(*projection.plasticity, *rule, projection.to, where);
    if (!broken(path + ".weight")) check_plastic_weights(projection, arguments, target, path);
  }

  void check_modulator(const PlasticitySpec& plasticity, const RuleInfo& rule, const std::string& target,
                       const std::string& where) {
    std::vector<std::string> names;
    for (const auto& modulator : experiment_.network.modulators) names.push_back(modulator.name);
    if (rule.modulated && !plasticity.modulator)
      return report(where, fmt::format("{} listens to a modulator, and none is named", rule.name),
                    "add `modulator: dopamine`, and dopamine under `modulators:`");
    if (!plasticity.modulator || broken("modulators")) return;
    if (!rule.modulated)
      return report(where + ".modulator", fmt::format("{} listens to no modulator", rule.name),
                    "leave `modulator` out, or choose another rule");
    if (std::ranges::find(names, *plasticity.modulator) == names.end())
      return report(where + ".modulator", fmt::format("there is no modulator '{}'", *plasticity.modulator),
                    names.empty() ? "declare it under `modulators:`" : suggestion(*plasticity.modulator, names));
    if (rule.needs_comparison && !compares(*plasticity.modulator, target))
      report(where + ".modulator",
             fmt::format("{} does not compare '{}' with another population", *plasticity.modulator, target),
             fmt::format("drive it by an entry `compare: {}` under `from:`, or choose another rule", target));
  }

  /// Whether a modulator compares this population with another one.
  bool compares(const std::string& modulator, const std::string& population) const {
    for (const auto& spec : experiment_.network.modulators)
      if (spec.name == modulator)
        for (const auto& source : spec.sources)
          if (const auto* comparison = std::get_if<ComparisonModulation>(&source))
            return comparison->population == population || comparison->with == population;
    return false;
  }

  /// A modulator that a rule listens to, and that nothing ever moves.
  void check_modulator_drive(const ModulatorSpec& modulator) {
    bool heard = false;
    for (const auto& projection : experiment_.network.projections)
      heard = heard || (projection.plasticity && projection.plasticity->modulator == modulator.name);
    const auto path = "modulators." + modulator.name;
    if (experiment_.timing == Timing::exact)
      return report(path, "modulators live on the time grid", "write `timing: grid`, or leave the modulator out");
    if (heard && modulator.sources.empty() && modulator.baseline == 0 && !broken(path))
      report(path, "nobody drives this modulator: it stays at 0",
             "add `from:` with spikes, times, poisson, coincidence, readout or compare, or give it a `baseline`");
  }

  /// Weights, bounds and receptor of a plastic projection share one sign, unless the bounds ask for both.
  void check_plastic_weights(const ProjectionSpec& projection, const RuleArguments& arguments, const ModelInfo& target,
                             const std::string& path) {
    const auto bound = [&](const char* name, double otherwise) {
      const auto given = arguments.numbers.find(name);
      return given == arguments.numbers.end() ? otherwise : given->second;
    };
    const double sign = weight_sign(projection);
    const double low = bound("w_min", 0), high = bound("w_max", std::numeric_limits<double>::infinity());
    const auto range = weight_range(projection);
    if (!range || high < low) return;
    const char* word = sign < 0 ? "negative" : "positive";
    const double smallest = std::min(sign * range->low, sign * range->high);
    const double largest = std::max(sign * range->low, sign * range->high);
    const bool constant = smallest == largest;
    if (largest < 0 && low >= 0)
      report(path + ".plasticity.params." + (arguments.numbers.contains("w_max") ? "w_max" : "w_min"),
             fmt::format("bounds are {} and the weight is not", word),
             "bounds bear the sign of the weights: change one of the two");
    else if (constant && (smallest < low || largest > high))
      report(path + ".weight",
             fmt::format("the initial weight lies beyond the bounds of its rule, {} to {}", sign * low, sign * high),
             "change the weight, or the bounds");
    if (low >= 0) return;
    for (const auto& receptor : target.receptors)
      if (receptor.magnitude)
        return report(path + ".plasticity.params.w_min",
                      fmt::format("a weight of {} is a conductance and cannot change its sign", target.name),
                      "let w_min have the sign of the weights, or be 0");
  }

  void check_receptor(const ProjectionSpec& projection, const ModelInfo& source, const ModelInfo& target,
                      const std::string& path) {
    if (!projection.receptor) return check_signs(projection, source, target, path);
    if (source.kind == ModelKind::current_source)
      return report(path + ".receptor", fmt::format("{} is a current, which enters no receptor", source.name),
                    "leave `receptor` out");
    const int index = target.receptor(*projection.receptor);
    if (index < 0 || broken(path + ".weight")) return;
    const auto& receptor = target.receptors[static_cast<std::size_t>(index)];
    const auto range = weight_range(projection);
    if (!range || target.receptors.size() < 2) return;
    const bool wrong = receptor.sign > 0 ? range->high < 0 : range->low > 0;
    if (wrong)
      report(path + ".weight",
             fmt::format("the weight is {} and the receptor '{}' takes {} ones",
                         receptor.sign > 0 ? "negative" : "positive", receptor.name,
                         receptor.sign > 0 ? "positive" : "negative"),
             "change the sign, or leave `receptor` out: it follows from the sign");
  }

  /// Without `receptor:` every sign that occurs needs a receptor.
  void check_signs(const ProjectionSpec& projection, const ModelInfo& source, const ModelInfo& target,
                   const std::string& path) {
    if (source.kind == ModelKind::current_source || broken(path + ".weight") || target.receptors.size() < 2) return;
    const auto range = weight_range(projection);
    if (!range) return;
    bool positive = false, negative = false;
    for (const auto& receptor : target.receptors) (receptor.sign > 0 ? positive : negative) = true;
    if ((range->low < 0 && !negative) || (range->high > 0 && !positive))
      report(path + ".weight",
             fmt::format("{} has no receptor for {} weights", target.name, negative ? "positive" : "negative"),
             "change the sign, or name a receptor");
  }

  static std::optional<yaml::Range> weight_range(const ProjectionSpec& projection) {
    const auto* table = std::get_if<SynapseList>(&projection.connect);
    return table && !table->weights.empty() ? range_of(Array{table->weights}) : range_of(projection.weight);
  }

  void check_delay(const ProjectionSpec& projection, const std::string& path) {
    const auto* table = std::get_if<SynapseList>(&projection.connect);
    const bool in_table = table && !table->delays.empty();
    const auto range = in_table ? range_of(Array{table->delays}) : range_of(projection.delay);
    if (!range) return;
    const auto where = path + (in_table ? ".connect" : ".delay");
    const double low = range->low + projection.axonal_delay, high = range->high + projection.axonal_delay;
    const double step = experiment_.resolution;
    const bool drawn = std::holds_alternative<Normal>(projection.delay) && !in_table;
    // What is drawn is rounded to the nearest step, so half a step still becomes one.
    const bool one_number = std::holds_alternative<Constant>(projection.delay) && !in_table;
    if (low < step * ((one_number ? 1 : 0.5) - tolerance))
      report(where,
             fmt::format("{}{:.6g} ms is shorter than one step ({} ms)",
                         drawn ? "this distribution reaches below one step: " : "", low, step),
             drawn ? fmt::format("add `min: {} ms`, so that shorter delays are drawn again", step)
                   : "raise the delay, or lower experiment.resolution");
    if (high > longest_delay * step * (1 + tolerance))
      report(where, fmt::format("{:.6g} ms is longer than 65535 steps ({} ms)", high, longest_delay * step),
             "shorten the delay, or raise experiment.resolution");
  }

  void check_rule(const ProjectionSpec& projection, const PopulationSpec& source, const PopulationSpec& target,
                  const std::string& path) {
    const double sources = *source.size, targets = *target.size;
    const double self = source.name == target.name && !projection.autapses ? 1 : 0;
    const auto too_many = [&](std::string_view key, double wanted, double there, const std::string& whom) {
      if (there <= 0)
        report(path + ".connect",
               fmt::format("no pair is left to connect: '{}' has one neuron, and autapses are off", source.name),
               "write autapses: true, or leave the projection out");
      else if (!projection.multapses && wanted > there)
        report(fmt::format("{}.connect.{}", path, key), fmt::format("{} exceeds the {} {}", wanted, there, whom),
               "lower it, or write multapses: true");
    };
    if (std::holds_alternative<OneToOne>(projection.connect) && sources != targets)
      report(path + ".connect",
             fmt::format("one_to_one needs populations of equal size: '{}' has {}, '{}' has {}", source.name, sources,
                         target.name, targets),
             "make the sizes equal, or use another rule");
    if (const auto* rule = std::get_if<FixedIndegree>(&projection.connect))
      too_many("indegree", rule->indegree, sources - self, fmt::format("neurons of '{}' to draw from", source.name));
    if (const auto* rule = std::get_if<FixedOutdegree>(&projection.connect))
      too_many("outdegree", rule->outdegree, targets - self, fmt::format("neurons of '{}' to draw from", target.name));
    if (const auto* rule = std::get_if<FixedTotalNumber>(&projection.connect))
      too_many("number", static_cast<double>(rule->number), targets * (sources - self),
               fmt::format("pairs of '{}' and '{}'", source.name, target.name));
  }

  void check_distances(const ProjectionSpec& projection, const PopulationSpec& source, const PopulationSpec& target,
                       const std::string& path) {
    const auto lacks = [&](const PopulationSpec& whose) {
      return !whose.layout && !broken("populations." + whose.name + ".layout");
    };
    const auto need = [&](const std::string& where, bool both) {
      const auto* lacking = both && lacks(source) ? &source : lacks(target) ? &target : nullptr;
      if (lacking)
        report(where,
               fmt::format("needs {}, and '{}' has no positions", both ? "distances" : "positions", lacking->name),
               "give the population a layout, for example 'layout: {random: [1000 um, 1000 um]}'");
    };
    if (std::holds_alternative<DistanceDependent>(projection.connect)) need(path + ".connect", true);
    for (const auto& [key, value] :
         {std::pair{".weight.expression", &projection.weight}, {".delay.expression", &projection.delay}})
      if (const auto* formula = std::get_if<Expression>(value)) {
        if (uses(*formula, synapse_variables, {"d"}))
          need(path + key, true);
        else if (uses(*formula, synapse_variables, {"x", "y", "z"}))
          need(path + key, false);
      }
    if (projection.periodic && target.layout && std::holds_alternative<ArrayLayout>(*target.layout))
      report(path + ".periodic",
             fmt::format("the box of '{}' is unknown: its positions are listed one by one", target.name),
             "use a grid or random layout, or leave `periodic` out");
  }

  const ExperimentSpec& experiment_;
  const CheckContext& context_;
};

}  // namespace

bool is_multiple(double whole, double part) {
  const double quotient = whole / part;
  return std::abs(quotient - std::round(quotient)) <= tolerance * std::max(1.0, std::abs(quotient)) &&
         std::round(quotient) >= 1;
}

void check_experiment(const ExperimentSpec& experiment, const CheckContext& context) {
  Check(experiment, context).all();
}

}  // namespace spikeloom::io
