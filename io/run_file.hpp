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

/// FileError if run.json knows a file of the run ("results.h5") and it is missing, or its bytes are others.
void require_written(const std::filesystem::path& directory, const RunSummary& summary, const std::string& name);
/// The same of a file anywhere: nothing is known of most.
void require_written(const std::filesystem::path& file);

}  // namespace spikeloom::io
