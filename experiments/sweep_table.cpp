/// Reads every run's run.json, writes the table and its pictures.
#include "experiments/sweep_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "core/errors.hpp"
#include "io/durable_file.hpp"
#include "io/report.hpp"
#include "io/results.hpp"
#include "io/run_file.hpp"
#include "io/units.hpp"

namespace spikeloom::experiments {
namespace {

constexpr std::size_t most_pictures = 12, most_lines = 8;
constexpr double nothing = std::numeric_limits<double>::quiet_NaN();

/// A parameter of the sweep over all runs.
struct Parameter {
  std::string path, column, unit;
  std::vector<std::string> texts;    // as given, by run
  std::vector<double> values;        // in `unit`; if not all are numbers of one dimension, the number of the text
  std::vector<std::string> choices;  // then: the texts
};

/// Fit for the name of a dataset.
std::string column_name(const std::string& path, std::set<std::string>& taken) {
  std::string name;
  for (const char letter : path) name += std::isalnum(static_cast<unsigned char>(letter)) ? letter : '_';
  while (!taken.insert(name).second) name += '_';
  return name;
}

bool read_numbers(Parameter& parameter) {
  std::vector<double> values;
  std::string unit;
  for (const auto& text : parameter.texts) {
    const auto split = io::split_quantity(text);
    if (!std::holds_alternative<io::RawQuantity>(split)) return false;
    if (values.empty()) unit = std::get<io::RawQuantity>(split).unit;
    const auto value = io::parse_quantity(text, unit);
    if (!std::holds_alternative<double>(value)) return false;
    values.push_back(std::get<double>(value));
  }
  parameter.values = std::move(values), parameter.unit = unit;
  return true;
}

void number_texts(Parameter& parameter) {
  for (const auto& text : parameter.texts) {
    const auto found = std::find(parameter.choices.begin(), parameter.choices.end(), text);
    parameter.values.push_back(static_cast<double>(found - parameter.choices.begin()));
    if (found == parameter.choices.end()) parameter.choices.push_back(text);
  }
}

std::vector<Parameter> parameters_of(const Sweep& sweep, std::set<std::string>& taken) {
  std::vector<Parameter> parameters;
  for (std::size_t index = 0; index < sweep.size(); ++index)
    for (auto& assignment : sweep.run(index)) {
      const auto& path = assignment.first;
      auto found = std::find_if(parameters.begin(), parameters.end(), [&](const auto& p) { return p.path == path; });
      if (found == parameters.end())
        found = parameters.insert(parameters.end(), {path, column_name(path, taken), "", {}, {}, {}});
      found->texts.resize(index);  // a list may leave it out
      found->texts.push_back(std::move(assignment.second));
    }
  for (auto& parameter : parameters) {
    parameter.texts.resize(sweep.size());
    if (!read_numbers(parameter)) number_texts(parameter);
  }
  return parameters;
}

std::vector<std::string> metrics_of(const std::vector<SweepOutcome>& outcomes) {
  std::set<std::string> names;
  for (const auto& outcome : outcomes)
    for (const auto& [name, value] : outcome.metrics) names.insert(name);
  return {names.begin(), names.end()};
}

double metric_or_nothing(const SweepOutcome& outcome, const std::string& name) {
  const auto found = outcome.metrics.find(name);
  return outcome.state == "done" && found != outcome.metrics.end() ? found->second : nothing;
}

std::string quoted(const std::string& text) {
  if (text.find_first_of(",\"\n") == std::string::npos) return text;
  std::string out;
  for (const char letter : text) out.append(letter == '"' ? 2 : 1, letter);
  return fmt::format("\"{}\"", out);
}

std::string csv_of(const std::vector<Parameter>& parameters, const std::vector<std::string>& metrics,
                   const std::vector<SweepOutcome>& outcomes) {
  std::string text = "run,state";
  for (const auto& parameter : parameters) text += fmt::format(",{}", quoted(parameter.path));
  for (const auto& metric : metrics) text += fmt::format(",{}", quoted(metric));
  text += ",wall_time_s\n";
  for (const auto& outcome : outcomes) {
    text += fmt::format("{},{}", outcome.index, outcome.state);
    for (const auto& parameter : parameters) text += fmt::format(",{}", quoted(parameter.texts[outcome.index]));
    for (const auto& metric : metrics) {
      const double value = metric_or_nothing(outcome, metric);
      text += std::isnan(value) ? "," : fmt::format(",{}", value);
    }
    text += fmt::format(",{}\n", outcome.wall_time_s);
  }
  return text;
}

TrialTable table_of(const std::vector<Parameter>& parameters, const std::vector<std::string>& metrics,
                    const std::vector<std::string>& metric_columns, const std::vector<SweepOutcome>& outcomes) {
  TrialTable table{"sweep", "the runs of a sweep: parameters, then metrics (not a number where a run is not done)"};
  TrialColumn runs{"run", "", "number of the run, as in points/"}, done{"done", "", "1: its results are whole"},
      times{"wall_time_s", "s", "time of the run"};
  for (const auto& outcome : outcomes) {
    runs.values.push_back(static_cast<double>(outcome.index));
    done.values.push_back(outcome.state == "done" ? 1 : 0);
    times.values.push_back(outcome.wall_time_s);
  }
  table.columns = {std::move(runs), std::move(done)};
  for (const auto& parameter : parameters) {
    std::string doc = parameter.path;
    for (std::size_t k = 0; k < std::min<std::size_t>(parameter.choices.size(), 32); ++k)
      doc += fmt::format("{} {}: {}", k == 0 ? ";" : ",", k, parameter.choices[k]);
    table.columns.push_back({parameter.column, parameter.unit, doc, parameter.values});
  }
  for (std::size_t k = 0; k < metrics.size(); ++k) {
    TrialColumn column{metric_columns[k], "", "metric " + metrics[k]};
    for (const auto& outcome : outcomes) column.values.push_back(metric_or_nothing(outcome, metrics[k]));
    table.columns.push_back(std::move(column));
  }
  table.columns.push_back(std::move(times));
  return table;
}

/// Draws metrics against parameters.
class Pictures {
 public:
  Pictures(const Sweep& sweep, const std::vector<Parameter>& parameters, const std::vector<SweepOutcome>& outcomes,
           io::Results& results)
      : sweep_(sweep), outcomes_(outcomes), results_(results) {
    for (const auto& parameter : parameters) {
      const bool varies = std::any_of(parameter.values.begin(), parameter.values.end(),
                                      [&](double value) { return value != parameter.values.front(); });
      const bool averaged_over = sweep.has_seeds() && parameter.path == "experiment.seed";
      if (varies && !averaged_over) varying_.push_back(&parameter);
    }
    std::stable_partition(varying_.begin(), varying_.end(), [](const auto* p) { return p->choices.empty(); });
  }

  void draw(const std::string& metric, const std::string& column) {
    if (varying_.empty() || drawn_ >= most_pictures) return;
    if (sweep_.spec().kind == SweepSpec::Kind::grid)
      curves(metric, column);
    else
      for (const auto* parameter : varying_) points(metric, column, *parameter);
  }

 private:
  PictureAxis axis_of(const Parameter& parameter) const { return {parameter.path, parameter.unit}; }

  void points(const std::string& metric, const std::string& column, const Parameter& parameter) {
    if (drawn_++ >= most_pictures) return;
    Picture picture{.name = column + "_" + parameter.column,
                    .title = metric + ".",
                    .caption = "One point per run.",
                    .x = axis_of(parameter),
                    .y = {metric}};
    picture.series = {{metric, {"trials/sweep/" + parameter.column}, {"trials/sweep/" + column}, Mark::points}};
    results_.add(std::move(picture));
  }

  /// Values of all varying parameters but the first: what a line stands for.
  std::vector<double> line_of(std::size_t run) const {
    std::vector<double> key;
    for (std::size_t k = 1; k < varying_.size(); ++k) key.push_back(varying_[k]->values[run]);
    return key;
  }
  std::string label_of(std::size_t run, const std::string& metric) const {
    std::string label;
    for (std::size_t k = 1; k < varying_.size(); ++k) {
      const auto& path = varying_[k]->path;
      label +=
          fmt::format("{}{} {}", label.empty() ? "" : ", ", path.substr(path.rfind('.') + 1), varying_[k]->texts[run]);
    }
    return label.empty() ? metric : label;
  }

  /// The first parameter along x, a line per combination of the others, means over seeds.
  void curves(const std::string& metric, const std::string& column) {
    ++drawn_;
    const auto& along = *varying_.front();
    auto x = along.values;
    std::sort(x.begin(), x.end());
    x.erase(std::unique(x.begin(), x.end()), x.end());
    std::vector<std::vector<double>> keys;
    std::vector<std::string> labels;
    std::vector<std::vector<double>> sums, counts;
    for (const auto& outcome : outcomes_) {
      const auto key = line_of(outcome.index);
      const auto line = static_cast<std::size_t>(std::find(keys.begin(), keys.end(), key) - keys.begin());
      if (line == keys.size()) {
        keys.push_back(key), labels.push_back(label_of(outcome.index, metric));
        sums.emplace_back(x.size()), counts.emplace_back(x.size());
      }
      const double value = metric_or_nothing(outcome, metric);
      if (std::isnan(value)) continue;
      const auto at = std::lower_bound(x.begin(), x.end(), along.values[outcome.index]) - x.begin();
      sums[line][static_cast<std::size_t>(at)] += value, counts[line][static_cast<std::size_t>(at)] += 1;
    }
    NamedArray lines{column + "_lines",       "", "mean of " + metric + " per value and line", {"line", along.path},
                     {keys.size(), x.size()}, {}};
    for (std::size_t line = 0; line < keys.size(); ++line)
      for (std::size_t i = 0; i < x.size(); ++i)
        lines.values.push_back(counts[line][i] > 0 ? sums[line][i] / counts[line][i] : nothing);
    if (std::exchange(has_x_, true) == false)
      results_.add(NamedArray{"x", along.unit, "values of " + along.path, {along.path}, {x.size()}, x});
    Picture picture{.name = column,
                    .title = metric + ".",
                    .caption = sweep_.has_seeds() ? "Means over seeds." : "One run per point.",
                    .x = axis_of(along),
                    .y = {metric}};
    for (std::size_t line = 0; line < std::min(keys.size(), most_lines); ++line)
      picture.series.push_back({labels[line], {"arrays/x"}, {"arrays/" + lines.name, line}});
    if (keys.size() > most_lines) picture.caption += fmt::format(" The first {} of {} lines.", most_lines, keys.size());
    results_.add(std::move(lines));
    results_.add(std::move(picture));
  }

  const Sweep& sweep_;
  const std::vector<SweepOutcome>& outcomes_;
  io::Results& results_;
  std::vector<const Parameter*> varying_;
  std::size_t drawn_ = 0;
  bool has_x_ = false;
};

}  // namespace

std::filesystem::path directory_of_run(const std::filesystem::path& sweep_directory, std::size_t index) {
  return sweep_directory / "points" / fmt::format("{:04}", index);
}

SweepOutcome outcome_of(const std::filesystem::path& sweep_directory, std::size_t index) {
  const auto directory = directory_of_run(sweep_directory, index);
  std::error_code unknown;
  if (std::filesystem::exists(directory / "run.json", unknown)) {
    try {
      const auto summary = io::read_run_file(directory);
      return {index, summary.state, summary.metrics, summary.wall_time_s, summary.threads};
    } catch (const FileError&) {
      return {index, "failed"};
    }
  }
  return {index, std::filesystem::exists(directory, unknown) ? "failed" : "missing"};
}

std::vector<SweepOutcome> collect_sweep(const ExperimentSpec& experiment, const Sweep& sweep,
                                        const std::filesystem::path& sweep_directory) {
  std::vector<SweepOutcome> outcomes;
  for (std::size_t index = 0; index < sweep.size(); ++index) outcomes.push_back(outcome_of(sweep_directory, index));
  std::set<std::string> taken{"run", "done", "wall_time_s"};
  const auto parameters = parameters_of(sweep, taken);
  const auto metrics = metrics_of(outcomes);
  std::vector<std::string> columns;
  for (const auto& metric : metrics) columns.push_back(column_name(metric, taken));
  io::write_durably(sweep_directory / "sweep.csv", csv_of(parameters, metrics, outcomes));

  ExperimentSpec summary_of;
  summary_of.name = experiment.name + "_sweep";
  summary_of.seed = experiment.seed;
  summary_of.source_text = experiment.source_text;
  // Reads and looks like the results of a protocol: tables, metrics, pictures.
  summary_of.protocol = ModuleUse{"sweep", {}};
  summary_of.module = ModuleUse{experiment.module ? experiment.module->name : "network", {}};
  io::Results results(sweep_directory / "summary", summary_of, {}, true);
  results.add(table_of(parameters, metrics, columns, outcomes));
  const auto done = std::count_if(outcomes.begin(), outcomes.end(), [](const auto& o) { return o.state == "done"; });
  results.add(Metric{"runs", static_cast<double>(outcomes.size()), "", "runs of the sweep", true});
  results.add(Metric{"runs_done", static_cast<double>(done), "", "runs whose results are whole", true});
  Pictures pictures(sweep, parameters, outcomes, results);
  for (std::size_t k = 0; k < metrics.size(); ++k) pictures.draw(metrics[k], columns[k]);
  io::RunSummary summary;
  summary.state = "done";
  for (const auto& outcome : outcomes) {
    summary.wall_time_s += outcome.wall_time_s;
    summary.threads = std::max(summary.threads, outcome.threads);
  }
  results.finish(summary);
  io::write_report(sweep_directory / "summary", sweep_directory / "summary" / "report.html");
  return outcomes;
}

}  // namespace spikeloom::experiments
