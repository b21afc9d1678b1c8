/// An experiment without a protocol on the command line: built, run to the report, anew or from a checkpoint.
#pragma once

#include "experiments/protocol_session.hpp"

namespace spikeloom::experiments {

/// Returns the exit code, on all ranks. `from` is the checkpoint that the run goes on from, if it does.
int run_network(const ExperimentSpec& experiment, const SessionOptions& options,
                std::optional<io::Checkpoint> from = {});

}  // namespace spikeloom::experiments
