/// Every input to every unit.
#include <stdexcept>
#include <utility>

#include "plasticity/layers/elementwise.hpp"
#include "plasticity/layers/initial_weights.hpp"
#include "plasticity/layers/operation.hpp"
#include "plasticity/layers/product.hpp"

namespace spikeloom {
namespace {

constexpr std::uint32_t way_back_stream = 0x100;

template <class Real>
class Dense final : public Operation<Real> {
 public:
  Dense(Shape input, Shape output, const LinearOptions& options)
      : output_(output), weights_(input.size(), output.size()), by_weights_(input.size(), output.size()) {
    if (weights_.size() == 0) throw std::invalid_argument("a dense layer without inputs or units");
    start_weights(weights_.values(), input.size(), options);
    if (!options.biases) return;
    biases_.resize(output.size());
    by_biases_.resize(output.size());
    start_biases(std::span(biases_), input.size(), options);
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
    multiply(in.view().transposed(), by, by_weights_.view(), Onto::zero, pass.threads);
    if (!biases_.empty()) sum_columns(std::as_const(by_out).values(), std::span(by_biases_));
    if (!by_in) return;
    by_in->resize(in.rows(), in.columns());
    const auto& back = way_back_.size() > 0 ? way_back_ : weights_;
    multiply(by, back.view().transposed(), by_in->view(), Onto::zero, pass.threads);
  }

  std::vector<Parameter<Real>> parameters() override {
    std::vector<Parameter<Real>> all = {{"weights", weights_.values(), by_weights_.values(), weights_.rows()}};
    if (!biases_.empty()) all.push_back({"biases", biases_, by_biases_, 0});
    return all;
  }

  void randomise_way_back(std::uint64_t seed, std::uint32_t stream) override {
    way_back_.resize(weights_.rows(), weights_.columns());
    start_weights(way_back_.values(), weights_.rows(), {.seed = seed, .stream = stream + way_back_stream});
  }

 private:
  Shape output_;
  Matrix<Real> weights_, by_weights_, way_back_;  // [input][unit]
  aligned_vector<Real> biases_, by_biases_;
};

}  // namespace

template <class Real>
std::unique_ptr<Operation<Real>> make_dense(Shape input, Shape units, const LinearOptions& options) {
  return std::make_unique<Dense<Real>>(input, units, options);
}

template std::unique_ptr<Operation<float>> make_dense(Shape, Shape, const LinearOptions&);
template std::unique_ptr<Operation<double>> make_dense(Shape, Shape, const LinearOptions&);

}  // namespace spikeloom
