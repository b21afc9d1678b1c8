/// The largest of 2 x 2 pixels; the error goes to the first of the largest.
#include <algorithm>
#include <array>
#include <stdexcept>

#include "core/parallel.hpp"
#include "plasticity/layers/operation.hpp"

namespace spikeloom {
namespace {

template <class Real>
class MaxPool final : public Operation<Real> {
 public:
  explicit MaxPool(Shape input) : input_(input), output_{input.height / 2, input.width / 2, input.channels} {
    if (input.height % 2 != 0 || input.width % 2 != 0 || input.size() == 0)
      throw std::invalid_argument("pooling by 2 x 2 needs sides that are even");
  }

  Shape output() const override { return output_; }

  void forward(const Matrix<Real>& in, Matrix<Real>& out, const Pass& pass) override {
    out.resize(in.rows(), output_.size());
    for_each_index(static_cast<std::size_t>(pass.threads), in.rows(), [&](std::size_t i) {
      const auto from = in.row(i);
      const auto to = out.row(i);
      for_each_square([&](std::size_t k, const std::array<std::size_t, 4>& corners) {
        to[k] = std::max({from[corners[0]], from[corners[1]], from[corners[2]], from[corners[3]]});
      });
    });
  }

  void backward(const Matrix<Real>& in, const Matrix<Real>& out, Matrix<Real>& by_out, Matrix<Real>* by_in,
                const Pass& pass) override {
    if (!by_in) return;
    by_in->resize(in.rows(), in.columns());
    for_each_index(static_cast<std::size_t>(pass.threads), in.rows(), [&](std::size_t i) {
      const auto from = in.row(i), largest = out.row(i);
      const auto by = by_out.row(i), to = by_in->row(i);
      for_each_square([&](std::size_t k, const std::array<std::size_t, 4>& corners) {
        bool given = false;
        for (const auto corner : corners) {
          const bool takes = !given && from[corner] == largest[k];
          to[corner] = takes ? by[k] : Real{0};
          given = given || takes;
        }
      });
    });
  }

 private:
  /// visit(output element, its four input elements).
  template <class Visit>
  void for_each_square(const Visit& visit) const {
    const auto right = input_.channels, below = input_.width * input_.channels;
    for (std::size_t y = 0; y < output_.height; ++y)
      for (std::size_t x = 0; x < output_.width; ++x)
        for (std::size_t c = 0; c < output_.channels; ++c) {
          const auto corner = 2 * y * below + 2 * x * right + c;
          visit((y * output_.width + x) * output_.channels + c,
                std::array{corner, corner + right, corner + below, corner + below + right});
        }
  }

  Shape input_, output_;
};

}  // namespace

template <class Real>
std::unique_ptr<Operation<Real>> make_max_pool(Shape input) {
  return std::make_unique<MaxPool<Real>>(input);
}

template std::unique_ptr<Operation<float>> make_max_pool(Shape);
template std::unique_ptr<Operation<double>> make_max_pool(Shape);

}  // namespace spikeloom
