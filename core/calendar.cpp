/// The delivery loop: the engine's hottest lines.
#include "core/calendar.hpp"

#include <algorithm>
#include <cstring>

namespace spikeloom {
namespace {

// The list of a step is known in advance: rows are fetched a dozen segments ahead, the first lines of each (the
// hardware's stream prefetcher takes over on long ones).
constexpr std::size_t segments_ahead = 12;
constexpr std::size_t most_lines = 8;

inline void prefetch(const Due& due, const std::byte* data) noexcept {
  const std::byte* at = data + due.address.byte_offset();
  const std::size_t bytes = due.address.layout() == SegmentAddress::uniform ? 4 + 2 * due.count
                            : due.address.layout() == SegmentAddress::dense ? 4 + 4 * due.count
                                                                            : 6 * due.count;
  const std::size_t lines = std::min(most_lines, bytes / 64 + 1);
  for (std::size_t line = 0; line < lines; ++line) __builtin_prefetch(at + 64 * line, 0, 3);
}

inline void add_scattered(const std::byte* data, std::uint32_t n, float* __restrict row) noexcept {
  const auto* __restrict weights = reinterpret_cast<const float*>(data);
  const auto* __restrict slots = reinterpret_cast<const Slot*>(data + 4 * static_cast<std::size_t>(n));
#pragma GCC unroll 4
  for (std::uint32_t k = 0; k < n; ++k) row[slots[k]] += weights[k];
}

inline void add_uniform(const std::byte* data, std::uint32_t n, float* __restrict row) noexcept {
  const float weight = *reinterpret_cast<const float*>(data);
  const auto* __restrict slots = reinterpret_cast<const Slot*>(data + 4);
#pragma GCC unroll 4
  for (std::uint32_t k = 0; k < n; ++k) row[slots[k]] += weight;
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
  for (std::size_t k = 0; k < std::min(segments_ahead, due.size()); ++k) prefetch(due[k], data);
  for (std::size_t k = 0; k < due.size(); ++k) {
    if (k + segments_ahead < due.size()) prefetch(due[k + segments_ahead], data);
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
