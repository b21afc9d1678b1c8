/// From segments to the final files: one pass, memory bounded, in an order that does not depend on how they were cut.
#pragma once

#include <filesystem>

#include "io/results.hpp"
#include "io/segments.hpp"

namespace spikeloom::io {

struct Merged {
  RunSummary summary;
  std::size_t left_out = 0;  // files of a killed run that are damaged, or come after one that is
};

/// Writes results.h5 and reports/*.h5 from the segments in `store`, and returns `summary` with the metrics of the
/// recorded spikes, the simulated time of the segments and the hashes of the files; for a killed run with their number
/// of spikes too. RunError, and no results, if a segment of a run that was not killed is missing or damaged.
/// run.json and the removal of the segments are left to the caller.
Merged merge(const std::filesystem::path& directory, const SegmentStore& store, RunSummary summary);

}  // namespace spikeloom::io
