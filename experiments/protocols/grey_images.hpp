/// The grey images of the MNIST family as numbers from 0 to 1, perhaps smaller than they are.
#pragma once

#include <string>

#include "networks/training/dense_data.hpp"

namespace spikeloom::experiments {

inline constexpr std::uint32_t grey_image_classes = 10;

/// Set `name` at `side` x `side` pixels; a share `validation` of its training images, drawn by `seed`, for validation.
/// FileError if the set is not there (io/data_sets.hpp; `data` is the folder that the user named).
Split<DenseData> grey_image_split(const std::string& name, std::size_t side, double validation, std::uint64_t seed,
                                  const std::string& data);

}  // namespace spikeloom::experiments
