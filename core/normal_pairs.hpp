/// Standard normal numbers by the column, for loops that need one per neuron and step.
#pragma once

#include <cstdint>
#include <span>

namespace spikeloom {

/// Normal numbers from random words, two from two (Box & Muller 1958): out[k] and out[k + n/2] from words[k] and
/// words[k + n/2]; n = words.size() = out.size() is even. Each number is the transform of its bits to a relative error
/// of 1e-6; none lies beyond 6.66. No branch and no operation that is not rounded as IEEE 754 says: the same bits
/// everywhere.
///
/// `normal_column` maps one word to one number by the quantile, which costs three times as much; it is for values that
/// must not depend on a neighbour.
void normal_pairs(std::span<const std::uint32_t> words, std::span<float> out) noexcept;

}  // namespace spikeloom
