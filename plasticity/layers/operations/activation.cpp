/// Activations: y = f(x), and its derivative from y alone.
#include "core/models/exponential.hpp"
#include "plasticity/layers/elementwise.hpp"
#include "plasticity/layers/operation.hpp"

namespace spikeloom {
namespace {

/// The exponential linear unit (alpha = 1): x above 0, exp(x) - 1 below. exp is 1 at 0 to the last bit.
struct Elu {
  template <class Real>
  static Real value(Real x) noexcept {
    const Real below = exponential(smaller(x, Real{0})) - 1;
    return x > 0 ? x : below;
  }
  template <class Real>
  static Real slope(Real y) noexcept {
    return y > 0 ? Real{1} : y + 1;
  }
};

struct Relu {
  template <class Real>
  static Real value(Real x) noexcept {
    return x > 0 ? x : Real{0};
  }
  template <class Real>
  static Real slope(Real y) noexcept {
    return y > 0 ? Real{1} : Real{0};
  }
};

struct Tanh {
  template <class Real>
  static Real value(Real x) noexcept {
    const Real power = exponential(-2 * (x > 0 ? x : -x)), size = (1 - power) / (1 + power);
    return x > 0 ? size : -size;
  }
  template <class Real>
  static Real slope(Real y) noexcept {
    return 1 - y * y;
  }
};

template <class Real, class Function>
class Activation final : public Operation<Real> {
 public:
  explicit Activation(Shape shape) : shape_(shape) {}

  Shape output() const override { return shape_; }

  void forward(const Matrix<Real>& in, Matrix<Real>& out, const Pass& pass) override {
    out.resize(in.rows(), in.columns());
    const Real* __restrict x = in.values().data();
    Real* __restrict y = out.values().data();
    for_each_block(pass.threads, in.size(), [x, y](std::size_t first, std::size_t end) {
      for (std::size_t k = first; k < end; ++k) y[k] = Function::value(x[k]);
    });
  }

  void backward(const Matrix<Real>&, const Matrix<Real>& out, Matrix<Real>& by_out, Matrix<Real>* by_in,
                const Pass& pass) override {
    if (!by_in) return;
    by_in->resize(out.rows(), out.columns());
    const Real* __restrict y = out.values().data();
    const Real* __restrict by = by_out.values().data();
    Real* __restrict to = by_in->values().data();
    for_each_block(pass.threads, out.size(), [y, by, to](std::size_t first, std::size_t end) {
      for (std::size_t k = first; k < end; ++k) to[k] = by[k] * Function::slope(y[k]);
    });
  }

 private:
  Shape shape_;
};

}  // namespace

const std::vector<std::string>& curve_names() {
  static const std::vector<std::string> names = {"linear", "elu", "relu", "tanh"};
  return names;
}

template <class Real>
std::unique_ptr<Operation<Real>> make_activation(Shape input, Curve curve) {
  switch (curve) {
    case Curve::elu: return std::make_unique<Activation<Real, Elu>>(input);
    case Curve::relu: return std::make_unique<Activation<Real, Relu>>(input);
    case Curve::tanh: return std::make_unique<Activation<Real, Tanh>>(input);
    case Curve::linear: break;
  }
  return nullptr;
}

template std::unique_ptr<Operation<float>> make_activation(Shape, Curve);
template std::unique_ptr<Operation<double>> make_activation(Shape, Curve);

}  // namespace spikeloom
