/// The delivery loop: the engine's hottest lines.
#include "core/calendar.hpp"

#include <algorithm>
#include <cstring>

#include "core/prefetch.hpp"

namespace spikeloom {
namespace {

// The list of a step is known in advance: segments are fetched some places ahead, their first lines (the hardware's
// stream prefetcher takes over on long ones). Halves the time per event where tables lie in main memory.
constexpr std::size_t segments_ahead = 6;
constexpr std::size_t most_lines = 16;

[[gnu::always_inline]] inline void fetch_segment(const Segment& due, const std::byte* data) noexcept {
  constexpr std::size_t per_synapse[] = {6, 2, 4, 7};
  const std::byte* at = data + due.address.byte_offset();
  const std::size_t lines = std::min(most_lines, (per_synapse[due.address.layout()] * due.count + 4) / 64 + 1);
  for (std::size_t line = 0; line < lines; ++line) spikeloom::fetch_ahead(at + 64 * line);
}

/// row[slots[k]] += weight(k) for k in [begin, end), in order; four 16-bit slots are read at once.
template <class Weight>
inline void add_at(const std::byte* slots, std::uint32_t begin, std::uint32_t end, float* __restrict row,
                   Weight weight) noexcept {
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
template <class Weight>
inline void add_by_delay(const Segment& segment, const std::byte* slots, const InputRows& rows,
                         Weight weight) noexcept {
  std::uint32_t begin = 0;
  for (Step place = 0; place < block_steps; ++place) {
    const std::uint32_t end = segment.end(place);
    add_at(slots, begin, end, rows[static_cast<std::size_t>(place)], weight);
    begin = end;
  }
}

inline void add_scattered(const Segment& segment, const std::byte* data, const InputRows& rows) noexcept {
  const auto* weights = reinterpret_cast<const float*>(data);
  add_by_delay(segment, data + 4 * std::size_t{segment.count}, rows, [weights](std::uint32_t k) { return weights[k]; });
}

inline void add_uniform(const Segment& segment, const std::byte* data, const InputRows& rows) noexcept {
  float weight;
  std::memcpy(&weight, data, sizeof weight);
  add_by_delay(segment, data + 4, rows, [weight](std::uint32_t) { return weight; });
}

inline void add_mixed(const Segment& segment, const std::byte* data, const InputRows& rows) noexcept {
  const std::size_t n = segment.count;
  const auto* weights = reinterpret_cast<const float*>(data);
  const auto* slots = reinterpret_cast<const Slot*>(data + 4 * n);
  const auto* places = reinterpret_cast<const std::uint8_t*>(data + 6 * n);
  for (std::size_t k = 0; k < n; ++k) rows[places[k]][slots[k]] += weights[k];
}

inline void add_dense(const Segment& segment, const std::byte* data, const InputRows& rows) noexcept {
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
  for (std::size_t k = 0; k < std::min(segments_ahead, due.size()); ++k) fetch_segment(due[k], data);
  for (std::size_t k = 0; k < due.size(); ++k) {
    if (k + segments_ahead < due.size()) fetch_segment(due[k + segments_ahead], data);
    const auto& segment = due[k];
    const std::byte* at = data + segment.address.byte_offset();
    switch (segment.address.layout()) {
      case SegmentAddress::scattered: add_scattered(segment, at, rows); break;
      case SegmentAddress::uniform: add_uniform(segment, at, rows); break;
      case SegmentAddress::dense: add_dense(segment, at, rows); break;
      case SegmentAddress::mixed: add_mixed(segment, at, rows); break;
    }
  }
}

}  // namespace spikeloom
