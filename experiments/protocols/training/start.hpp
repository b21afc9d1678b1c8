/// Where a training starts from instead of random weights: the arrays that another one left in its results.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "networks/protocol_output.hpp"
#include "networks/spec.hpp"

namespace spikeloom::experiments {

/// Of a protocol's parameter `start_from`, a text.
inline constexpr const char* start_from_doc =
    "results of another training of the module, whose arrays are the initial ones: path, or name below results/";

/// What `start_from` names: a results directory or its results.h5, by its path, or by its name below results/.
/// FileError if there is neither.
std::filesystem::path find_start(const std::string& start_from);

/// The arrays of a training of `module` (its first seed). FileError if the results are missing or damaged, SpecError if
/// they are of another module.
std::vector<NamedArray> read_start(const std::string& start_from, const std::string& module);

/// To be called before results are begun in the directory `out`: what the experiment's protocol starts from, if
/// anything, is there, is of its module, and is not about to be overwritten.
void require_start(const ExperimentSpec& experiment, const std::string& out);

}  // namespace spikeloom::experiments
