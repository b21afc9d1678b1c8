/// 3 x 3 kernels, with stride: a product of all patches of some samples with the kernels.
#include <array>
#include <stdexcept>
#include <utility>

#include "plasticity/layers/elementwise.hpp"
#include "plasticity/layers/product.hpp"
#include "plasticity/layers/weighted_operation.hpp"

namespace spikeloom {
namespace {

constexpr std::size_t side = 3, taps = side * side;
constexpr std::size_t patch_rows = 224;  // about as many patches are multiplied at a time
constexpr std::size_t lanes = 8;         // samples go to so many sums of gradients, whatever the number of threads

template <class Real>
class Convolution final : public WeightedOperation<Real> {
  using WeightedOperation<Real>::weights_, WeightedOperation<Real>::by_weights_, WeightedOperation<Real>::biases_,
      WeightedOperation<Real>::by_biases_;

 public:
  Convolution(Shape input, std::size_t channels, std::size_t stride, const LinearOptions& options)
      : WeightedOperation<Real>(taps * input.channels, channels),  // [tap][input channel] x [channel]
        input_(input),
        output_{(input.height + stride - 1) / stride, (input.width + stride - 1) / stride, channels},
        stride_(stride) {
    if (input.size() == 0 || channels == 0 || stride == 0 || stride > 2)
      throw std::invalid_argument("a convolution without pixels or channels, or of stride above 2");
    this->start(options);
  }

  Shape output() const override { return output_; }

  void forward(const Matrix<Real>& in, Matrix<Real>& out, const Pass& pass) override {
    out.resize(in.rows(), output_.size());
    const auto groups = (in.rows() + group() - 1) / group();
    for_each_index(static_cast<std::size_t>(pass.threads), groups, [&](std::size_t g) {
      const auto first = g * group(), count = std::min(group(), in.rows() - first);
      Matrix<Real> patches(count * output_.pixels(), weights_.rows());
      for (std::size_t i = 0; i < count; ++i) take_patches(in.row(first + i), patches, i * output_.pixels());
      auto to = rows_of(out, first, count);
      for (std::size_t i = 0; i < to.rows && !biases_.empty(); ++i)
        std::copy(biases_.begin(), biases_.end(), to.data + i * output_.channels);
      multiply(std::as_const(patches).view(), std::as_const(weights_).view(), to,
               biases_.empty() ? Onto::zero : Onto::sum, 1);
    });
  }

  void backward(const Matrix<Real>& in, const Matrix<Real>&, Matrix<Real>& by_out, Matrix<Real>* by_in,
                const Pass& pass) override {
    if (by_in) by_in->resize(in.rows(), in.columns());
    for_each_index(static_cast<std::size_t>(pass.threads), lanes, [&](std::size_t lane) {
      if (pass.gradients) {
        by_lane_[lane].resize(weights_.rows(), weights_.columns());
        std::fill(by_lane_[lane].values().begin(), by_lane_[lane].values().end(), Real{0});
      }
      const auto end = (lane + 1) * in.rows() / lanes;
      for (auto first = lane * in.rows() / lanes; first < end; first += group())
        one_group(in, by_out, by_in, first, std::min(group(), end - first), pass.gradients ? &by_lane_[lane] : nullptr);
    });
    if (!pass.gradients) return;
    Real* to = by_weights_.values().data();
    for_each_block(pass.threads, by_weights_.size(), [&](std::size_t first, std::size_t end) {
      for (std::size_t k = first; k < end; ++k) {
        to[k] = by_lane_[0].values()[k];
        for (std::size_t lane = 1; lane < lanes; ++lane) to[k] += by_lane_[lane].values()[k];
      }
    });
    if (!biases_.empty()) sum_columns(std::as_const(by_out).values(), std::span(by_biases_));
  }

 private:
  /// Samples whose patches are multiplied together.
  std::size_t group() const { return std::max<std::size_t>(1, patch_rows / output_.pixels()); }

  /// Output pixels of some samples as rows of channels.
  MatrixView<Real> rows_of(Matrix<Real>& out, std::size_t first, std::size_t count) const {
    return {out.row(first).data(), count * output_.pixels(), output_.channels,
            static_cast<std::ptrdiff_t>(output_.channels)};
  }

  /// visit(patch, tap, input pixel) for every tap that lies within the image.
  template <class Visit>
  void for_each_tap(const Visit& visit) const {
    for (std::size_t y = 0; y < output_.height; ++y)
      for (std::size_t x = 0; x < output_.width; ++x)
        for (std::size_t tap = 0; tap < taps; ++tap) {
          const auto row = y * stride_ + tap / side, column = x * stride_ + tap % side;  // counted from the border
          if (row < 1 || row > input_.height || column < 1 || column > input_.width) continue;
          visit(y * output_.width + x, tap, (row - 1) * input_.width + column - 1);
        }
  }

  void take_patches(std::span<const Real> image, Matrix<Real>& patches, std::size_t first) const {
    const auto to = patches.values().subspan(first * patches.columns(), output_.pixels() * patches.columns());
    std::fill(to.begin(), to.end(), Real{0});
    for_each_tap([&](std::size_t patch, std::size_t tap, std::size_t pixel) {
      std::copy_n(image.data() + pixel * input_.channels, input_.channels,
                  to.data() + patch * patches.columns() + tap * input_.channels);
    });
  }

  void add_patches(const Matrix<Real>& patches, std::size_t first, std::span<Real> image) const {
    std::fill(image.begin(), image.end(), Real{0});
    for_each_tap([&](std::size_t patch, std::size_t tap, std::size_t pixel) {
      const Real* from = patches.row(first + patch).data() + tap * input_.channels;
      Real* to = image.data() + pixel * input_.channels;
      for (std::size_t c = 0; c < input_.channels; ++c) to[c] += from[c];
    });
  }

  void one_group(const Matrix<Real>& in, Matrix<Real>& by_out, Matrix<Real>* by_in, std::size_t first,
                 std::size_t count, Matrix<Real>* by_weights) const {
    Matrix<Real> patches(count * output_.pixels(), weights_.rows());
    const auto rows = rows_of(by_out, first, count);
    const MatrixView<const Real> by{rows.data, rows.rows, rows.columns, rows.row_step};
    if (by_weights) {
      for (std::size_t i = 0; i < count; ++i) take_patches(in.row(first + i), patches, i * output_.pixels());
      multiply(std::as_const(patches).view().transposed(), by, by_weights->view(), Onto::sum, 1);
    }
    if (!by_in) return;
    multiply(by, this->back().view().transposed(), patches.view(), Onto::zero, 1);
    for (std::size_t i = 0; i < count; ++i) add_patches(patches, i * output_.pixels(), by_in->row(first + i));
  }

  Shape input_, output_;
  std::size_t stride_;
  std::array<Matrix<Real>, lanes> by_lane_;
};

}  // namespace

template <class Real>
std::unique_ptr<Operation<Real>> make_convolution(Shape input, std::size_t channels, std::size_t stride,
                                                  const LinearOptions& options) {
  return std::make_unique<Convolution<Real>>(input, channels, stride, options);
}

template std::unique_ptr<Operation<float>> make_convolution(Shape, std::size_t, std::size_t, const LinearOptions&);
template std::unique_ptr<Operation<double>> make_convolution(Shape, std::size_t, std::size_t, const LinearOptions&);

}  // namespace spikeloom
