/// When a run is to stop, or to write a checkpoint: signals, and the time limit of the job.
#pragma once

#include <optional>
#include <string>

namespace spikeloom::experiments {

/// From now on Ctrl-C and SIGTERM no longer end the process, but are a wish to stop at the next pause.
void catch_stop_signals();
/// Whether one has come, or the time is nearly up.
bool stop_requested() noexcept;

/// From now on SIGUSR1 asks for a checkpoint.
void catch_checkpoint_signal();
/// Whether one has come since the last call.
bool take_checkpoint_request() noexcept;

/// The run is to stop so long before `limit` [s, from the start of the process] that a tenth of it, but a minute at
/// most, is left for writing. Without one: before the end of the job that a scheduler has set (SLURM_JOB_END_TIME).
void set_time_limit(std::optional<double> limit);

/// Seconds from "90 s", "2 h", "01:30:00" or "2-12:00:00"; throws SpecError.
double time_limit_of(const std::string& text);

}  // namespace spikeloom::experiments
