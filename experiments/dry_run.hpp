/// What a run will need, printed instead of it, and compared with what the machine has before it.
#pragma once

#include "networks/spec.hpp"

namespace spikeloom::experiments {

struct DryRun {
  int ranks = 1, threads = 1;
  double rate = 5;  // Hz, assumed of every neuron
};

/// Prints the prediction of networks/prediction.hpp.
void print_prediction(const ExperimentSpec& experiment, const DryRun& options);

/// RunError if the ranks on this machine (`ranks_here` of `ranks`) cannot have the memory that the network will take,
/// or the disk under `directory` the traces and weights that are asked for.
void require_room(const ExperimentSpec& experiment, int ranks, int ranks_here, int threads,
                  const std::string& directory);

}  // namespace spikeloom::experiments
