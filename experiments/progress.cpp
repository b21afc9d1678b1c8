/// Drawing progress.
#include "experiments/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace spikeloom::experiments {
namespace {

constexpr int bar_width = 30;

std::string bar(double fraction) {
  const int filled = static_cast<int>(fraction * bar_width);
  std::string text;
  for (int k = 0; k < bar_width; ++k) text += k < filled ? "█" : "░";
  return text;
}

}  // namespace

std::string duration_text(double seconds) {
  if (seconds < 0.0995) return fmt::format("{:.0f} ms", seconds * 1000);
  if (seconds < 59.95) return fmt::format("{:.1f} s", seconds);
  const auto whole = static_cast<long>(seconds + 0.5);
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02} min", whole / 3600, whole / 60 % 60);
}

Progress::Progress(std::string label, bool quiet)
    : label_(std::move(label)),
      quiet_(quiet),
      terminal_(isatty(STDERR_FILENO) != 0),
      start_(Clock::now()),
      last_(start_) {}

Progress::~Progress() { finish(); }

void Progress::update(double fraction, const std::string& note) {
  if (quiet_) return;
  const std::lock_guard lock(mutex_);
  const auto now = Clock::now();
  const auto pause = terminal_ ? std::chrono::milliseconds(100) : std::chrono::milliseconds(10'000);
  if (now - last_ < pause) return;
  last_ = now;
  const double elapsed = std::chrono::duration<double>(now - start_).count();
  fraction = std::clamp(fraction, 0.0, 1.0);
  const std::string left = fraction > 0.01 ? duration_text(elapsed * (1 - fraction) / fraction) + " left" : "";
  const std::string rest = left + (note.empty() || left.empty() ? "" : ", ") + note;
  if (terminal_)
    fmt::print(stderr, "\r\033[K{:9} {} {:3.0f} %  {}", label_, bar(fraction), 100 * fraction, rest);
  else
    fmt::print(stderr, "{} {:.0f} %  {}\n", label_, 100 * fraction, rest);
  std::fflush(stderr);
  shown_ = true;
}

void Progress::finish() {
  if (!quiet_ && terminal_ && shown_) fmt::print(stderr, "\r\033[K");
  shown_ = false;
}

}  // namespace spikeloom::experiments
