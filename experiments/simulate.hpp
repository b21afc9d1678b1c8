/// Building and running an experiment, leg by leg: what `run`, `bench` and `selftest` share.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "core/recorder.hpp"
#include "io/results.hpp"
#include "networks/build.hpp"

namespace spikeloom::experiments {

/// Threads this process may use: those of its affinity mask.
int available_threads();

/// Called after each leg with the biological time reached [ms]; returns false to stop early.
using LegDone = std::function<bool(double time_ms, double real_time_factor)>;

/// Called at step 0 and at multiples of the interval of every weight record, except at the end; the index is that of
/// the record.
using WeightsDue = std::function<void(std::size_t record)>;

/// Called after each leg but the last, when all stretches so far have been handed over, and no weights of this step:
/// where a run can be cut. `at_interval`: at a multiple of run.checkpoint.every. `stopping`: it was the last one after
/// all, since leg_done() wanted to stop.
using CutPossible = std::function<void(bool at_interval, bool stopping)>;

/// Runs a built network, from the step where it is, to the end of its experiment, handing over stretches to `recorder`
/// (may be null). All ranks of the engine call this together; the first has the recorder. Fills state, wall_time_s,
/// simulated_ms, real_time_factor, spikes, synaptic_events, synapses, threads, state_hash; times and factor are those
/// of this call.
io::RunSummary simulate(const ExperimentSpec& experiment, Engine& engine, int threads, Recorder* recorder,
                        const LegDone& leg_done, const WeightsDue& weights_due = {},
                        const CutPossible& cut_possible = {});

/// 16 hex digits over all hashes.
std::string combined_hash(const std::vector<StateHash>& hashes);

/// Peak resident memory of this process [bytes].
std::uint64_t peak_memory_bytes();

}  // namespace spikeloom::experiments
