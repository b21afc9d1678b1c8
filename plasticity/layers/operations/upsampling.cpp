/// Every pixel becomes 2 x 2.
#include <algorithm>
#include <stdexcept>

#include "core/parallel.hpp"
#include "plasticity/layers/operation.hpp"

namespace spikeloom {
namespace {

template <class Real>
class Upsampling final : public Operation<Real> {
 public:
  Upsampling(Shape input, std::size_t height, std::size_t width)
      : input_(input), output_{height, width, input.channels} {
    if (height > 2 * input.height || width > 2 * input.width || output_.size() == 0)
      throw std::invalid_argument("upsampling doubles the sides at most");
  }

  Shape output() const override { return output_; }

  void forward(const Matrix<Real>& in, Matrix<Real>& out, const Pass& pass) override {
    out.resize(in.rows(), output_.size());
    for_each_index(static_cast<std::size_t>(pass.threads), in.rows(), [&](std::size_t i) {
      const auto from = in.row(i);
      const auto to = out.row(i);
      for_each_pixel([&](std::size_t large, std::size_t small) {
        std::copy_n(from.begin() + static_cast<std::ptrdiff_t>(small), input_.channels,
                    to.begin() + static_cast<std::ptrdiff_t>(large));
      });
    });
  }

  void backward(const Matrix<Real>& in, const Matrix<Real>&, Matrix<Real>& by_out, Matrix<Real>* by_in,
                const Pass& pass) override {
    if (!by_in) return;
    by_in->resize(in.rows(), in.columns());
    for_each_index(static_cast<std::size_t>(pass.threads), in.rows(), [&](std::size_t i) {
      const auto by = by_out.row(i), to = by_in->row(i);
      std::fill(to.begin(), to.end(), Real{0});
      for_each_pixel([&](std::size_t large, std::size_t small) {
        for (std::size_t c = 0; c < input_.channels; ++c) to[small + c] += by[large + c];
      });
    });
  }

 private:
  /// visit(first element of an output pixel, that of its input pixel).
  template <class Visit>
  void for_each_pixel(const Visit& visit) const {
    for (std::size_t y = 0; y < output_.height; ++y)
      for (std::size_t x = 0; x < output_.width; ++x)
        visit((y * output_.width + x) * input_.channels, (y / 2 * input_.width + x / 2) * input_.channels);
  }

  Shape input_, output_;
};

}  // namespace

template <class Real>
std::unique_ptr<Operation<Real>> make_upsampling(Shape input, std::size_t height, std::size_t width) {
  return std::make_unique<Upsampling<Real>>(input, height, width);
}

template std::unique_ptr<Operation<float>> make_upsampling(Shape, std::size_t, std::size_t);
template std::unique_ptr<Operation<double>> make_upsampling(Shape, std::size_t, std::size_t);

}  // namespace spikeloom
