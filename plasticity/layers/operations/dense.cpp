/// Every input to every unit.
#include <stdexcept>
#include <utility>

#include "plasticity/layers/elementwise.hpp"
#include "plasticity/layers/product.hpp"
#include "plasticity/layers/weighted_operation.hpp"

namespace spikeloom {
namespace {

template <class Real>
class Dense final : public WeightedOperation<Real> {
  using WeightedOperation<Real>::weights_, WeightedOperation<Real>::by_weights_, WeightedOperation<Real>::biases_,
      WeightedOperation<Real>::by_biases_;

 public:
  Dense(Shape input, Shape output, const LinearOptions& options)
      : WeightedOperation<Real>(input.size(), output.size()), output_(output) {
    if (weights_.size() == 0) throw std::invalid_argument("a dense layer without inputs or units");
    this->start(options);
  }

  Shape output() const override { return output_; }

  void forward(const Matrix<Real>& in, Matrix<Real>& out, const Pass& pass) override {
    out.resize(in.rows(), weights_.columns());
    for (std::size_t i = 0; i < in.rows() && !biases_.empty(); ++i)
      std::copy(biases_.begin(), biases_.end(), out.row(i).begin());
    multiply(in.view(), std::as_const(weights_).view(), out.view(), biases_.empty() ? Onto::zero : Onto::sum,
             pass.threads);
  }

  void backward(const Matrix<Real>& in, const Matrix<Real>&, Matrix<Real>& by_out, Matrix<Real>* by_in,
                const Pass& pass) override {
    const auto by = std::as_const(by_out).view();
    if (pass.gradients) multiply(in.view().transposed(), by, by_weights_.view(), Onto::zero, pass.threads);
    if (pass.gradients && !biases_.empty()) sum_columns(std::as_const(by_out).values(), std::span(by_biases_));
    if (!by_in) return;
    by_in->resize(in.rows(), in.columns());
    multiply(by, this->back().view().transposed(), by_in->view(), Onto::zero, pass.threads);
  }

 private:
  Shape output_;
};

}  // namespace

template <class Real>
std::unique_ptr<Operation<Real>> make_dense(Shape input, Shape units, const LinearOptions& options) {
  return std::make_unique<Dense<Real>>(input, units, options);
}

template std::unique_ptr<Operation<float>> make_dense(Shape, Shape, const LinearOptions&);
template std::unique_ptr<Operation<double>> make_dense(Shape, Shape, const LinearOptions&);

}  // namespace spikeloom
