/// Reads a results directory: what `report`, `info` and `diff` see of a run.
#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "io/protocol_data.hpp"
#include "io/results.hpp"

namespace spikeloom::io {

/// One line of /populations; its index is the PopulationId. `size` 0: a source without neurons of its own.
struct PopulationInfo {
  std::string name, model;
  std::uint64_t size = 0;
};

/// Spikes of one population, sorted by (time, neuron). Ids count from 0 inside the population.
struct PopulationSpikes {
  std::vector<double> times;  // ms
  std::vector<std::uint64_t> neurons;
};

/// A state trace: frame k is at `start + k * every` (the decimal values, for example exactly 0.3).
struct ReportInfo {
  std::string name, population, variable, unit;
  std::vector<std::uint64_t> neurons;  // population-local, ascending; the columns
  double start = 0, every = 0;         // ms
  std::uint64_t frames = 0;
};

/// Mean firing rate of a population in bins (k * bin, (k + 1) * bin]; the last bin may be cut short by the end.
struct RateSeries {
  std::string population;
  double bin = 0;              // ms
  std::vector<double> values;  // Hz
};

/// A recorded modulator: sample k is at k * every.
struct ModulatorInfo {
  std::string name;
  double every = 0;  // ms
  std::uint64_t samples = 0;
};

/// Levels at the end of a step, and how often the modulator had been raised by then.
struct ModulatorSamples {
  std::vector<double> values;
  std::vector<std::uint64_t> raises;
};

/// Weights of one projection at one time; `synapses` of them.
struct WeightInfo {
  std::string projection, from, to, unit;
  double time = 0;  // ms
  std::uint64_t synapses = 0;
};

/// One state hash; rows are in order of (step, population, declaration of the variable).
struct HashRow {
  std::int64_t step = 0;
  std::uint32_t population = 0;
  std::string variable;
  std::uint64_t hash = 0;
};

/// A results directory that is whole: `state` done, stopped or killed-and-merged. Small things are read at once,
/// spikes and traces when asked for. Every problem is a FileError that names file and dataset.
class ResultsFile {
 public:
  /// `path` is the directory, or its results.h5. A directory that only holds segments of a killed run is refused with
  /// the remedy (`spikeloom merge DIR`); so is one whose files do not have the bytes that run.json speaks of.
  explicit ResultsFile(const std::filesystem::path& path);
  ~ResultsFile();
  ResultsFile(ResultsFile&&) noexcept;

  const std::filesystem::path& directory() const;
  /// What run.json says; a default summary with state "unknown" if there is no run.json beside results.h5.
  const RunSummary& summary() const;
  /// Name of the experiment, "grid" or "exact".
  const std::string& name() const;
  const std::string& timing() const;
  double resolution() const;  // ms
  double duration() const;    // ms that were simulated
  std::uint64_t seed() const;
  const std::vector<PopulationInfo>& populations() const;
  /// Spikes of every population, recorded or not, in order of /populations.
  const std::vector<std::uint64_t>& spike_totals() const;
  const std::map<std::string, double>& metrics() const;
  /// "experiment" (the resolved YAML), "version", "compiler", "host", "date", "command_line", "threads", ...
  const std::map<std::string, std::string>& provenance() const;

  /// Populations whose spikes were recorded, in order of /populations.
  std::vector<std::string> spike_populations() const;
  std::uint64_t spike_count(const std::string& population) const;
  /// Spikes with begin < time <= end.
  PopulationSpikes spikes(const std::string& population, double begin = -std::numeric_limits<double>::infinity(),
                          double end = std::numeric_limits<double>::infinity()) const;
  /// Spikes [first, first + count) of the sorted list: to stream through more than memory holds.
  PopulationSpikes spike_block(const std::string& population, std::uint64_t first, std::uint64_t count) const;

  const std::vector<ReportInfo>& reports() const;
  /// Frames [first, first + count) of all neurons, row-major [frame][neuron].
  std::vector<float> frames(const ReportInfo& report, std::uint64_t first, std::uint64_t count) const;

  /// "" where there is none.
  const std::string& module() const;
  const std::string& protocol() const;
  /// What a protocol left behind; empty without one.
  const ProtocolData& protocol_data() const;

  std::vector<RateSeries> rates() const;
  std::vector<ModulatorInfo> modulators() const;
  /// Samples [first, first + count).
  ModulatorSamples modulator_samples(const ModulatorInfo& info, std::uint64_t first, std::uint64_t count) const;
  std::vector<WeightInfo> weight_tables() const;
  WeightTable weights(const WeightInfo& info) const;
  std::vector<HashRow> hashes() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace spikeloom::io
