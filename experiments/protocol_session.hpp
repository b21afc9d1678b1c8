/// An experiment with a protocol on the command line: from the first line to the report, anew or from a checkpoint.
#pragma once

#include <optional>
#include <string>

#include "core/ranks/ranks.hpp"
#include "io/checkpoints.hpp"
#include "networks/spec.hpp"

namespace spikeloom::experiments {

struct SessionOptions {
  std::string out;   // results directory
  std::string data;  // folder of data sets; may be empty
  int threads = 1;
  bool overwrite = false, quiet = false, no_report = false;
  std::optional<double> time_limit = {};  // s; see set_time_limit()
  Ranks* ranks = &Ranks::alone();         // that run this together
};

/// Returns the exit code, on all ranks; the first one writes the results, and does all of the work where the protocol
/// cannot share it. `from` is the checkpoint that the run goes on from; without an experiment for a new run.
int run_session(const ExperimentSpec& experiment, const SessionOptions& options, io::Checkpoint from = {});

}  // namespace spikeloom::experiments
