/// Synapses as text, and the way to the HDF5 parser.
#include "io/edge_file.hpp"

#include <fmt/format.h>

#include <cmath>

#include "core/errors.hpp"
#include "io/foreign_hdf5.hpp"
#include "io/isolation.hpp"
#include "io/run_file.hpp"
#include "io/text_table.hpp"

namespace spikeloom::io {
namespace {

constexpr const char* text_remedy =
    "the first line names the columns, `source,target` and optionally `weight` and `delay` (ms); ids count from 0";

struct Columns {
  int source, target, weight, delay;
};

Columns columns_of(const TextTable& table, FileProblems& problems) {
  const Columns columns{table.column({"source", "source_id", "pre"}), table.column({"target", "target_id", "post"}),
                        table.column({"weight", "syn_weight"}), table.column({"delay"})};
  if (table.columns.empty())
    problems.add("1", "does not name the columns");
  else if (columns.source < 0)
    problems.add("", "none of its columns is called `source`");
  else if (columns.target < 0)
    problems.add("", "none of its columns is called `target`");
  return columns;
}

std::uint32_t id_of(double value, std::uint64_t bound, const char* what, const std::string& line,
                    FileProblems& problems) {
  if (value >= 0 && value == std::floor(value) && value < static_cast<double>(bound))
    return static_cast<std::uint32_t>(value);
  problems.add(line, value >= 0 && value == std::floor(value)
                         ? fmt::format("{} {} is not below {}, the size of the population", what, value, bound)
                         : fmt::format("{} {} is not an id", what, value));
  return 0;
}

EdgeTable read_text_edges(const std::filesystem::path& file, const EdgeBounds& bounds) {
  FileProblems problems(file);
  const auto table = parse_text_table(read_text_file(file), false, problems);
  problems.raise(text_remedy);
  const auto columns = columns_of(table, problems);
  problems.raise(text_remedy);
  EdgeTable edges;
  auto& synapses = edges.synapses;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const auto line = std::to_string(table.lines[row]);
    const auto cell = [&](int column) { return table.values[row * table.width + static_cast<std::size_t>(column)]; };
    synapses.sources.push_back(id_of(cell(columns.source), bounds.sources, "source", line, problems));
    synapses.targets.push_back(id_of(cell(columns.target), bounds.targets, "target", line, problems));
    if (columns.weight >= 0) synapses.weights.push_back(cell(columns.weight));
    if (columns.delay < 0) continue;
    synapses.delays.push_back(cell(columns.delay));
    if (cell(columns.delay) <= 0) problems.add(line, fmt::format("delay {} ms is not positive", cell(columns.delay)));
  }
  problems.raise(text_remedy);
  return edges;
}

}  // namespace

EdgeTable read_edges(const std::filesystem::path& file, const std::string& population, const EdgeBounds& bounds) {
  if (!is_hdf5_ending(file)) return read_text_edges(file, bounds);
  require_written(file);
  auto parcel = parse_isolated(file, [&] {
    const auto edges = parse_hdf5_edges(file, population, bounds);
    Parcel answer;
    answer.put(edges.synapses.sources);
    answer.put(edges.synapses.targets);
    answer.put(edges.synapses.weights);
    answer.put(edges.synapses.delays);
    answer.put(edges.from);
    answer.put(edges.to);
    answer.put(edges.warnings);
    return answer;
  });
  EdgeTable edges;
  parcel.take(edges.synapses.sources);
  parcel.take(edges.synapses.targets);
  parcel.take(edges.synapses.weights);
  parcel.take(edges.synapses.delays);
  parcel.take(edges.from);
  parcel.take(edges.to);
  parcel.take(edges.warnings);
  return edges;
}

}  // namespace spikeloom::io
