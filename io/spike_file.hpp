/// Spike lists from a file, for `spike_list` sources: text and SONATA.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace spikeloom::io {

/// Spikes of one population, sorted by (time, neuron).
struct SpikeList {
  std::vector<double> times;           // ms, finite, not negative
  std::vector<std::uint32_t> neurons;  // population-local, from 0
  std::vector<std::string> warnings;   // what was unusual but could be read ("not sorted as declared")
};

/// Reads "time id" lines ([ms]; separated by white space or a comma; '#' starts a comment; a line of column names may
/// name `time`/`times`/`timestamps` and `id`/`neuron`/`sender`/`node_id` in any order) or a SONATA spikes file (.h5,
/// .hdf5, .sonata) of any published variant. `population` may be empty if the file holds one population only.
/// Throws FileError with every problem found.
SpikeList read_spikes(const std::filesystem::path& file, const std::string& population = "");

}  // namespace spikeloom::io
