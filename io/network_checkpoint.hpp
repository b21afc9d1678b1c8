/// Checkpoints of networks: the engine's state, and how far the files of its results reach.
///
///     /state/run.*, populations.*, modulators.*, projections.*    the engine's state (core/state_archive.hpp); on
///     several
///                                 ranks all but run.* is in their parts, with the layout of each column
///     /state/rank.neurons         u64, in such a part: Engine::neurons_here()
///     /state/results.files        u64, numbers of segments and weight files that hold what was recorded until then
///     /state/results.wall_time    f64, seconds that the run has taken
///     /state/results.hash         u64, over the engine's state hashes: checked after restoring
#pragma once

#include "core/engine.hpp"
#include "io/checkpoints.hpp"
#include "io/results.hpp"

namespace spikeloom::io {

/// What a run that goes on starts from, besides the engine.
struct ResumedRun {
  ResultsPosition files;
  double wall_time = 0;  // s
};

/// Writes a checkpoint of a network between two calls of Engine::run_until(), of which everything has been handed over
/// to `results` (of the first rank; null on others). `wall_time` [s]: what the run has taken so far. All ranks
/// together; RunError if it cannot be written.
void save_network(CheckpointFiles& files, Engine& engine, Results* results, double wall_time);

/// Brings a newly built engine to the state of a checkpoint. FileError if it is not of this network.
ResumedRun restore_network(const Checkpoint& checkpoint, Engine& engine);

}  // namespace spikeloom::io
