/// The flag that signals raise.
#include "experiments/stop_signal.hpp"

#include <csignal>

namespace spikeloom::experiments {
namespace {

volatile std::sig_atomic_t requested = 0;
void request(int) { requested = 1; }

}  // namespace

void catch_stop_signals(bool ends_waiting) {
  struct sigaction action {};
  action.sa_handler = request;
  action.sa_flags = ends_waiting ? 0 : SA_RESTART;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

bool stop_requested() noexcept { return requested != 0; }

}  // namespace spikeloom::experiments
