/// Arrays, spikes and synapses from HDF5 files of any origin, parsed in this very process: the readers call these in a
/// child, fuzzers directly.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "io/edge_file.hpp"
#include "io/spike_file.hpp"

namespace spikeloom::io {

/// .h5, .hdf5 and .sonata.
bool is_hdf5_ending(const std::filesystem::path& file);

std::vector<double> parse_hdf5_array(const std::filesystem::path& file, const std::string& dataset);
SpikeList parse_hdf5_spikes(const std::filesystem::path& file, const std::string& population);
EdgeTable parse_hdf5_edges(const std::filesystem::path& file, const std::string& population, const EdgeBounds& bounds);

/// Sorts by (time, neuron); true if anything moved.
bool sort_spikes(SpikeList& spikes);

}  // namespace spikeloom::io
