/// NumPy's .npy format, versions 1 to 3.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace spikeloom::io {

/// The numbers of an array in row-major order, whatever order the file has. `name` stands for the file in messages.
/// FileError if it is not .npy, cut short, or holds anything but numbers that a double holds exactly.
std::vector<double> parse_npy(std::string_view bytes, const std::string& name);

}  // namespace spikeloom::io
