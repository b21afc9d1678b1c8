/// Patience with a full disk.
#include "io/durable_file.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <filesystem>
#include <thread>

namespace spikeloom::io {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

/// A minute again, whatever a test has set.
struct UsualPatience {
  ~UsualPatience() { set_disk_patience(1min); }
};

/// How often work was tried that a full disk keeps from being done `failures` times; each time takes `long_`.
int attempts_of(int failures, std::chrono::milliseconds long_ = 0ms) {
  int attempts = 0;
  with_patience(std::filesystem::temp_directory_path(), [&] {
    std::this_thread::sleep_for(long_);
    if (++attempts <= failures) throw FullDisk("no room\n    make some");
  });
  return attempts;
}

TEST_CASE("what a full disk stopped is done again when there is room") {
  const UsualPatience usual;
  CHECK(attempts_of(0) == 1);
  CHECK(attempts_of(2) == 3);
  set_disk_patience(200ms);
  CHECK(attempts_of(1, 300ms) == 2);  // counted from when there was no room
  CHECK_THROWS_AS(attempts_of(1000), FullDisk);
  set_disk_patience(0ms);
  CHECK_THROWS_AS(attempts_of(1), FullDisk);
}

TEST_CASE("who is in a hurry does not wait a minute for room") {
  const UsualPatience usual;
  set_disk_patience(1min, []() noexcept { return true; });
  const auto begin = Clock::now();
  CHECK(attempts_of(1) == 2);
  CHECK_THROWS_AS(attempts_of(1000), FullDisk);
  CHECK(Clock::now() - begin < 20s);
}

TEST_CASE("other errors are not done again") {
  int attempts = 0;
  CHECK_THROWS_AS(with_patience(std::filesystem::temp_directory_path(),
                                [&] {
                                  ++attempts;
                                  throw RunError("broken\n    mend it");
                                }),
                  RunError);
  CHECK(attempts == 1);
}

}  // namespace
}  // namespace spikeloom::io
