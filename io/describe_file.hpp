/// Results and HDF5 files in words, for a terminal.
#pragma once

#include <filesystem>
#include <string>

#include "io/results_file.hpp"

namespace spikeloom::io {

/// What a run was and what it recorded: a page of text.
std::string describe(const ResultsFile& results);

/// The data sets of any HDF5 file with their extents and units, a line each.
std::string describe_hdf5(const std::filesystem::path& file);

}  // namespace spikeloom::io
