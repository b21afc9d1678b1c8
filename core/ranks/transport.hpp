/// What carries bytes from rank to rank: MPI, or a stand-in in one process. Nothing else knows how ranks are connected.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace spikeloom {

/// Bytes from another rank.
struct Message {
  int from = 0;
  std::vector<std::byte> bytes;
};

/// Ends of a rank's connections. Calls come from any thread, one at a time. RunError if a connection breaks.
class Transport {
 public:
  virtual ~Transport() = default;

  virtual int rank() const noexcept = 0;
  virtual int count() const noexcept = 0;
  /// Ranks on this machine, which share its processors.
  virtual int count_here() const noexcept = 0;
  /// What it is, for provenance: "Open MPI 4.1.4".
  virtual std::string name() const = 0;

  /// Longest message [bytes].
  virtual std::size_t longest_message() const noexcept = 0;
  /// Sends and returns at once. Messages may overtake each other.
  virtual void send(int to, std::vector<std::byte> bytes) = 0;
  /// A message that has arrived, or nothing.
  virtual std::optional<Message> receive() = 0;

  /// Called by all ranks at the end: returns when everything sent has arrived.
  virtual void finish() = 0;
  /// Ends all ranks now, with this exit code.
  [[noreturn]] virtual void abort(int exit_code) noexcept = 0;
};

}  // namespace spikeloom
