/// The picture of a run: one self-contained HTML page.
#pragma once

#include <filesystem>

namespace spikeloom::io {

/// Writes the report of a results directory as one HTML page of at most about 5 MB, whatever the size of the run; it
/// needs no network and no other file. Parts that were not recorded are said to be missing. The page appears under its
/// name only when it is whole. Throws FileError if the results cannot be read, RunError if the page cannot be written.
void write_report(const std::filesystem::path& results_directory, const std::filesystem::path& html_file);

}  // namespace spikeloom::io
