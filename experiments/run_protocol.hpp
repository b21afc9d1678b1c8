/// Running an experiment that a protocol drives.
#pragma once

#include <functional>
#include <string>

#include "io/results.hpp"
#include "networks/protocol.hpp"

namespace spikeloom::experiments {

/// Called with the share of trials that are over and a word about them ("trial 12 of 100, NRMSE 0.3"), from any thread;
/// returns false to stop early.
using TrialsDone = std::function<bool(double fraction, const std::string& note)>;

/// Runs the protocol of an experiment. What it has to say goes to `output` (may be null); its state hash, times and
/// counts are returned as the summary. `data` is the folder of data sets that the user named; `checkpoints` (may be
/// null) takes its states and gives back the one to go on from. With several ranks all call it, and the first one's
/// summary counts.
io::RunSummary run_protocol(const ExperimentSpec& experiment, int threads, ProtocolOutput* output,
                            const TrialsDone& trials_done, const std::string& data = {},
                            Checkpoints* checkpoints = nullptr, Ranks& ranks = Ranks::alone());

}  // namespace spikeloom::experiments
