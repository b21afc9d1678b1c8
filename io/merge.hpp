/// From segments to the final files: one pass, memory bounded, in an order that does not depend on how they were cut.
#pragma once

#include <filesystem>

#include "io/results.hpp"
#include "io/segments.hpp"

namespace spikeloom::io {

/// Writes results.h5 and reports/*.h5 from the segments in `store`, and returns `summary` with the metrics of the
/// recorded spikes and the simulated time of the segments; for a killed run with their number of spikes too.
/// run.json and the removal of the segments are left to the caller.
RunSummary merge(const std::filesystem::path& directory, const SegmentStore& store, RunSummary summary);

}  // namespace spikeloom::io
