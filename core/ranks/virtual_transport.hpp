/// Ranks in one process that get their messages late, in pieces and out of order: what determinism is tested against.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/ranks/transport.hpp"

namespace spikeloom {

/// The ends of `count` ranks, each for a thread of its own. From `seed` follow the longest message (some tens to some
/// thousands of bytes) and how many messages each one lets pass before it is handed over.
std::vector<std::unique_ptr<Transport>> virtual_transports(int count, std::uint64_t seed);

}  // namespace spikeloom
