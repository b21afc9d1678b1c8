/// run.json: what a run was, in a dozen numbers.
#pragma once

#include <filesystem>
#include <string>

#include "io/results.hpp"

namespace spikeloom::io {

/// Replaces DIR/run.json as a whole. `experiment` is the experiment's name. A metric that is not a number is null.
void write_run_file(const std::filesystem::path& directory, const std::string& experiment, const RunSummary& summary);

/// Reads DIR/run.json; FileError if it is missing or not what we write.
RunSummary read_run_file(const std::filesystem::path& directory);

}  // namespace spikeloom::io
