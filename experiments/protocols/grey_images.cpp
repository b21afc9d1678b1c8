/// Means of squares of pixels, and the split of a set.
#include "experiments/protocols/grey_images.hpp"

#include <algorithm>

#include "io/data_sets.hpp"
#include "networks/training/spike_data.hpp"

namespace spikeloom::experiments {
namespace {

constexpr std::uint32_t split_epoch = 0xffffffff;  // names the shuffling that splits the training images

/// Grey values from 0 to 1; means of squares of pixels, with a black border where they do not fit.
DenseData shrunk_images(const io::LabelledImages& images, std::span<const std::uint32_t> chosen, std::size_t side) {
  const auto shrink = (std::max(images.rows, images.columns) + side - 1) / side, height = side, width = side;
  const auto top = (height * shrink - images.rows) / 2, left = (width * shrink - images.columns) / 2;
  DenseData data({height, width, 1}, grey_image_classes);
  data.reserve(chosen.size());
  std::vector<float> image(height * width);
  const auto unit = 1 / (255.0f * static_cast<float>(shrink * shrink));
  for (const auto k : chosen) {
    std::fill(image.begin(), image.end(), 0.0f);
    const auto* grey = images.pixels.data() + std::size_t{k} * images.rows * images.columns;
    for (std::size_t y = 0; y < images.rows; ++y)
      for (std::size_t x = 0; x < images.columns; ++x)
        image[(y + top) / shrink * width + (x + left) / shrink] += unit * grey[y * images.columns + x];
    for (auto& value : image) value = std::min(value, 1.0f);
    data.add(image, images.labels[k]);
  }
  return data;
}

}  // namespace

Split<DenseData> grey_image_split(const std::string& name, std::size_t side, double validation, std::uint64_t seed,
                                  const std::string& data) {
  const auto set = io::read_image_set(name, data);
  const auto order = shuffled(set.train.count, seed, split_epoch);
  const auto held_out = static_cast<std::size_t>(validation * set.train.count + 0.5);
  std::vector<std::uint32_t> test(set.test.count);
  for (std::uint32_t k = 0; k < set.test.count; ++k) test[k] = k;
  return {shrunk_images(set.train, std::span(order).subspan(held_out), side),
          shrunk_images(set.train, std::span(order).first(held_out), side), shrunk_images(set.test, test, side)};
}

}  // namespace spikeloom::experiments
