/// The ranks of a run: processes that hold some of its partitions each, and what they say to each other.
///
/// Every rank runs the same program on the same experiment. What is asked of all of them together (gather, broadcast,
/// sum, ...) is called by one thread of each, in the same order. Messages carry what they are and which one of its
/// kind, so that late, split and overtaking ones do no harm.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

#include "core/ranks/bytes.hpp"
#include "core/ranks/transport.hpp"

namespace spikeloom {

/// Another rank has failed and said why; it ends this one too.
class RankFailure : public std::runtime_error {
 public:
  RankFailure(int rank, int exit_code, const std::string& why)
      : std::runtime_error(why), rank_(rank), exit_code_(exit_code) {}
  int rank() const noexcept { return rank_; }
  int exit_code() const noexcept { return exit_code_; }

 private:
  int rank_, exit_code_;
};

class Ranks {
 public:
  /// A run in one process.
  Ranks() = default;
  explicit Ranks(std::unique_ptr<Transport> transport);

  /// What everything that is not told about ranks runs on.
  static Ranks& alone();

  int rank() const noexcept { return transport_ ? transport_->rank() : 0; }
  int count() const noexcept { return transport_ ? transport_->count() : 1; }
  bool is_first() const noexcept { return rank() == 0; }
  bool is_alone() const noexcept { return count() == 1; }
  int count_here() const noexcept { return transport_ ? transport_->count_here() : 1; }
  std::string transport_name() const { return transport_ ? transport_->name() : ""; }

  /// What a message is.
  enum class Kind : std::uint8_t { spikes, cursors, gathered, told, failure };
  /// Sends message `number` of its kind. Any thread.
  void send(int to, Kind kind, std::uint64_t number, Bytes bytes);
  /// Takes such a message if it is there. Any thread; never waits. Throws RankFailure if a rank has failed.
  std::optional<Bytes> take(int from, Kind kind, std::uint64_t number);
  /// Waits for it.
  Bytes wait_for(int from, Kind kind, std::uint64_t number);

  // ---- together
  // ------------------------------------------------------------------------------------------------------

  /// The bytes of all ranks, in their order, on the first; nothing on the others.
  std::vector<Bytes> gather(Bytes own);
  /// Those of the first rank, on all.
  Bytes broadcast(Bytes own);
  /// The bytes of all ranks on all.
  std::vector<Bytes> share(Bytes own);

  /// What every rank has for this one, in their order; `to` is what this one has for each of them.
  std::vector<Bytes> exchange(std::vector<Bytes> to);

  std::int64_t minimum(std::int64_t value);
  std::int64_t maximum(std::int64_t value) { return -minimum(-value); }
  std::uint64_t sum(std::uint64_t value);
  /// On all ranks, what the first one says.
  template <class T>
    requires std::is_trivially_copyable_v<T> T as_first(const T& value) {
      if (is_alone()) return value;
      ByteWriter writer;
      writer.put(value);
      return ByteReader(broadcast(writer.take())).template take<T>();
    }

  // ---- the end
  // -------------------------------------------------------------------------------------------------------

  /// All ranks have nothing left to do.
  void finish();
  /// This rank cannot go on: tells the others why.
  void fail(int exit_code, const std::string& why) noexcept;
  /// Waits for up to `seconds` for a rank to say that it failed.
  std::optional<RankFailure> failure_within(double seconds) noexcept;
  /// Ends all ranks, or this process where it is alone, now.
  [[noreturn]] void abort(int exit_code) noexcept;

 private:
  struct Part {  // of a message that was sent in several
    Bytes bytes;
    std::size_t received = 0;
  };
  using Key = std::tuple<int, Kind, std::uint64_t>;  // from whom, what, which

  void receive_all();

  std::unique_ptr<Transport> transport_;
  std::mutex mutex_;
  std::map<Key, Part> arriving_;
  std::map<Key, Bytes> arrived_;
  std::optional<RankFailure> failure_;
  std::uint64_t calls_ = 0;  // of gather() and broadcast() so far: alike on all ranks
};

}  // namespace spikeloom
