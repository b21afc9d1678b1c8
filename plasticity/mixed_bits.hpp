/// One word from another, all bits mixed: what sums of hashes over synapses are made of.
#pragma once

#include <cstdint>

namespace spikeloom {

/// The finaliser of MurmurHash3.
inline std::uint64_t mixed_bits(std::uint64_t x) noexcept {
  x = (x ^ x >> 33) * 0xff51afd7ed558ccdull;
  x = (x ^ x >> 33) * 0xc4ceb9fe1a85ec53ull;
  return x ^ x >> 33;
}

}  // namespace spikeloom
