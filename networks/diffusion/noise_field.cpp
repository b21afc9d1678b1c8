/// Rows of words by Philox, pairs of words to pairs of numbers.
#include "networks/diffusion/noise_field.hpp"

#include <algorithm>
#include <vector>

#include "core/normal_pairs.hpp"
#include "core/parallel.hpp"
#include "core/random_columns.hpp"
#include "core/step_draws.hpp"

namespace spikeloom {

void fill_normal(std::uint64_t seed, NoiseStream stream, std::uint64_t first_row, std::uint32_t step,
                 Matrix<float>& values, int threads) {
  const auto padded = whole_tiles(values.columns());
  for_each_index(static_cast<std::size_t>(threads), values.rows(), [&](std::size_t i) {
    std::vector<std::uint32_t> words(padded);
    std::vector<float> normal(padded);
    step_draws(seed, Purpose::noise, static_cast<std::uint32_t>(stream), (first_row + i) * (padded / 4), step, words);
    normal_pairs(words, normal);
    std::copy_n(normal.begin(), values.columns(), values.row(i).begin());
  });
}

}  // namespace spikeloom
