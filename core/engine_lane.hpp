/// What the engine keeps of every partition and of every other rank while windows go by. For the engine's sources only.
#pragma once

#include <array>

#include "core/engine.hpp"

namespace spikeloom {

inline constexpr Step buffer_depth = 4;  // windows whose spikes are kept: how far partitions may run apart

using WindowBuffers = std::array<std::vector<Spike>, buffer_depth>;

/// A partition on its way through time. `advanced` and `collected` count finished windows of the current leg and are
/// what other partitions read; the rest belongs to the worker that holds `taken`.
struct Engine::Lane {
  Partition* partition = nullptr;
  Step slack = 1;
  alignas(64) std::atomic<Step> advanced = 0;
  alignas(64) std::atomic<Step> collected = 0;
  alignas(64) std::atomic<bool> taken = false;
  WindowBuffers buffers;
  std::vector<Spike> merged, spare;
  std::vector<Spike> recorded;
  std::vector<Spike> recent;  // emitted within the longest delay, or a little longer ago
  std::size_t most_recent = 4096;
  std::vector<std::uint64_t> counts, hashes;  // per population
};

/// Another rank. `received` counts windows of the current leg.
struct Engine::Border {
  alignas(64) std::atomic<Step> received = 0;
  WindowBuffers buffers;
};

}  // namespace spikeloom
