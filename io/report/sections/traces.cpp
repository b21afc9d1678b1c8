/// State traces of a few neurons per record, thinned to what a screen can show.
#include <algorithm>
#include <cmath>

#include "io/report/format.hpp"
#include "io/report/section.hpp"
#include "io/report/thinned.hpp"

namespace spikeloom::io::report {
namespace {

constexpr std::size_t most_reports = 16, most_neurons = 8, most_values = 250'000, most_frames = 12'000;

std::vector<std::size_t> chosen_columns(std::size_t columns) {
  const auto count = std::min(columns, most_neurons);
  std::vector<std::size_t> chosen(count);
  for (std::size_t k = 0; k < count; ++k) chosen[k] = count == columns ? k : (2 * k + 1) * columns / (2 * count);
  return chosen;
}

const VariableInfo* variable_of(const Run& run, std::size_t population, const std::string& name) {
  const auto& populations = run.results.populations();
  const auto* model = population < populations.size() ? find_model(populations[population].model) : nullptr;
  const int index = model ? model->variable(name) : -1;
  return index < 0 ? nullptr : &model->variables[static_cast<std::size_t>(index)];
}

std::string caption_of(const Run& run, const ReportInfo& report, std::size_t population, std::size_t shown,
                       const Thinned& kept, bool with_spikes) {
  std::string text;
  if (const auto* variable = variable_of(run, population, report.variable)) {
    text = variable->doc;
    if (!text.empty()) text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
    text += ". ";
  }
  if (shown < report.neurons.size())
    text += counted(shown, "neuron") + " of the " + std::to_string(report.neurons.size()) + " recorded. ";
  text += "Sampled every " + number_text(report.every) + " ms";
  if (kept.stretch > 1)
    text += "; drawn are the least and the greatest value of every " +
            number_text(report.every * static_cast<double>(kept.stretch)) + " ms";
  text += ". ";
  if (with_spikes) text += "Ticks above the lines are the neurons' spikes. ";
  return text + "Buttons show and hide neurons; drag to zoom, double-click for everything.";
}

Json trace(const Run& run, const ReportInfo& report, std::size_t values_allowed) {
  const auto columns = chosen_columns(report.neurons.size());
  const auto kept = thinned(report.frames, report.neurons.size(), columns,
                            std::clamp<std::size_t>(values_allowed / columns.size(), 500, most_frames),
                            [&](auto first, auto count) { return run.results.frames(report, first, count); });
  const auto population = population_index(run.results, report.population);
  const bool with_spikes = population < run.activity.size() && run.activity[population].recorded;
  auto neurons = Json::array(), spikes = Json::array();
  for (const auto column : columns) {
    const auto neuron = report.neurons[column];
    neurons.push_back(neuron);
    if (!with_spikes) continue;
    const auto train = run.activity[population].trains.find(neuron);
    auto times = train == run.activity[population].trains.end() ? std::vector<double>{} : train->second;
    if (times.size() > 5000) times.erase(times.begin(), times.end() - 5000);
    spikes.push_back(rounded(times, 8));
  }
  const double stretch = static_cast<double>(kept.stretch);
  return {{"title", report.variable + " of " + report.population + "."},
          {"variable", report.variable},
          {"unit", report.unit == "1" ? "" : report.unit},
          {"population", population},
          {"neurons", neurons},
          {"start", report.start},
          {"step", report.every * (kept.stretch > 1 ? stretch / 2 : 1)},
          {"frames", kept.points},
          {"values", packed(kept.values)},
          {"spikes", with_spikes ? spikes : Json()},
          {"caption", caption_of(run, report, population, columns.size(), kept, with_spikes)}};
}

}  // namespace

Json traces_section(const Run& run) {
  std::vector<ReportInfo> shown;
  for (const auto& report : run.results.reports())
    if (report.frames > 0 && !report.neurons.empty()) shown.push_back(report);
  if (shown.empty()) return nullptr;
  const auto total = shown.size();
  shown.resize(std::min(total, most_reports));
  Json section{{"reports", Json::array()}};
  for (const auto& report : shown) section["reports"].push_back(trace(run, report, most_values / shown.size()));
  if (shown.size() < total)
    section["notice"] = "The first " + std::to_string(most_reports) + " of " + std::to_string(total) +
                        " recorded traces are shown; all are in the folder reports.";
  return section;
}

}  // namespace spikeloom::io::report
