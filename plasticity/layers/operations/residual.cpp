/// A way around some operations: their result is added to what they were given.
#include <algorithm>
#include <stdexcept>

#include "plasticity/layers/elementwise.hpp"
#include "plasticity/layers/stack.hpp"

namespace spikeloom {
namespace {

template <class Real>
void add_to(const Matrix<Real>& from, Matrix<Real>& to, const Pass& pass) {
  const Real* __restrict x = from.values().data();
  Real* __restrict y = to.values().data();
  for_each_block(pass.threads, to.size(), [x, y](std::size_t first, std::size_t end) {
    for (std::size_t k = first; k < end; ++k) y[k] += x[k];
  });
}

template <class Real>
class Residual final : public Operation<Real> {
 public:
  explicit Residual(Block<Real> inner) : inner_(std::move(inner)) {
    if (inner_.input() != inner_.output())
      throw std::invalid_argument("operations with a way around them must keep the shape");
  }

  Shape output() const override { return inner_.output(); }

  void forward(const Matrix<Real>& in, Matrix<Real>& out, const Pass& pass) override {
    copy(inner_.forward(in, pass), out);
    add_to(in, out, pass);
  }

  void backward(const Matrix<Real>& in, const Matrix<Real>&, Matrix<Real>& by_out, Matrix<Real>* by_in,
                const Pass& pass) override {
    if (!by_in) return inner_.learn(in, by_out, pass);
    copy(by_out, around_);
    inner_.learn_and_send(in, by_out, *by_in, pass);
    add_to(around_, *by_in, pass);
  }

  std::vector<Parameter<Real>> parameters() override { return renamed(inner_.parameters()); }
  std::vector<LayerColumn<Real>> statistics() override { return renamed(inner_.statistics()); }
  void randomise_way_back(std::uint64_t seed, std::uint32_t stream) override {
    inner_.randomise_way_back(seed, stream);
  }

 private:
  static void copy(const Matrix<Real>& from, Matrix<Real>& to) {
    to.resize(from.rows(), from.columns());
    std::copy(from.values().begin(), from.values().end(), to.values().begin());
  }
  template <class Named>
  static Named renamed(Named all) {
    for (auto& one : all) one.name = "inner_" + one.name;
    return all;
  }

  Block<Real> inner_;
  Matrix<Real> around_;
};

}  // namespace

template <class Real>
std::unique_ptr<Operation<Real>> make_residual(Block<Real> inner) {
  return std::make_unique<Residual<Real>>(std::move(inner));
}

template std::unique_ptr<Operation<float>> make_residual(Block<float>);
template std::unique_ptr<Operation<double>> make_residual(Block<double>);

}  // namespace spikeloom
