/// The delivery loop: the engine's hottest lines.
#include "core/calendar.hpp"

#include <cstring>

#include "core/prefetch.hpp"

namespace spikeloom {
namespace {

constexpr std::size_t line_bytes = 64;
constexpr std::size_t lines_ahead = 32;
constexpr std::size_t bytes_per_synapse[] = {6, 2, 4, 7};  // by SegmentAddress::Layout

/// Fetches the data of a list of segments some lines ahead of their use. The list of a step is known in advance;
/// fetching evenly, not a segment at a time, keeps the line buffers of a core busy and never overfull (a tenth off the
/// time per event where tables lie in main memory).
class ReadAhead {
 public:
  ReadAhead(std::span<const Segment> due, const std::byte* data) noexcept
      : next_(due.data()), end_(due.data() + due.size()), data_(data) {
    fetch(lines_ahead);
  }

  [[gnu::always_inline]] void fetch(std::size_t lines) noexcept {
    for (; lines > 0; --lines) {
      if (at_ >= stop_ && !open_next()) return;
      fetch_ahead(at_);
      at_ += line_bytes;
    }
  }

 private:
  bool open_next() noexcept {
    if (next_ == end_) return false;
    at_ = data_ + next_->address.byte_offset();
    stop_ = at_ + bytes_per_synapse[next_->address.layout()] * next_->count + 4;
    ++next_;
    return true;
  }

  const Segment *next_, *end_;
  const std::byte *data_, *at_ = nullptr, *stop_ = nullptr;
};

/// row[slots[k]] += weight(k) for k in [begin, end), in order; four 16-bit slots are read at once.
template <class Weight>
[[gnu::always_inline]] inline void add_at(const std::byte* slots, std::uint32_t begin, std::uint32_t end,
                                          float* __restrict row, Weight weight) noexcept {
  std::uint32_t k = begin;
  for (; k + 4 <= end; k += 4) {
    std::uint64_t four;
    std::memcpy(&four, slots + 2 * k, sizeof four);
    row[four & 0xffff] += weight(k);
    row[four >> 16 & 0xffff] += weight(k + 1);
    row[four >> 32 & 0xffff] += weight(k + 2);
    row[four >> 48] += weight(k + 3);
  }
  for (; k < end; ++k) {
    Slot slot;
    std::memcpy(&slot, slots + 2 * k, sizeof slot);
    row[slot] += weight(k);
  }
}

/// A loop for each delay of the block.
template <class Add>
[[gnu::always_inline]] inline void by_delay(const Segment& segment, const InputRows& rows, Add add) noexcept {
  std::uint32_t begin = 0;
  for (Step place = 0; place < block_steps; ++place) {
    const std::uint32_t end = segment.end(place);
    add(begin, end, rows[static_cast<std::size_t>(place)]);
    begin = end;
  }
}

inline void add_scattered(const Segment& segment, const std::byte* data, const InputRows& rows,
                          ReadAhead& ahead) noexcept {
  const auto* weights = reinterpret_cast<const float*>(data);
  const auto* slots = data + 4 * std::size_t{segment.count};
  const auto weight = [weights](std::uint32_t k) { return weights[k]; };
  by_delay(segment, rows, [&](std::uint32_t begin, std::uint32_t end, float* row) {
    for (; begin + 32 <= end; begin += 32) {  // three lines
      ahead.fetch(3);
      add_at(slots, begin, begin + 32, row, weight);
    }
    ahead.fetch(6 * (end - begin) / line_bytes + 1);
    add_at(slots, begin, end, row, weight);
  });
}

inline void add_uniform(const Segment& segment, const std::byte* data, const InputRows& rows,
                        ReadAhead& ahead) noexcept {
  ahead.fetch(2 * std::size_t{segment.count} / line_bytes + 1);
  float weight;
  std::memcpy(&weight, data, sizeof weight);
  by_delay(segment, rows, [&](std::uint32_t begin, std::uint32_t end, float* row) {
    add_at(data + 4, begin, end, row, [weight](std::uint32_t) { return weight; });
  });
}

inline void add_mixed(const Segment& segment, const std::byte* data, const InputRows& rows, ReadAhead& ahead) noexcept {
  const std::size_t n = segment.count;
  ahead.fetch(7 * n / line_bytes + 1);
  const auto* weights = reinterpret_cast<const float*>(data);
  const auto* slots = reinterpret_cast<const Slot*>(data + 4 * n);
  const auto* places = reinterpret_cast<const std::uint8_t*>(data + 6 * n);
  for (std::size_t k = 0; k < n; ++k) rows[places[k]][slots[k]] += weights[k];
}

inline void add_dense(const Segment& segment, const std::byte* data, const InputRows& rows, ReadAhead& ahead) noexcept {
  ahead.fetch(4 * std::size_t{segment.count} / line_bytes + 1);
  std::uint32_t first;
  std::memcpy(&first, data, sizeof first);
  std::size_t place = 0;
  while (segment.end(static_cast<Step>(place)) == 0) ++place;
  const auto* __restrict weights = reinterpret_cast<const float*>(data + 4);
  float* __restrict slots = rows[place] + first;
  for (std::uint32_t k = 0; k < segment.count; ++k) slots[k] += weights[k];
}

}  // namespace

void deliver(std::span<const Segment> due, const std::byte* data, const InputRows& rows) noexcept {
  ReadAhead ahead(due, data);
  for (const auto& segment : due) {
    const std::byte* at = data + segment.address.byte_offset();
    switch (segment.address.layout()) {
      case SegmentAddress::scattered: add_scattered(segment, at, rows, ahead); break;
      case SegmentAddress::uniform: add_uniform(segment, at, rows, ahead); break;
      case SegmentAddress::dense: add_dense(segment, at, rows, ahead); break;
      case SegmentAddress::mixed: add_mixed(segment, at, rows, ahead); break;
    }
  }
}

}  // namespace spikeloom
