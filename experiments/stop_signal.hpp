/// Ctrl-C and SIGTERM as a wish to stop at the next pause.
#pragma once

namespace spikeloom::experiments {

/// From now on these signals no longer end the process.
void catch_stop_signals();
bool stop_requested() noexcept;

}  // namespace spikeloom::experiments
