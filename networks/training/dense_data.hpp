/// Labelled rows of numbers: images and vectors of features.
#pragma once

#include <span>

#include "networks/training/samples.hpp"
#include "plasticity/layers/operation.hpp"

namespace spikeloom {

/// What is done to every sample whenever it is learned from.
struct Augmentation {
  std::size_t shift = 0;  // pixels at most, up or down, left or right; what comes in is `background`
  bool flip = false;      // left and right, half of the time
  float background = 0;

  bool any() const noexcept { return shift > 0 || flip; }
};

/// What is done to an image before it is given to a network that is to find the clean one.
enum class Corruption { none, square, inversion, shift };
const std::vector<std::string>& corruption_names();

/// Samples of one shape, stored as [sample][row][column][channel].
class DenseData final : public Samples {
 public:
  DenseData(Shape shape, std::uint32_t classes) : Samples(classes), shape_(shape) {}

  /// Adds a sample. std::invalid_argument if the number of values or the label is wrong.
  void add(std::span<const float> values, std::int32_t label);
  void reserve(std::size_t samples) { values_.reserve(samples * shape_.size()); }

  Shape shape() const noexcept { return shape_; }
  std::span<const float> operator[](std::size_t k) const noexcept {
    return std::span(values_).subspan(k * shape_.size(), shape_.size());
  }

  /// Samples [first, first + count); augmentation and corruption are kept.
  DenseData part(std::size_t first, std::size_t count) const;

  /// From now on `read` gives samples that are changed by random numbers of `seed`.
  void augment(const Augmentation& augmentation, std::uint64_t seed);
  void corrupt(Corruption corruption, std::uint64_t seed);

  /// Sample k as a network is given it: augmented, a function of seed, sample and update, then corrupted. `target`,
  /// unless empty, becomes the sample before corruption.
  void read(std::size_t k, std::uint64_t update, std::span<float> input, std::span<float> target) const;

 private:
  Shape shape_;
  std::vector<float> values_;
  Augmentation augmentation_;
  Corruption corruption_ = Corruption::none;
  std::uint64_t seed_ = 0;
};

}  // namespace spikeloom
