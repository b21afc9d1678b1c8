/// Flags that signals raise, and a clock.
#include "experiments/stop_signal.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "core/errors.hpp"
#include "io/units.hpp"

namespace spikeloom::experiments {
namespace {

using Clock = std::chrono::system_clock;  // the scheduler's

volatile std::sig_atomic_t stop = 0, checkpoint = 0;
void request_stop(int) { stop = 1; }
void request_checkpoint(int) { checkpoint = 1; }

const Clock::time_point start = Clock::now();
Clock::time_point stop_at = Clock::time_point::max();

void handle(int signal, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  sigaction(signal, &action, nullptr);
}

/// [days-]hours:minutes:seconds, as schedulers write it; nothing if it is none.
std::optional<double> clock_time(std::string_view text) {
  std::array<double, 4> parts{};  // days, hours, minutes, seconds
  const auto take = [&](std::size_t part, std::size_t length) {
    unsigned number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + length, number);
    parts[part] = number;
    if (error != std::errc() || end != text.data() + length) return false;
    text.remove_prefix(std::min(text.size(), length + 1));
    return true;
  };
  if (const auto days = text.find('-'); days != std::string_view::npos && !take(0, days)) return {};
  for (std::size_t part = 1; part < 3; ++part)
    if (const auto colon = text.find(':'); colon == std::string_view::npos || !take(part, colon)) return {};
  if (!take(3, text.size())) return {};
  return ((parts[0] * 24 + parts[1]) * 60 + parts[2]) * 60 + parts[3];
}

}  // namespace

void catch_stop_signals() {
  handle(SIGINT, request_stop);
  handle(SIGTERM, request_stop);
}

bool stop_requested() noexcept { return stop != 0 || Clock::now() >= stop_at; }

void catch_checkpoint_signal() { handle(SIGUSR1, request_checkpoint); }

bool take_checkpoint_request() noexcept {
  const bool requested = checkpoint != 0;
  checkpoint = 0;
  return requested;
}

void set_time_limit(std::optional<double> limit) {
  using Seconds = std::chrono::duration<double>;
  auto end = Clock::time_point::max();
  if (limit) {
    end = start + std::chrono::duration_cast<Clock::duration>(Seconds(*limit));
  } else if (const char* job_end = std::getenv("SLURM_JOB_END_TIME")) {  // seconds since 1970
    if (const auto seconds = std::strtoll(job_end, nullptr, 10); seconds > 0)
      end = Clock::time_point(std::chrono::seconds(seconds));
  }
  if (end == Clock::time_point::max()) return;
  const Seconds margin = std::min(Seconds(60), Seconds(end - start) / 10);
  stop_at = end - std::chrono::duration_cast<Clock::duration>(margin);
}

double time_limit_of(const std::string& text) {
  constexpr double longest = 1e9;  // s
  auto seconds = clock_time(text);
  if (!seconds)
    if (const auto parsed = io::parse_quantity(text, "ms"); const auto* ms = std::get_if<double>(&parsed))
      seconds = *ms * 1e-3;
  if (!seconds || !(*seconds > 0 && *seconds < longest))
    throw SpecError("--max-walltime", "'" + text + "' is no time limit", "write 90 s, 2 h, 01:30:00 or 2-12:00:00");
  return *seconds;
}

}  // namespace spikeloom::experiments
