/// Numbers from a file: NumPy, text and HDF5 arrays.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace spikeloom::io {

/// All numbers of an array, row-major if it has several dimensions. The kind follows from the ending:
///   .npy         format 1 to 3, integers, floats and booleans of either byte order
///   .csv, .txt   numbers separated by commas, semicolons or white space; '#' starts a comment. With a line of column
///                names, `dataset` chooses a column; without one, every number is taken
///   .h5, .hdf5   `dataset` is the path inside the file; may be empty if the file holds a single dataset
/// Throws FileError (file, dataset or line, what, remedy) if anything is missing, damaged, not a number or not finite.
std::vector<double> read_array(const std::filesystem::path& file, const std::string& dataset = "");

}  // namespace spikeloom::io
