/// Layers, and networks of them, in which no gradient crosses from layer to layer unless it is sent.
///
/// A block is one layer: operations from its input to its output (convolution, normalisation, activation). Gradients
/// run through the operations of a block and end there: `learn` takes the derivative of a loss with respect to the
/// output of the block, and gives the gradients of the block's own parameters. Only `learn_and_send` hands a derivative
/// to the layer below; a rule that never calls it is local.
#pragma once

#include <string>

#include "plasticity/layers/operation.hpp"

namespace spikeloom {

template <class Real>
class Block {
 public:
  explicit Block(Shape input) : input_(input) {}

  /// Appends an operation on the output so far; null is passed over.
  Block& add(std::unique_ptr<Operation<Real>> operation);

  Shape input() const noexcept { return input_; }
  Shape output() const { return operations_.empty() ? input_ : operations_.back()->output(); }

  const Matrix<Real>& forward(const Matrix<Real>& in, const Pass& pass);
  /// Of the last forward pass.
  const Matrix<Real>& activity() const noexcept { return results_.back(); }

  /// Gradients of this block's parameters; `in` is that of the last forward pass. Destroys `by_activity`.
  void learn(const Matrix<Real>& in, Matrix<Real>& by_activity, const Pass& pass) {
    backward(in, by_activity, nullptr, pass);
  }
  /// The same, and the derivative with respect to `in`.
  void learn_and_send(const Matrix<Real>& in, Matrix<Real>& by_activity, Matrix<Real>& by_in, const Pass& pass) {
    backward(in, by_activity, &by_in, pass);
  }

  /// Their names are those of the operations, "weights", with a number from the second of that name on.
  std::vector<Parameter<Real>> parameters();
  std::vector<LayerColumn<Real>> statistics();
  void randomise_way_back(std::uint64_t seed, std::uint32_t stream);

 private:
  void backward(const Matrix<Real>& in, Matrix<Real>& by_activity, Matrix<Real>* by_in, const Pass& pass);

  Shape input_;
  std::vector<std::unique_ptr<Operation<Real>>> operations_;
  std::vector<Matrix<Real>> results_, by_results_;  // of each operation
};

/// out = in + inner(in), as an operation of another block; std::invalid_argument if `inner` changes the shape. Names of
/// parameters begin with "inner_".
template <class Real>
std::unique_ptr<Operation<Real>> make_residual(Block<Real> inner);

/// Blocks one after another. Level 0 is the input, level l the output of block l - 1.
template <class Real>
class Stack {
 public:
  Stack(std::string name, std::vector<Block<Real>> blocks) : name_(std::move(name)), blocks_(std::move(blocks)) {}

  const std::string& name() const noexcept { return name_; }
  std::size_t size() const noexcept { return blocks_.size(); }
  Block<Real>& operator[](std::size_t k) noexcept { return blocks_[k]; }
  Shape shape(std::size_t level) const { return level == 0 ? blocks_.front().input() : blocks_[level - 1].output(); }

  /// `in` is borrowed until the next forward pass.
  const Matrix<Real>& forward(const Matrix<Real>& in, const Pass& pass);
  const Matrix<Real>& activity(std::size_t level) const { return level == 0 ? *in_ : blocks_[level - 1].activity(); }

  /// Gradients of the block below `level` from the derivative with respect to that level's activity.
  void learn(std::size_t level, Matrix<Real>& by_activity, const Pass& pass) {
    blocks_[level - 1].learn(activity(level - 1), by_activity, pass);
  }
  void learn_and_send(std::size_t level, Matrix<Real>& by_activity, Matrix<Real>& by_below, const Pass& pass) {
    blocks_[level - 1].learn_and_send(activity(level - 1), by_activity, by_below, pass);
  }

  /// Named <stack>_<block, from 1>_<parameter>.
  std::vector<Parameter<Real>> parameters();
  std::vector<LayerColumn<Real>> statistics();

 private:
  std::string name_;
  std::vector<Block<Real>> blocks_;
  const Matrix<Real>* in_ = nullptr;
};

extern template class Block<float>;
extern template class Block<double>;
extern template class Stack<float>;
extern template class Stack<double>;

}  // namespace spikeloom
