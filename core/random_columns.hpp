/// Random numbers by the column: the bits of a whole row of synapses at about a nanosecond per number.
///
/// Written as plain loops over columns, which the compiler turns into vector code; every operation is exact or rounded
/// as IEEE 754 says, so that the numbers are the same bits whatever the vector width.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/random.hpp"

namespace spikeloom {

/// Numbers are drawn in tiles of 64: 16 blocks of Philox side by side, word by word.
inline constexpr std::size_t draw_tile = 64;
/// The count rounded up to whole tiles.
constexpr std::size_t whole_tiles(std::size_t count) noexcept {
  return (count + draw_tile - 1) / draw_tile * draw_tile;
}

/// out[k] = random bits number first + k of `id`; `first` and out.size() are multiples of draw_tile, and
/// first + out.size() <= 2^34. The bits of one (seed, purpose, stream, id) are those of `draw` with step 0.
void draw_column(std::uint64_t seed, Purpose purpose, std::uint32_t stream, std::uint32_t id, std::uint64_t first,
                 std::span<std::uint32_t> out);

/// out[k] = uniform integer in [0, n), exactly (Lemire 2019, ACM TOMACS 29:3): the few bits that multiplication would
/// map unevenly are drawn anew, from steps 1, 2, ... of the same id. Numbers first .. first + out.size() of `id`.
void draw_below(std::uint64_t seed, Purpose purpose, std::uint32_t stream, std::uint32_t id, std::uint64_t first,
                std::uint32_t n, std::span<std::uint32_t> out);

/// Column of quantiles of the standard normal distribution at the uniform numbers of `bits` (Wichura 1988, routine
/// PPND7, in float: relative error below 1e-6, largest value 6.34). Sizes are equal.
void normal_column(std::span<const std::uint32_t> bits, std::span<float> out) noexcept;

/// Column of standard exponential numbers, -ln of the uniform numbers of the upper 31 bits (error below 4e-6, never
/// negative, largest value 22.2). Sizes are equal.
void exponential_column(std::span<const std::uint32_t> bits, std::span<float> out) noexcept;

}  // namespace spikeloom
