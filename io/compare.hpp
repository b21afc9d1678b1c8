/// Where two runs part: the first step, population and variable whose bits differ, then everything recorded.
#pragma once

#include <string>
#include <vector>

#include "io/results_file.hpp"

namespace spikeloom::io {

/// Differences in words, the most telling first; empty if all but provenance, wall times, memory and number of threads
/// is equal, bit for bit.
std::vector<std::string> compare(const ResultsFile& a, const ResultsFile& b);

}  // namespace spikeloom::io
