/// Fetching memory ahead of use.
#pragma once

namespace spikeloom {

/// Hints that the cache line at `address` will be read soon. Always inlined: gcc 12 takes a function that does nothing
/// but prefetch for one without effect, and drops calls of it.
[[gnu::always_inline]] inline void fetch_ahead(const void* address) noexcept { __builtin_prefetch(address, 0, 3); }

}  // namespace spikeloom
