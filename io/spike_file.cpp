/// Spike lists as text, and the way to the SONATA parser.
#include "io/spike_file.hpp"

#include <fmt/format.h>

#include <cmath>

#include "core/errors.hpp"
#include "io/foreign_hdf5.hpp"
#include "io/isolation.hpp"
#include "io/run_file.hpp"
#include "io/text_table.hpp"

namespace spikeloom::io {
namespace {

constexpr const char* text_remedy = "one spike per line: time in ms and neuron id from 0, such as `12.5 3`";

/// Columns of time and id: by their names, else the first and the second.
std::pair<std::size_t, std::size_t> columns_of(const TextTable& table, FileProblems& problems) {
  if (table.columns.empty()) return {0, 1};
  const int time = table.column({"time", "times", "timestamps", "time_ms"});
  const int id = table.column({"id", "ids", "neuron", "neurons", "sender", "senders", "node_id", "node_ids"});
  if (time < 0) problems.add("", "none of its columns is called `time`");
  if (id < 0) problems.add("", "none of its columns is called `id`");
  return {static_cast<std::size_t>(std::max(time, 0)), static_cast<std::size_t>(std::max(id, 0))};
}

SpikeList read_text_spikes(const std::filesystem::path& file) {
  FileProblems problems(file);
  const auto table = parse_text_table(read_text_file(file), false, problems);
  if (table.columns.empty() && table.rows() > 0 && table.width != 2)
    problems.add("", fmt::format("has {} columns where 2 are due", table.width));
  problems.raise(text_remedy);
  const auto [time_column, id_column] = columns_of(table, problems);
  problems.raise(text_remedy);
  SpikeList spikes;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const double time = table.values[row * table.width + time_column], id = table.values[row * table.width + id_column];
    const auto line = std::to_string(table.lines[row]);
    if (time < 0) problems.add(line, fmt::format("time {} ms is negative", time));
    const bool is_id = id >= 0 && id <= std::numeric_limits<std::uint32_t>::max() && id == std::floor(id);
    if (!is_id) problems.add(line, fmt::format("{} is not a neuron id", id));
    spikes.times.push_back(time);
    spikes.neurons.push_back(is_id ? static_cast<std::uint32_t>(id) : 0);
  }
  problems.raise(text_remedy);
  sort_spikes(spikes);
  return spikes;
}

}  // namespace

SpikeList read_spikes(const std::filesystem::path& file, const std::string& population) {
  if (!is_hdf5_ending(file)) {
    if (!population.empty())
      throw FileError(file.string() + ": a text file has no populations\n    leave the population out");
    return read_text_spikes(file);
  }
  require_written(file);
  auto parcel = parse_isolated(file, [&] {
    const auto spikes = parse_hdf5_spikes(file, population);
    Parcel answer;
    answer.put(spikes.times);
    answer.put(spikes.neurons);
    answer.put(spikes.warnings);
    return answer;
  });
  SpikeList spikes;
  parcel.take(spikes.times);
  parcel.take(spikes.neurons);
  parcel.take(spikes.warnings);
  return spikes;
}

}  // namespace spikeloom::io
