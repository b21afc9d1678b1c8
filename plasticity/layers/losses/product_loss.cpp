/// Dot products of samples with prototypes of the classes: 1 with the right one, 0 with the others.
#include <utility>

#include "plasticity/layers/local_loss.hpp"
#include "plasticity/layers/product.hpp"

namespace spikeloom {
namespace {

template <class Real>
class ProductLoss final : public LocalLoss<Real> {
 public:
  explicit ProductLoss(double lambda) : lambda_(lambda) {}

  double compare(const Matrix<Real>& a, const Matrix<Real>& c, std::span<const std::int32_t> labels, Matrix<Real>* by_a,
                 Matrix<Real>* by_c, const Pass& pass) override {
    const auto samples = a.rows(), classes = c.rows();
    const double scale = lambda_ * 256 / static_cast<double>(a.columns() * samples * classes);
    const auto weight = static_cast<Real>(2 * scale);
    by_products_.resize(samples, classes);
    multiply(a.view(), c.view().transposed(), by_products_.view(), Onto::zero, pass.threads);
    double sum = 0;
    for (std::size_t i = 0; i < samples; ++i)
      for (std::size_t k = 0; k < classes; ++k) {
        auto& product = by_products_(i, k);
        const Real error = product - (static_cast<std::size_t>(labels[i]) == k ? Real{1} : Real{0});
        sum += static_cast<double>(error) * static_cast<double>(error);
        product = weight * error;
      }
    const auto by = std::as_const(by_products_).view();
    if (by_a) {
      by_a->resize(samples, a.columns());
      multiply(by, c.view(), by_a->view(), Onto::zero, pass.threads);
    }
    if (by_c) {
      by_c->resize(classes, c.columns());
      multiply(by.transposed(), a.view(), by_c->view(), Onto::zero, pass.threads);
    }
    return scale * sum;
  }

 private:
  double lambda_;
  Matrix<Real> by_products_;  // [sample][class]
};

}  // namespace

template <class Real>
std::unique_ptr<LocalLoss<Real>> make_product_loss(double lambda) {
  return std::make_unique<ProductLoss<Real>>(lambda);
}

template std::unique_ptr<LocalLoss<float>> make_product_loss(double);
template std::unique_ptr<LocalLoss<double>> make_product_loss(double);

}  // namespace spikeloom
