/// What is known about a run before its first step: populations, what is recorded, where it comes from.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/recorder.hpp"
#include "io/hdf5/reader.hpp"
#include "io/hdf5/writer.hpp"
#include "io/results_file.hpp"
#include "networks/spec.hpp"

namespace spikeloom::io {

/// A state trace to be written: the probe, and its words from the catalogue.
struct TraceHeader {
  std::string name, variable, unit;
  PopulationId population = 0;
  std::vector<std::uint64_t> neurons;
  Step every = 1;
};

struct RateHeader {
  std::string group;  // name below /rates
  PopulationId population = 0;
  Step bin = 1;  // steps
};

struct ModulatorHeader {
  std::string name;
  std::size_t modulator = 0;  // index into the network's modulators
  Step every = 1;             // steps
};

struct RunHeader {
  std::string name, timing;
  std::string module = {}, protocol = {};  // "": none
  double resolution = 0.1;                 // ms
  std::uint64_t seed = 0;
  std::vector<PopulationInfo> populations = {};
  std::vector<NeuronId> first_ids = {0};           // of every population, and the total at the end
  std::vector<std::uint8_t> spikes_recorded = {};  // per population
  std::vector<TraceHeader> traces = {};
  std::vector<RateHeader> rates = {};
  std::vector<ModulatorHeader> modulators = {};
  std::map<std::string, std::string> provenance = {};
  std::string fingerprint = {};  // of the whole experiment: what is gone on with must have the same

  PopulationId population_of(NeuronId neuron) const;
};

/// Words and units come from the catalogue of models. SpecError if a record does not fit the network, or a name could
/// not be that of an HDF5 group and a file.
RunHeader make_header(const ExperimentSpec& experiment, const std::vector<Probe>& probes);

/// /simulation and /populations, as they stand in results.h5 too.
void write_simulation(hdf5::Writer& file, const RunHeader& header);
/// Everything, for the segments directory.
void write_header(hdf5::Writer& file, const RunHeader& header);
RunHeader read_header(const hdf5::Reader& file);

/// Texts that may differ between equal runs. Written last: the bytes before them do not depend on them.
void write_provenance(hdf5::Writer& file, const std::map<std::string, std::string>& provenance);
std::map<std::string, std::string> read_provenance(const hdf5::Reader& file);

}  // namespace spikeloom::io
