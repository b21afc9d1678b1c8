/// What happens to a mini-batch between the input and the output of a layer: one operation after another.
///
/// An operation maps each sample of a given shape to one of another shape; `backward` gives the gradients of its
/// parameters and, if it is asked to, the derivative with respect to its input. Samples are images stored as
/// [row][column][channel]; a vector is an image of 1 x 1 pixels.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "plasticity/layers/matrix.hpp"

namespace spikeloom {

struct Shape {
  std::size_t height = 1, width = 1, channels = 1;

  std::size_t pixels() const noexcept { return height * width; }
  std::size_t size() const noexcept { return height * width * channels; }
  bool operator==(const Shape&) const = default;
};

/// How a mini-batch goes through: `training` matters to operations that normalise; without `gradients`, those with
/// weights leave them alone on the way back.
struct Pass {
  int threads = 1;
  bool training = true, gradients = true;
};

/// Numbers that learning moves, and their gradient. Weights are a matrix [input][unit] of `inputs` rows; biases and
/// gains have none (inputs = 0).
template <class Real>
struct Parameter {
  std::string name;
  std::span<Real> values, gradient;
  std::size_t inputs = 0;
};

/// Other numbers that learning changes: running statistics, what an optimiser remembers.
template <class Real>
struct LayerColumn {
  std::string name;
  std::span<Real> values;
};

template <class Real>
class Operation {
 public:
  virtual ~Operation() = default;

  virtual Shape output() const = 0;
  /// `out` is resized to in.rows() x output().size().
  virtual void forward(const Matrix<Real>& in, Matrix<Real>& out, const Pass& pass) = 0;
  /// From the derivative of a loss with respect to `out` (of the last forward pass, that of `in`) to the gradients of
  /// the parameters, which are replaced, and to that with respect to `in`, unless `by_in` is null. May destroy
  /// `by_out`.
  virtual void backward(const Matrix<Real>& in, const Matrix<Real>& out, Matrix<Real>& by_out, Matrix<Real>* by_in,
                        const Pass& pass) = 0;
  virtual std::vector<Parameter<Real>> parameters() { return {}; }
  virtual std::vector<LayerColumn<Real>> statistics() { return {}; }
  /// From now on `by_in` is computed with fixed random weights instead of the transposed ones (feedback alignment).
  virtual void randomise_way_back(std::uint64_t /*seed*/, std::uint32_t /*stream*/) {}
};

/// How weights begin.
enum class Start {
  uniform,     // within +-1/sqrt(inputs of a unit)
  orthogonal,  // rows or columns orthonormal, whichever are fewer
  zero
};

/// What a linear operation is made of; `stream` names its random numbers.
struct LinearOptions {
  bool biases = true;
  Start start = Start::uniform;
  double scale = 1;  // of the initial weights
  std::uint64_t seed = 0;
  std::uint32_t stream = 0;
};

/// One name per activation, in the order of the catalogue of words that users write.
enum class Curve { linear, elu, relu, tanh };
const std::vector<std::string>& curve_names();

// One file each, in plasticity/layers/operations/. All throw std::invalid_argument if the input does not fit.

/// out = in W + b, every input to every unit; the units may be those of an image.
template <class Real>
std::unique_ptr<Operation<Real>> make_dense(Shape input, Shape units, const LinearOptions& options);
template <class Real>
std::unique_ptr<Operation<Real>> make_dense(Shape input, std::size_t units, const LinearOptions& options) {
  return make_dense<Real>(input, Shape{1, 1, units}, options);
}
/// 3 x 3 kernels with a border of zeros of one pixel; `stride` 1 or 2.
template <class Real>
std::unique_ptr<Operation<Real>> make_convolution(Shape input, std::size_t channels, std::size_t stride,
                                                  const LinearOptions& options);
/// The largest of 2 x 2 pixels; sides must be even.
template <class Real>
std::unique_ptr<Operation<Real>> make_max_pool(Shape input);
/// Every pixel becomes 2 x 2, of which the rows and columns beyond `output` are left out.
template <class Real>
std::unique_ptr<Operation<Real>> make_upsampling(Shape input, std::size_t height, std::size_t width);
/// y = f(x) per element; null for the linear one, which does nothing.
template <class Real>
std::unique_ptr<Operation<Real>> make_activation(Shape input, Curve curve);
/// Per channel, over samples and pixels: y = gain (x - mean) / sqrt(variance + 1e-5) + offset; in evaluation with
/// running statistics (momentum 0.1). Without `gains` these are 1 and offsets 0 for good.
template <class Real>
std::unique_ptr<Operation<Real>> make_batch_norm(Shape input, bool gains = true);

}  // namespace spikeloom
