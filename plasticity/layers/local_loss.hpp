/// Losses that compare two networks at one level, and nothing beyond it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "plasticity/layers/operation.hpp"

namespace spikeloom {

template <class Real>
class LocalLoss {
 public:
  virtual ~LocalLoss() = default;
  /// The loss of activities `a` of a mini-batch against activities `c` of the other network: one row per class, of
  /// which labels[i] belongs to row i of a; or one row per sample. Unless null, `by_a` and `by_c` become the
  /// derivatives.
  virtual double compare(const Matrix<Real>& a, const Matrix<Real>& c, std::span<const std::int32_t> labels,
                         Matrix<Real>* by_a, Matrix<Real>* by_c, const Pass& pass) = 0;
};

/// lambda 256 / d mean((a c' - Y)^2), d: width of the level, Y: one-hot labels.
template <class Real>
std::unique_ptr<LocalLoss<Real>> make_product_loss(double lambda);
/// lambda mean((u v' - Y)^2) + lambda_ssl (mean((u u' - 1)^2) + mean((v v' - 1)^2)), with u and v the rows of a and c
/// at unit length: samples, and classes, are pushed apart.
template <class Real>
std::unique_ptr<LocalLoss<Real>> make_cosine_loss(double lambda, double lambda_ssl);
/// height (mean((a - c)^2) + mean((n(a) - n(c))^2)); n takes the mean over pixels off every channel and gives it unit
/// norm. Without `normalised`, the first term alone.
template <class Real>
std::unique_ptr<LocalLoss<Real>> make_map_loss(Shape shape, bool normalised);

}  // namespace spikeloom
