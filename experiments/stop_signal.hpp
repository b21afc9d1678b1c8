/// Ctrl-C and SIGTERM as a wish to stop at the next pause.
#pragma once

namespace spikeloom::experiments {

/// From now on these signals no longer end the process. `ends_waiting`: a wait for a child process or the like ends
/// with EINTR when one comes.
void catch_stop_signals(bool ends_waiting = false);
bool stop_requested() noexcept;

}  // namespace spikeloom::experiments
