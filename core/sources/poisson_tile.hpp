/// Poisson input of one tile of neurons: 256 random words to 512 numbers, times weight, onto a row.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "core/sources/poisson_number.hpp"
#include "core/sweep.hpp"

namespace spikeloom {

/// 16 bits for every neuron of a tile. Neurons 32 g .. 32 g + 15 have the lower halves of words 16 g .. 16 g + 15, the
/// next sixteen neurons their upper halves.
using TileWords = std::array<std::uint32_t, tile_size / 2>;

constexpr std::uint32_t tile_bits(const TileWords& words, std::uint32_t neuron) noexcept {
  const std::uint32_t word = words[neuron / 32 * 16 + neuron % 16];
  return neuron % 32 < 16 ? word & 0xffff : word >> 16;
}

/// The input of each number: number * weight, or the number itself if the weights differ.
using TileValues = std::array<float, PoissonTable::columns>;
TileValues tile_values(float weight) noexcept;

/// row[i] += values[number of neuron i] * weights[i] (weights null: all 1). Neurons whose bits call for the remainder
/// get an arbitrary number; find them first.
void add_tile(const TileWords& words, const PoissonTable& table, const TileValues& values, const float* weights,
              float* row) noexcept;

/// The neurons of a tile whose bits are at least `rest_from`, in any order; returns how many.
std::uint32_t find_rest(const TileWords& words, std::uint32_t rest_from,
                        std::span<std::uint16_t, tile_size> neurons) noexcept;

namespace detail {
/// The same in plain C++, for machines without AVX-512 and for the test that both agree.
void add_tile_plain(const TileWords& words, const PoissonTable& table, const TileValues& values, const float* weights,
                    float* row) noexcept;
}  // namespace detail

}  // namespace spikeloom
