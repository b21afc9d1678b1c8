/// NumPy's .npy format, versions 1 to 3.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace spikeloom::io {

/// An array in row-major order; `shape` is empty for a single number.
struct NpyArray {
  std::vector<std::size_t> shape;
  std::vector<double> values;
};
NpyArray parse_npy_array(std::string_view bytes, const std::string& name);

/// Samples as rows of features, with their classes.
struct NpySamples {
  std::size_t features = 0;
  std::vector<double> values;  // [sample][feature]
  std::vector<std::int32_t> labels;
};
/// Two .npy files: a matrix [sample][feature] and a column of whole numbers below `classes`. FileError if either is
/// wrong or their lengths differ.
NpySamples read_npy_samples(const std::filesystem::path& samples, const std::filesystem::path& labels,
                            std::uint32_t classes);

/// The numbers of an array in row-major order, whatever order the file has. `name` stands for the file in messages.
/// FileError if it is not .npy, cut short, or holds anything but numbers that a double holds exactly.
std::vector<double> parse_npy(std::string_view bytes, const std::string& name);

}  // namespace spikeloom::io
