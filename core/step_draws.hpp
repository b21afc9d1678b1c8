/// Random words by the column: the same function as `draw`, for loops that need one number per neuron and step.
#pragma once

#include <cstdint>
#include <span>

#include "core/random.hpp"

namespace spikeloom {

/// Philox4x32-7 blocks of the ids first_id, first_id + 1, ..., words.size() / 4 of them: word w of block b goes to
/// words[w * words.size() / 4 + b]. Counter and key are laid out as in `draw`, which takes 10 rounds. words.size() is a
/// multiple of 64, and the low 32 bits of the ids do not overflow.
void step_draws(std::uint64_t seed, Purpose purpose, std::uint32_t stream, std::uint64_t first_id, std::uint32_t step,
                std::span<std::uint32_t> words) noexcept;

namespace detail {
/// The same in plain C++, for machines without AVX-512 and for the test that both agree.
void step_draws_plain(std::uint64_t seed, Purpose purpose, std::uint32_t stream, std::uint64_t first_id,
                      std::uint32_t step, std::span<std::uint32_t> words) noexcept;
}  // namespace detail

}  // namespace spikeloom
