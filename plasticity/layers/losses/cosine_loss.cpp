/// Directions of samples and prototypes: along the right one, across the others, samples and prototypes apart.
#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "plasticity/layers/local_loss.hpp"
#include "plasticity/layers/product.hpp"

namespace spikeloom {
namespace {

constexpr double least_norm = 1e-12;

/// Rows at unit length, and the way back from them.
template <class Real>
struct Directions {
  Matrix<Real> rows, by_rows;
  std::vector<Real> norms;

  void take(const Matrix<Real>& x) {
    rows.resize(x.rows(), x.columns());
    by_rows.resize(x.rows(), x.columns());
    norms.resize(x.rows());
    for (std::size_t i = 0; i < x.rows(); ++i) {
      const auto from = x.row(i);
      double square = 0;
      for (const Real value : from) square += static_cast<double>(value) * static_cast<double>(value);
      norms[i] = static_cast<Real>(std::max(std::sqrt(square), least_norm));
      std::transform(from.begin(), from.end(), rows.row(i).begin(), [&](Real value) { return value / norms[i]; });
    }
  }

  /// From the derivative by the rows at unit length to that by x: (g - u (u g)) / norm.
  void hand_back(Matrix<Real>& by_x) const {
    by_x.resize(rows.rows(), rows.columns());
    for (std::size_t i = 0; i < rows.rows(); ++i) {
      const auto u = rows.row(i), g = by_rows.row(i);
      double along = 0;
      for (std::size_t k = 0; k < u.size(); ++k) along += static_cast<double>(u[k]) * static_cast<double>(g[k]);
      for (std::size_t k = 0; k < u.size(); ++k) by_x(i, k) = (g[k] - u[k] * static_cast<Real>(along)) / norms[i];
    }
  }
};

template <class Real>
class CosineLoss final : public LocalLoss<Real> {
 public:
  CosineLoss(double lambda, double lambda_ssl) : lambda_(lambda), lambda_ssl_(lambda_ssl) {}

  double compare(const Matrix<Real>& a, const Matrix<Real>& c, std::span<const std::int32_t> labels, Matrix<Real>* by_a,
                 Matrix<Real>* by_c, const Pass& pass) override {
    samples_.take(a);
    classes_.take(c);
    double loss = towards(
        samples_, classes_, lambda_,
        [&](std::size_t i, std::size_t k) { return static_cast<std::size_t>(labels[i]) == k; }, pass);
    const auto by = std::as_const(products_).view();
    multiply(by, std::as_const(classes_.rows).view(), samples_.by_rows.view(), Onto::zero, pass.threads);
    multiply(by.transposed(), std::as_const(samples_.rows).view(), classes_.by_rows.view(), Onto::zero, pass.threads);
    if (lambda_ssl_ != 0) loss += apart(samples_, pass) + apart(classes_, pass);
    if (by_a) samples_.hand_back(*by_a);
    if (by_c) classes_.hand_back(*by_c);
    return loss;
  }

 private:
  /// weight * mean((x y' - wanted)^2), and in `products_` its derivative by the products.
  template <class Wanted>
  double towards(const Directions<Real>& x, const Directions<Real>& y, double weight, const Wanted& wanted,
                 const Pass& pass) {
    products_.resize(x.rows.rows(), y.rows.rows());
    multiply(x.rows.view(), y.rows.view().transposed(), products_.view(), Onto::zero, pass.threads);
    const double scale = weight / static_cast<double>(products_.size());
    double sum = 0;
    for (std::size_t i = 0; i < products_.rows(); ++i)
      for (std::size_t k = 0; k < products_.columns(); ++k) {
        const Real error = products_(i, k) - (wanted(i, k) ? Real{1} : Real{0});
        sum += static_cast<double>(error) * static_cast<double>(error);
        products_(i, k) = static_cast<Real>(2 * scale) * error;
      }
    return scale * sum;
  }

  double apart(Directions<Real>& x, const Pass& pass) {
    const double loss = towards(x, x, 2 * lambda_ssl_, std::equal_to<std::size_t>(), pass) / 2;  // both factors move
    multiply(std::as_const(products_).view(), std::as_const(x.rows).view(), x.by_rows.view(), Onto::sum, pass.threads);
    return loss;
  }

  double lambda_, lambda_ssl_;
  Directions<Real> samples_, classes_;
  Matrix<Real> products_;
};

}  // namespace

template <class Real>
std::unique_ptr<LocalLoss<Real>> make_cosine_loss(double lambda, double lambda_ssl) {
  return std::make_unique<CosineLoss<Real>>(lambda, lambda_ssl);
}

template std::unique_ptr<LocalLoss<float>> make_cosine_loss(double, double);
template std::unique_ptr<LocalLoss<double>> make_cosine_loss(double, double);

}  // namespace spikeloom
