/// The network's tables: populations with what was measured of them, and projections.
#include <algorithm>
#include <cmath>
#include <map>

#include "io/report/format.hpp"
#include "io/report/section.hpp"

namespace spikeloom::io::report {
namespace {

Json column(std::string_view title, std::string_view unit = "", bool number = false, std::string_view hint = "") {
  return {{"title", title}, {"unit", unit}, {"number", number}, {"hint", hint}};
}

Json population_row(const Run& run, std::size_t index) {
  const auto& population = run.results.populations()[index];
  const auto& activity = run.activity[index];
  const auto& figures = activity.statistics;
  Json row{population.size > 0 ? Json(index) : Json(), population.name, population.model};
  if (population.size == 0) {
    row.push_back("drive");
    for (int k = 0; k < 5; ++k) row.push_back(nullptr);
    return row;
  }
  const double seconds = run.results.duration() / 1000 * static_cast<double>(population.size);
  row.push_back(population.size);
  row.push_back(seconds > 0 ? rounded(static_cast<double>(run.results.spike_totals().at(index)) / seconds) : Json());
  const auto measured = [&](double value) { row.push_back(activity.recorded ? rounded(value) : Json()); };
  measured(figures.cv_isi);
  measured(figures.correlation);
  measured(figures.fano);
  measured(100 * figures.silent);
  return row;
}

Json population_table(const Run& run) {
  auto rows = Json::array();
  for (std::size_t index = 0; index < run.results.populations().size(); ++index)
    rows.push_back(population_row(run, index));
  const std::string bin = number_text(run.plan.window.bin) + " ms";
  return {{"what", "Populations."},
          {"how",
           "Rate: spikes per neuron and second. CV: mean over neurons of the coefficient of variation of their "
           "intervals (at least 3). "
           "Correlation: mean Pearson correlation of pairs, spike counts in " +
               bin + " bins. Fano factor: variance over mean of the population's spike count in " + bin +
               " bins. Silent: share of neurons that never fired. All over the whole run; – where spikes were not "
               "recorded or the figure is not defined."},
          {"columns",
           {column("Population"), column("Model"), column("Neurons", "", true), column("Rate", "Hz", true),
            column("CV of intervals", "", true), column("Correlation", "", true), column("Fano factor", "", true),
            column("Silent", "%", true)}},
          {"rows", rows}};
}

const PopulationSpec* find_population(const NetworkSpec& network, const std::string& name) {
  for (const auto& population : network.populations)
    if (population.name == name) return &population;
  return nullptr;
}

/// Unit of a projection's weights: that of the receptor, or of the target's receptors if they agree.
std::string weight_unit(const PopulationSpec* target, const std::optional<std::string>& receptor) {
  const auto* model = target ? find_model(target->model) : nullptr;
  if (!model || model->receptors.empty()) return "";
  const int index = receptor ? model->receptor(*receptor) : 0;
  return index < 0 ? "" : model->receptors[static_cast<std::size_t>(index)].weight_unit;
}

Json projection_row(const NetworkSpec& network, const ProjectionSpec& projection) {
  const auto* source = find_population(network, projection.from);
  const auto* target = find_population(network, projection.to);
  Json synapses;
  std::string rule = rule_text(projection.connect);
  if (source && !source->size)
    rule = "own train for every neuron";
  else if (source && target && target->size)
    if (const auto expected = expected_synapses(projection.connect, *source->size, *target->size))
      synapses = std::round(*expected);
  std::string delay = value_text(projection.delay, "ms");
  if (projection.axonal_delay > 0) delay += " + " + number_text(projection.axonal_delay) + " ms axonal";
  Json receptor = projection.receptor ? Json(*projection.receptor) : Json("by sign");
  return {projection.from,
          projection.to,
          rule,
          synapses,
          value_text(projection.weight, weight_unit(target, projection.receptor)),
          receptor,
          delay};
}

/// Sign of the weights of a projection as far as its description tells; 0 where it does not.
int sign_of(const ProjectionSpec& projection, const PopulationSpec* target) {
  const auto* model = target ? find_model(target->model) : nullptr;
  if (const int index = model && projection.receptor ? model->receptor(*projection.receptor) : -1; index >= 0)
    if (const auto& receptor = model->receptors[static_cast<std::size_t>(index)]; receptor.magnitude)
      return receptor.sign < 0 ? -1 : 1;
  const auto sign = [](double weight) { return weight > 0 ? 1 : weight < 0 ? -1 : 0; };
  if (const auto* weight = std::get_if<Constant>(&projection.weight)) return sign(weight->value);
  if (const auto* weight = std::get_if<Uniform>(&projection.weight)) return sign(weight->low + weight->high);
  if (const auto* weight = std::get_if<Normal>(&projection.weight)) return sign(weight->mean);
  if (const auto* weight = std::get_if<LogNormal>(&projection.weight)) return sign(weight->scale);
  return 0;
}

struct Meeting {
  double synapses = 0;  // per target neuron
  int sign = 0;
};

/// Mean number of synapses per target neuron for every pair of populations that a projection joins.
std::map<std::pair<std::string, std::string>, Meeting> meetings(const NetworkSpec& network) {
  std::map<std::pair<std::string, std::string>, Meeting> all;
  for (const auto& projection : network.projections) {
    const auto* source = find_population(network, projection.from);
    const auto* target = find_population(network, projection.to);
    if (!source || !source->size || !target || !target->size) continue;
    const auto synapses = expected_synapses(projection.connect, *source->size, *target->size);
    if (!synapses) continue;
    auto& meeting = all[{projection.to, projection.from}];
    meeting.synapses += *synapses / *target->size;
    meeting.sign = sign_of(projection, target);
  }
  return all;
}

/// Who connects to whom; null where a few lines of the table of projections say it as well.
Json connection_matrix(const ResultsFile& results, const NetworkSpec& network) {
  const auto joined = meetings(network);
  auto sources = Json::array(), targets = Json::array(), cells = Json::array();
  const auto name_of = [&](const PopulationSpec& population) {
    return Json{{"index", population.size ? Json(population_index(results, population.name)) : Json()},
                {"name", population.name}};
  };
  std::vector<std::string> columns;
  for (const auto& population : network.populations) {
    const bool sends =
        std::any_of(joined.begin(), joined.end(), [&](const auto& m) { return m.first.second == population.name; });
    if (sends) sources.push_back(name_of(population)), columns.push_back(population.name);
  }
  for (const auto& population : network.populations) {
    auto row = Json::array();
    bool receives = false;
    for (const auto& column : columns) {
      const auto found = joined.find({population.name, column});
      row.push_back(found == joined.end() ? Json() : Json{rounded(found->second.synapses), found->second.sign});
      receives |= found != joined.end();
    }
    if (receives) targets.push_back(name_of(population)), cells.push_back(std::move(row));
  }
  if (joined.size() < 4 || columns.size() > 24) return nullptr;
  return {{"what", "Connections."},
          {"how",
           "Mean number of synapses that a neuron of the row receives from the population of the column: blue where "
           "they excite, red where they inhibit, deeper where they are more. Drives without neurons have none."},
          {"sources", sources},
          {"targets", targets},
          {"cells", cells}};
}

Json projection_table(const NetworkSpec& network) {
  auto rows = Json::array();
  for (const auto& projection : network.projections) rows.push_back(projection_row(network, projection));
  const auto count = network.projections.size();
  return {{"what", "Projections."},
          {"folded", count > 12 ? Json("All " + counted(count, "projection")) : Json()},
          {"how",
           "All synapses from one population to another. Synapses: number that the rule makes, expected number where "
           "it is random."},
          {"columns",
           {column("From"), column("To"), column("Rule"), column("Synapses", "", true), column("Weight"),
            column("Receptor"), column("Delay")}},
          {"rows", rows}};
}

}  // namespace

Json network_section(const Run& run) {
  if (!run.results.protocol().empty()) return nullptr;
  Json section{{"populations", population_table(run)}};
  if (run.experiment && !run.experiment->network.projections.empty()) {
    section["matrix"] = connection_matrix(run.results, run.experiment->network);
    section["projections"] = projection_table(run.experiment->network);
  }
  if (!run.experiment)
    section["notice"] =
        "The projections cannot be listed, because the experiment kept in the results could not be read again: " +
        run.experiment_problem;
  return section;
}

}  // namespace spikeloom::io::report
