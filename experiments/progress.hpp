/// Progress on stderr: a bar with ETA and real-time factor on a terminal, else a line every ten seconds.
#pragma once

#include <chrono>
#include <mutex>
#include <string>

namespace spikeloom::experiments {

class Progress {
 public:
  /// `label` names the job ("building", "running"); a quiet progress prints nothing.
  Progress(std::string label, bool quiet);
  ~Progress();

  /// `fraction` done, 0 to 1; `note` is shown behind the ETA ("real-time factor 0.92"). Callable from any thread.
  void update(double fraction, const std::string& note = "");
  /// Clears the bar (terminal) so that what is printed next stands alone.
  void finish();

 private:
  using Clock = std::chrono::steady_clock;
  std::string label_;
  bool quiet_, terminal_, shown_ = false;
  Clock::time_point start_, last_;
  std::mutex mutex_;
};

/// "1 h 02 min", "3 min 05 s", "4.2 s".
std::string duration_text(double seconds);

}  // namespace spikeloom::experiments
