/// The delivery loop: the engine's hottest lines.
#include "core/calendar.hpp"

#include <algorithm>
#include <cstring>

#include "core/prefetch.hpp"

namespace spikeloom {
namespace {

// The list of a step is known in advance: segments are fetched some places ahead, whole unless they are long (the
// hardware's stream prefetcher takes over). Halves the time per event where tables lie in main memory.
constexpr std::size_t segments_ahead = 6;
constexpr std::size_t most_lines = 16;

[[gnu::always_inline]] inline void fetch_segment(const Due& due, const std::byte* data) noexcept {
  const std::byte* at = data + due.address.byte_offset();
  const std::size_t bytes = due.address.layout() == SegmentAddress::uniform ? 4 + 2 * due.count
                            : due.address.layout() == SegmentAddress::dense ? 4 + 4 * due.count
                                                                            : 6 * due.count;
  const std::size_t lines = std::min(most_lines, bytes / 64 + 1);
  for (std::size_t line = 0; line < lines; ++line) spikeloom::fetch_ahead(at + 64 * line);
}

/// row[slots[k]] += weights[k] in order; four 16-bit slots are read at once.
template <class Weight>
inline void add_at(const std::byte* slots, std::uint32_t n, float* __restrict row, Weight weight) noexcept {
  std::uint32_t k = 0;
  for (; k + 4 <= n; k += 4) {
    std::uint64_t four;
    std::memcpy(&four, slots + 2 * k, sizeof four);
    row[four & 0xffff] += weight(k);
    row[four >> 16 & 0xffff] += weight(k + 1);
    row[four >> 32 & 0xffff] += weight(k + 2);
    row[four >> 48] += weight(k + 3);
  }
  for (; k < n; ++k) {
    Slot slot;
    std::memcpy(&slot, slots + 2 * k, sizeof slot);
    row[slot] += weight(k);
  }
}

inline void add_scattered(const std::byte* data, std::uint32_t n, float* row) noexcept {
  const auto* weights = reinterpret_cast<const float*>(data);
  add_at(data + 4 * std::size_t{n}, n, row, [weights](std::uint32_t k) { return weights[k]; });
}

inline void add_uniform(const std::byte* data, std::uint32_t n, float* row) noexcept {
  float weight;
  std::memcpy(&weight, data, sizeof weight);
  add_at(data + 4, n, row, [weight](std::uint32_t) { return weight; });
}

inline void add_dense(const std::byte* data, std::uint32_t n, float* __restrict row) noexcept {
  std::uint32_t first;
  std::memcpy(&first, data, sizeof first);
  const auto* __restrict weights = reinterpret_cast<const float*>(data + 4);
  float* __restrict slots = row + first;
  for (std::uint32_t k = 0; k < n; ++k) slots[k] += weights[k];
}

}  // namespace

void deliver(std::span<const Due> due, const std::byte* data, float* row) noexcept {
  for (std::size_t k = 0; k < std::min(segments_ahead, due.size()); ++k) fetch_segment(due[k], data);
  for (std::size_t k = 0; k < due.size(); ++k) {
    if (k + segments_ahead < due.size()) fetch_segment(due[k + segments_ahead], data);
    const auto& segment = due[k];
    const std::byte* at = data + segment.address.byte_offset();
    switch (segment.address.layout()) {
      case SegmentAddress::scattered: add_scattered(at, segment.count, row); break;
      case SegmentAddress::uniform: add_uniform(at, segment.count, row); break;
      case SegmentAddress::dense: add_dense(at, segment.count, row); break;
    }
  }
}

}  // namespace spikeloom
