/// Tables of populations and records, aligned for reading.
#include "io/describe_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "io/hdf5/reader.hpp"

namespace spikeloom::io {
namespace {

/// 1234567 as "1,234,567".
std::string grouped(std::uint64_t number) {
  auto text = std::to_string(number);
  for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > 0; at -= 3)
    text.insert(static_cast<std::size_t>(at), 1, ',');
  return text;
}

std::string metric(const ResultsFile& results, const std::string& name, int digits) {
  const auto found = results.metrics().find(name);
  return found == results.metrics().end() || std::isnan(found->second) ? "-"
                                                                       : fmt::format("{:.{}f}", found->second, digits);
}

/// At most `length` letters of the first line, control characters replaced.
std::string one_line(const std::string& text, std::size_t length) {
  auto line = text.substr(0, std::min(text.find('\n'), length));
  std::replace_if(
      line.begin(), line.end(), [](unsigned char c) { return c < ' ' || c == 0x7f; }, '?');
  return line;
}

std::string protocol_headline(const ResultsFile& results) {
  const auto& summary = results.summary();
  auto text = fmt::format("{}: {}, protocol {}, module {}\nseed {}", results.name(), summary.state, results.protocol(),
                          results.module(), results.seed());
  if (summary.wall_time_s > 0) text += fmt::format(", {:.3g} s on {} threads", summary.wall_time_s, summary.threads);
  if (summary.simulated_ms > 0) text += fmt::format(", {:g} s of biological time", summary.simulated_ms / 1000);
  if (!summary.state_hash.empty()) text += "\nstate hash " + summary.state_hash;
  return text + "\n";
}

std::string protocol_list(const ResultsFile& results) {
  const auto& data = results.protocol_data();
  const auto unit_text = [](const std::string& unit) { return unit.empty() ? "" : " " + unit; };
  std::string text = "\nmetrics\n";
  std::size_t width = 0;
  for (const auto& metric : data.metrics) width = std::max(width, metric.name.size());
  for (const auto& metric : data.metrics)
    text +=
        fmt::format("  {:<{}}  {:.6g}{}  {}\n", metric.name, width, metric.value, unit_text(metric.unit), metric.doc);
  text += "\nrecorded\n";
  for (const auto& table : data.tables) {
    text += fmt::format("  trials {}: {} rows;", table.name,
                        table.columns.empty() ? 0 : table.columns.front().values.size());
    for (const auto& column : table.columns) text += " " + column.name;
    text += "\n";
  }
  for (const auto& array : data.arrays)
    text += fmt::format("  array {}: [{}]{}  {}\n", array.name, fmt::join(array.shape, " x "), unit_text(array.unit),
                        array.doc);
  return text + fmt::format("  {} pictures, {} state hashes\n", data.pictures.size(), data.states.size());
}

std::string headline(const ResultsFile& results) {
  const auto& summary = results.summary();
  auto text = fmt::format("{}: {}, {:g} ms simulated", results.name(), summary.state, results.duration());
  if (summary.wall_time_s > 0)
    text += fmt::format(" in {:.3g} s (real-time factor {:.3g}, {} threads)", summary.wall_time_s,
                        summary.real_time_factor, summary.threads);
  text +=
      fmt::format("\nresolution {:g} ms, timing {}, seed {}", results.resolution(), results.timing(), results.seed());
  if (summary.synapses > 0)
    text += fmt::format("\n{} synapses, {} synaptic events, {} spikes, {:.0f} MiB", grouped(summary.synapses),
                        grouped(summary.synaptic_events), grouped(summary.spikes),
                        static_cast<double>(summary.peak_memory_bytes) / (1 << 20));
  if (!summary.state_hash.empty()) text += "\nstate hash " + summary.state_hash;
  return text + "\n";
}

std::string population_table(const ResultsFile& results) {
  std::size_t name_width = 10, model_width = 5;
  for (const auto& population : results.populations()) {
    name_width = std::max(name_width, population.name.size());
    model_width = std::max(model_width, population.model.size());
  }
  auto text =
      fmt::format("\n{:<{}}  {:<{}}  {:>9}  {:>13}  {:>8}  {:>6}  {:>11}  {:>7}  {:>6}\n", "population", name_width,
                  "model", model_width, "neurons", "spikes", "rate/Hz", "CV ISI", "correlation", "Fano", "silent");
  for (std::size_t i = 0; i < results.populations().size(); ++i) {
    const auto& [name, model, size] = results.populations()[i];
    text += fmt::format("{:<{}}  {:<{}}  {:>9}  {:>13}  {:>8}  {:>6}  {:>11}  {:>7}  {:>6}\n", name, name_width, model,
                        model_width, size == 0 ? "-" : grouped(size),
                        size == 0 ? "-" : grouped(results.spike_totals()[i]), metric(results, "rate_" + name, 3),
                        metric(results, "cv_isi_" + name, 3), metric(results, "correlation_" + name, 5),
                        metric(results, "fano_" + name, 2), metric(results, "silent_" + name, 3));
  }
  return text;
}

std::string record_list(const ResultsFile& results) {
  std::string text;
  for (const auto& population : results.spike_populations())
    text += fmt::format("  spikes of {}: {}\n", population, grouped(results.spike_count(population)));
  for (const auto& report : results.reports())
    text += fmt::format("  trace {}: {} [{}] of {} neurons of {}, {} frames every {:g} ms\n", report.name,
                        report.variable, report.unit, grouped(report.neurons.size()), report.population,
                        grouped(report.frames), report.every);
  for (const auto& rate : results.rates())
    text += fmt::format("  rate of {}: {} bins of {:g} ms\n", rate.population, grouped(rate.values.size()), rate.bin);
  for (const auto& modulator : results.modulators())
    text += fmt::format("  modulator {}: {} samples every {:g} ms\n", modulator.name, grouped(modulator.samples),
                        modulator.every);
  for (const auto& table : results.weight_tables())
    text +=
        fmt::format("  weights of {} at {:g} ms: {} synapses\n", table.projection, table.time, grouped(table.synapses));
  if (const auto hashes = results.hashes(); !hashes.empty())
    text += fmt::format("  state hashes: {}, the last at step {}\n", grouped(hashes.size()), hashes.back().step);
  return text.empty() ? "\nnothing was recorded\n" : "\nrecorded\n" + text;
}

std::string provenance_list(const ResultsFile& results) {
  std::string text = "\nprovenance\n";
  for (const auto& [name, value] : results.provenance())
    text += name == "experiment" ? fmt::format("  experiment: {} lines of YAML in /provenance/experiment\n",
                                               std::count(value.begin(), value.end(), '\n'))
                                 : fmt::format("  {}: {}\n", name, one_line(value, 200));
  return text;
}

}  // namespace

std::string describe(const ResultsFile& results) {
  if (!results.protocol().empty())
    return protocol_headline(results) + protocol_list(results) + provenance_list(results);
  return headline(results) + population_table(results) + record_list(results) + provenance_list(results);
}

std::string describe_hdf5(const std::filesystem::path& path) {
  const auto file = hdf5::Reader::open(path);
  std::string text = path.string() + "\n";
  for (const auto& dataset : file.datasets_below("/")) {
    std::string extent;
    for (const auto length : file.extent(dataset)) extent += (extent.empty() ? "" : " x ") + grouped(length);
    const auto unit = file.text_attribute(dataset, "units");
    text += fmt::format("  /{}  [{}]{}\n", one_line(dataset, 500), extent.empty() ? "1" : extent,
                        unit ? " " + one_line(*unit, 40) : "");
  }
  return text;
}

}  // namespace spikeloom::io
