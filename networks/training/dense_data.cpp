/// Rows of numbers, and what is done to images on their way to a network.
#include "networks/training/dense_data.hpp"

#include <algorithm>
#include <stdexcept>

#include "core/random.hpp"

namespace spikeloom {
namespace {

constexpr std::uint32_t augmentation_stream = 0x4155, corruption_stream = 0x434f;

/// Moves an image down and to the right.
void shift_image(std::span<const float> from, std::span<float> to, Shape shape, std::ptrdiff_t down,
                 std::ptrdiff_t right, float background) {
  const auto height = static_cast<std::ptrdiff_t>(shape.height), width = static_cast<std::ptrdiff_t>(shape.width),
             channels = static_cast<std::ptrdiff_t>(shape.channels);
  for (std::ptrdiff_t y = 0; y < height; ++y)
    for (std::ptrdiff_t x = 0; x < width; ++x) {
      const auto row = y - down, column = x - right;
      const bool inside = row >= 0 && row < height && column >= 0 && column < width;
      for (std::ptrdiff_t c = 0; c < channels; ++c)
        to[static_cast<std::size_t>((y * width + x) * channels + c)] =
            inside ? from[static_cast<std::size_t>((row * width + column) * channels + c)] : background;
    }
}

void flip_image(std::span<float> image, Shape shape) {
  for (std::size_t y = 0; y < shape.height; ++y)
    for (std::size_t x = 0; x < shape.width / 2; ++x)
      for (std::size_t c = 0; c < shape.channels; ++c)
        std::swap(image[(y * shape.width + x) * shape.channels + c],
                  image[(y * shape.width + shape.width - 1 - x) * shape.channels + c]);
}

/// Uniform in [-reach, reach].
std::ptrdiff_t step(std::size_t reach, std::uint32_t bits) {
  return static_cast<std::ptrdiff_t>(below(2 * reach + 1, bits, 0)) - static_cast<std::ptrdiff_t>(reach);
}

/// A dark square of a third of the sides, anywhere.
void cover(std::span<float> image, Shape shape, const Draw& bits) {
  const auto rows = shape.height / 3, columns = shape.width / 3;
  const auto dark = *std::min_element(image.begin(), image.end());
  const auto top = below(shape.height - rows + 1, bits[0], 0), left = below(shape.width - columns + 1, bits[1], 0);
  for (auto y = top; y < top + rows; ++y)
    for (auto k = (y * shape.width + left) * shape.channels; k < (y * shape.width + left + columns) * shape.channels;
         ++k)
      image[k] = dark;
}

}  // namespace

const std::vector<std::string>& corruption_names() {
  static const std::vector<std::string> names = {"none", "square", "inversion", "shift"};
  return names;
}

void DenseData::add(std::span<const float> values, std::int32_t label) {
  if (values.size() != shape_.size())
    throw std::invalid_argument(std::to_string(values.size()) + " values for a sample of " +
                                std::to_string(shape_.size()));
  if (label < 0 || (classes_ > 0 && static_cast<std::uint32_t>(label) >= classes_))
    throw std::invalid_argument("label " + std::to_string(label) + " of " + std::to_string(classes_) + " classes");
  values_.insert(values_.end(), values.begin(), values.end());
  labels_.push_back(label);
}

DenseData DenseData::part(std::size_t first, std::size_t count) const {
  DenseData result(shape_, classes_);
  const auto from = static_cast<std::ptrdiff_t>(first), to = static_cast<std::ptrdiff_t>(first + count),
             size = static_cast<std::ptrdiff_t>(shape_.size());
  result.values_.assign(values_.begin() + from * size, values_.begin() + to * size);
  result.labels_.assign(labels_.begin() + from, labels_.begin() + to);
  result.augmentation_ = augmentation_;
  result.corruption_ = corruption_;
  result.seed_ = seed_;
  return result;
}

void DenseData::augment(const Augmentation& augmentation, std::uint64_t seed) {
  augmentation_ = augmentation;
  seed_ = seed;
}

void DenseData::corrupt(Corruption corruption, std::uint64_t seed) {
  corruption_ = corruption;
  seed_ = seed;
}

void DenseData::read(std::size_t k, std::uint64_t update, std::span<float> input, std::span<float> target) const {
  const auto sample = (*this)[k];
  const auto number = static_cast<std::uint32_t>(update);
  if (augmentation_.any()) {
    const auto bits = draw(seed_, Purpose::task, augmentation_stream, k, number);
    shift_image(sample, input, shape_, step(augmentation_.shift, bits[0]), step(augmentation_.shift, bits[1]),
                augmentation_.background);
    if (augmentation_.flip && (bits[2] & 1u) != 0) flip_image(input, shape_);
  } else {
    std::copy(sample.begin(), sample.end(), input.begin());
  }
  std::copy_n(input.begin(), target.size(), target.begin());
  if (corruption_ == Corruption::none) return;
  const auto bits = draw(seed_, Purpose::task, corruption_stream, k, number);
  if (corruption_ == Corruption::square) cover(input, shape_, bits);
  if (corruption_ == Corruption::inversion)
    for (auto& value : input) value = -value;
  if (corruption_ == Corruption::shift) {
    const std::vector<float> before(input.begin(), input.end());
    const float background = *std::min_element(before.begin(), before.end());
    shift_image(before, input, shape_, step(shape_.height / 8, bits[0]), step(shape_.width / 8, bits[1]), background);
  }
}

}  // namespace spikeloom
