/// Splitting, joining and sorting messages; what all ranks do together is made of single ones.
#include "core/ranks/ranks.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <thread>

namespace spikeloom {
namespace {

/// In front of every part of a message.
struct PartHeader {
  std::uint64_t number = 0, begin = 0, total = 0;  // which of its kind; first byte of this part, bytes of all
  Ranks::Kind kind = {};
};

/// Longer and longer breaks: messages come within microseconds, or when another rank has written its files. Sleeping
/// threads get the processor back sooner than yielding ones where there are more threads than processors.
class Patience {
 public:
  void wait() {
    using namespace std::chrono_literals;
    ++rounds_;
    if (rounds_ < 100)
      std::this_thread::yield();
    else
      std::this_thread::sleep_for(rounds_ < 4000 ? 20us : 500us);
  }

 private:
  int rounds_ = 0;
};

}  // namespace

Ranks::Ranks(std::unique_ptr<Transport> transport) : transport_(std::move(transport)) {}

Ranks& Ranks::alone() {
  static Ranks alone;
  return alone;
}

void Ranks::send(int to, Kind kind, std::uint64_t number, Bytes bytes) {
  const std::size_t longest = transport_->longest_message() - sizeof(PartHeader);
  for (std::size_t begin = 0; begin == 0 || begin < bytes.size(); begin += longest) {
    const auto size = std::min(longest, bytes.size() - begin);
    const PartHeader header{number, begin, bytes.size(), kind};
    Bytes part(sizeof header + size);
    std::memcpy(part.data(), &header, sizeof header);
    if (size > 0) std::memcpy(part.data() + sizeof header, bytes.data() + begin, size);
    const std::lock_guard lock(mutex_);
    transport_->send(to, std::move(part));
  }
}

/// Called with the mutex held.
void Ranks::receive_all() {
  while (auto message = transport_->receive()) {
    PartHeader header;
    std::memcpy(&header, message->bytes.data(), sizeof header);
    const std::size_t size = message->bytes.size() - sizeof header;
    const Key key{message->from, header.kind, header.number};
    auto& part = arriving_[key];
    part.bytes.resize(header.total);
    if (size > 0) std::memcpy(part.bytes.data() + header.begin, message->bytes.data() + sizeof header, size);
    part.received += size;
    if (part.received < header.total) continue;
    auto whole = std::move(part.bytes);
    arriving_.erase(key);
    if (header.kind != Kind::failure) {
      arrived_.emplace(key, std::move(whole));
      continue;
    }
    ByteReader reader(whole);
    const auto exit_code = reader.take<std::int32_t>();
    if (!failure_) failure_.emplace(message->from, exit_code, reader.take_text());
  }
}

std::optional<Bytes> Ranks::take(int from, Kind kind, std::uint64_t number) {
  const std::lock_guard lock(mutex_);
  const Key key{from, kind, number};
  auto found = arrived_.find(key);
  if (found == arrived_.end()) {
    receive_all();
    found = arrived_.find(key);
  }
  if (failure_) throw RankFailure(*failure_);
  if (found == arrived_.end()) return std::nullopt;
  auto bytes = std::move(found->second);
  arrived_.erase(found);
  return bytes;
}

Bytes Ranks::wait_for(int from, Kind kind, std::uint64_t number) {
  for (Patience patience;; patience.wait())
    if (auto bytes = take(from, kind, number)) return std::move(*bytes);
}

std::vector<Bytes> Ranks::gather(Bytes own) {
  std::vector<Bytes> all;
  if (is_alone()) {
    all.push_back(std::move(own));
    return all;
  }
  const auto call = ++calls_;
  if (!is_first()) {
    send(0, Kind::gathered, call, std::move(own));
    return all;
  }
  all.push_back(std::move(own));
  for (int from = 1; from < count(); ++from) all.push_back(wait_for(from, Kind::gathered, call));
  return all;
}

Bytes Ranks::broadcast(Bytes own) {
  if (is_alone()) return own;
  // Down a binomial tree: rank r hears from r without its highest bit, and tells r + 2^k for every higher 2^k.
  const auto call = ++calls_;
  int reach = 1;
  while (reach <= rank()) reach *= 2;
  if (!is_first()) own = wait_for(rank() - reach / 2, Kind::told, call);
  for (; rank() + reach < count(); reach *= 2) send(rank() + reach, Kind::told, call, own);
  return own;
}

std::vector<Bytes> Ranks::share(Bytes own) {
  auto all = gather(std::move(own));
  if (is_alone()) return all;
  ByteWriter writer;
  for (const auto& bytes : all) writer.put_list(bytes);
  const auto joined = broadcast(writer.take());
  ByteReader reader(joined);
  all.clear();
  while (!reader.is_at_end()) all.push_back(reader.take_list<std::byte>());
  return all;
}

std::vector<Bytes> Ranks::exchange(std::vector<Bytes> to) {
  if (is_alone()) return to;
  const auto call = ++calls_;
  for (int other = 0; other < count(); ++other)
    if (other != rank()) send(other, Kind::told, call, std::move(to[static_cast<std::size_t>(other)]));
  for (int other = 0; other < count(); ++other)
    if (other != rank()) to[static_cast<std::size_t>(other)] = wait_for(other, Kind::told, call);
  return to;
}

std::int64_t Ranks::minimum(std::int64_t value) {
  if (is_alone()) return value;
  ByteWriter writer;
  writer.put(value);
  for (const auto& bytes : gather(writer.take())) value = std::min(value, ByteReader(bytes).take<std::int64_t>());
  return as_first(value);
}

std::uint64_t Ranks::sum(std::uint64_t value) {
  if (is_alone()) return value;
  ByteWriter writer;
  writer.put(value);
  std::uint64_t sum = 0;
  for (const auto& bytes : gather(writer.take())) sum += ByteReader(bytes).take<std::uint64_t>();
  return as_first(sum);
}

void Ranks::finish() {
  const std::lock_guard lock(mutex_);
  if (transport_) transport_->finish();
}

void Ranks::fail(int exit_code, const std::string& why) noexcept {
  try {
    ByteWriter writer;
    writer.put(static_cast<std::int32_t>(exit_code));
    writer.put_text(why);
    const auto bytes = writer.take();
    for (int to = 0; to < count(); ++to)
      if (to != rank()) send(to, Kind::failure, 0, bytes);
  } catch (...) {  // the connection is what failed: abort() ends the others
  }
}

std::optional<RankFailure> Ranks::failure_within(double seconds) noexcept {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  try {
    do {
      const std::lock_guard lock(mutex_);
      receive_all();
      if (failure_) return failure_;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    } while (Clock::now() < end);
  } catch (...) {}
  return std::nullopt;
}

void Ranks::abort(int exit_code) noexcept {
  if (transport_) transport_->abort(exit_code);
  std::exit(exit_code);
}

}  // namespace spikeloom
