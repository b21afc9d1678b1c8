/// Standard normal numbers for whole matrices, each a function of seed, stream, row, column and step.
#pragma once

#include <cstdint>

#include "plasticity/layers/matrix.hpp"

namespace spikeloom {

/// Uses of noise by one seed.
enum class NoiseStream : std::uint32_t { start = 0x4c00, sampling, training, evaluation, truth, times, projection };

/// values(i, j) is number j of row `first_row` + i in `step`, whatever else the matrix holds; below 2^24 rows.
void fill_normal(std::uint64_t seed, NoiseStream stream, std::uint64_t first_row, std::uint32_t step,
                 Matrix<float>& values, int threads);

}  // namespace spikeloom
