/// From the runs of the what/when experiments to tables, metrics and pictures.
#pragma once

#include "experiments/protocols/meet_plan.hpp"

namespace spikeloom::experiments {

/// One row per test and run, whatever was finished.
void write_tests(const std::vector<MeetRunSpec>& specs, const std::vector<MeetRunResult>& results,
                 ProtocolOutput& output);

/// Metrics and pictures of the experiments that were chosen; all runs must be complete.
void analyse(const MeetParams& params, const std::vector<MeetRunSpec>& specs, const std::vector<MeetRunResult>& results,
             ProtocolOutput& output);

}  // namespace spikeloom::experiments
