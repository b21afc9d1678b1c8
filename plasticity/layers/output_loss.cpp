/// Softmax with cross-entropy, and squared error.
#include "plasticity/layers/output_loss.hpp"

#include <algorithm>
#include <cmath>

#include "core/models/exponential.hpp"

namespace spikeloom {

template <class Real>
void class_loss(const Matrix<Real>& scores, std::span<const std::int32_t> labels, LayerAnswers& answers,
                Matrix<Real>* by_scores) {
  const auto samples = scores.rows(), classes = scores.columns();
  answers.losses.resize(samples);
  answers.labels.resize(samples);
  answers.truth.resize(samples);
  if (by_scores) by_scores->resize(samples, classes);
  std::vector<double> shares(classes);
  for (std::size_t i = 0; i < samples; ++i) {
    const auto row = scores.row(i);
    const auto largest = std::max_element(row.begin(), row.end());
    const auto label = static_cast<std::size_t>(labels[i]);
    double sum = 0;
    for (std::size_t c = 0; c < classes; ++c)
      sum += shares[c] = exponential(static_cast<double>(row[c]) - static_cast<double>(*largest));
    answers.losses[i] = std::log(sum) + static_cast<double>(*largest) - static_cast<double>(row[label]);
    answers.labels[i] = static_cast<std::int32_t>(largest - row.begin());
    answers.truth[i] = shares[label] / sum;
    if (!by_scores) continue;
    for (std::size_t c = 0; c < classes; ++c)
      (*by_scores)(i, c) =
          static_cast<Real>((shares[c] / sum - (c == label ? 1.0 : 0.0)) / static_cast<double>(samples));
  }
}

template <class Real>
void image_loss(const Matrix<Real>& image, const Matrix<Real>& target, double factor, LayerAnswers& answers,
                Matrix<Real>* by_image) {
  const auto samples = image.rows(), pixels = image.columns();
  answers.losses.assign(samples, 0);
  answers.labels.assign(samples, -1);
  answers.truth.assign(samples, 0);
  if (by_image) by_image->resize(samples, pixels);
  const auto weight = static_cast<Real>(2 * factor / static_cast<double>(samples * pixels));
  for (std::size_t i = 0; i < samples; ++i) {
    const auto said = image.row(i), wanted = target.row(i);
    double sum = 0;
    for (std::size_t k = 0; k < pixels; ++k) {
      const Real difference = said[k] - wanted[k];
      sum += static_cast<double>(difference) * static_cast<double>(difference);
      if (by_image) (*by_image)(i, k) = weight * difference;
    }
    answers.losses[i] = sum / static_cast<double>(pixels);
  }
}

template void class_loss(const Matrix<float>&, std::span<const std::int32_t>, LayerAnswers&, Matrix<float>*);
template void class_loss(const Matrix<double>&, std::span<const std::int32_t>, LayerAnswers&, Matrix<double>*);
template void image_loss(const Matrix<float>&, const Matrix<float>&, double, LayerAnswers&, Matrix<float>*);
template void image_loss(const Matrix<double>&, const Matrix<double>&, double, LayerAnswers&, Matrix<double>*);

}  // namespace spikeloom
