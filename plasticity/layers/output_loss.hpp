/// What a network is asked for at its end: the class of a sample, or an image.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "plasticity/layers/operation.hpp"

namespace spikeloom {

/// A mini-batch: one row of `inputs` per sample, and what is asked for: its class, or the image in the same row of
/// `targets`.
template <class Real>
struct LayerBatch {
  const Matrix<Real>& inputs;
  std::span<const std::int32_t> labels = {};
  const Matrix<Real>* targets = nullptr;
  std::uint64_t update = 0;  // updates before this one: with the seed, a name for random numbers
};

/// What was said to each sample.
struct LayerAnswers {
  std::vector<double> losses;
  std::vector<std::int32_t> labels;  // the class with the highest score; -1 for images
  std::vector<double> truth;         // probability of the right class
};

/// Cross-entropy of softmax(scores), -log p_label. `by_scores`, unless null, becomes the derivative of the mean over
/// samples.
template <class Real>
void class_loss(const Matrix<Real>& scores, std::span<const std::int32_t> labels, LayerAnswers& answers,
                Matrix<Real>* by_scores);

/// Mean squared difference of the pixels. `by_image` becomes the derivative of `factor` times the mean over samples.
template <class Real>
void image_loss(const Matrix<Real>& image, const Matrix<Real>& target, double factor, LayerAnswers& answers,
                Matrix<Real>* by_image);

}  // namespace spikeloom
