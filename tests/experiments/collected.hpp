/// A protocol run in memory: everything that it says, by name.
#pragma once

#include <map>
#include <stdexcept>
#include <string>

#include "io/experiment_file.hpp"
#include "networks/protocol.hpp"

namespace spikeloom::tests {

struct Collected final : ProtocolOutput {
  void add(ProtocolItem&& item) override {
    if (auto* metric = std::get_if<Metric>(&item)) metrics[metric->name] = metric->value;
    if (auto* state = std::get_if<NamedHash>(&item)) states[state->name] = state->hash;
    if (auto* table = std::get_if<TrialTable>(&item))
      for (auto& column : table->columns) columns[table->name + "/" + column.name] = column.values;
    if (auto* array = std::get_if<NamedArray>(&item)) arrays[array->name] = *array;
    if (auto* picture = std::get_if<Picture>(&item)) pictures[picture->name] = *picture;
  }
  /// The bits of everything that can differ: equal for equal runs.
  bool operator==(const Collected& other) const {
    const auto same_arrays = [&] {
      for (const auto& [name, array] : arrays)
        if (!other.arrays.contains(name) || other.arrays.at(name).values != array.values) return false;
      return true;
    };
    return metrics == other.metrics && states == other.states && columns == other.columns &&
           arrays.size() == other.arrays.size() && same_arrays();
  }

  double metric(const std::string& name) const {
    const auto found = metrics.find(name);
    if (found == metrics.end()) throw std::out_of_range("no metric " + name);
    return found->second;
  }

  std::map<std::string, double> metrics;
  std::map<std::string, std::uint64_t> states;
  std::map<std::string, std::vector<double>> columns;
  std::map<std::string, NamedArray> arrays;
  std::map<std::string, Picture> pictures;
};

/// Runs an experiment given as YAML.
inline Collected run_protocol_text(const std::string& yaml, int threads = 1) {
  const auto experiment = io::parse_experiment(yaml, "test.yaml");
  Collected collected;
  find_protocol(experiment.protocol->name)
      ->run({experiment, threads, collected, [](std::uint64_t, std::uint64_t, const std::string&) { return true; }});
  return collected;
}

}  // namespace spikeloom::tests
