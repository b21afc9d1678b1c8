/// Forwards and backwards through the operations of a layer, and names for their numbers.
#include "plasticity/layers/stack.hpp"

#include <map>
#include <stdexcept>

namespace spikeloom {
namespace {

/// Names of one block told apart: "gains", "gains_2".
template <class Named>
void number_names(std::vector<Named>& all) {
  std::map<std::string, int> seen;
  for (auto& one : all)
    if (const int times = ++seen[one.name]; times > 1) one.name += "_" + std::to_string(times);
}

}  // namespace

template <class Real>
Block<Real>& Block<Real>::add(std::unique_ptr<Operation<Real>> operation) {
  if (!operation) return *this;
  operations_.push_back(std::move(operation));
  results_.emplace_back();
  by_results_.emplace_back();
  return *this;
}

template <class Real>
const Matrix<Real>& Block<Real>::forward(const Matrix<Real>& in, const Pass& pass) {
  if (in.columns() != input_.size()) throw std::invalid_argument("the input of a layer has another shape");
  const Matrix<Real>* from = &in;
  for (std::size_t k = 0; k < operations_.size(); ++k) {
    operations_[k]->forward(*from, results_[k], pass);
    from = &results_[k];
  }
  return *from;
}

template <class Real>
void Block<Real>::backward(const Matrix<Real>& in, Matrix<Real>& by_activity, Matrix<Real>* by_in, const Pass& pass) {
  Matrix<Real>* by = &by_activity;
  for (auto k = operations_.size(); k-- > 0;) {
    Matrix<Real>* const below = k > 0 ? &by_results_[k - 1] : by_in;
    operations_[k]->backward(k > 0 ? results_[k - 1] : in, results_[k], *by, below, pass);
    by = below;
  }
}

template <class Real>
std::vector<Parameter<Real>> Block<Real>::parameters() {
  std::vector<Parameter<Real>> all;
  for (const auto& operation : operations_)
    for (auto& parameter : operation->parameters()) all.push_back(std::move(parameter));
  number_names(all);
  return all;
}

template <class Real>
std::vector<LayerColumn<Real>> Block<Real>::statistics() {
  std::vector<LayerColumn<Real>> all;
  for (const auto& operation : operations_)
    for (auto& column : operation->statistics()) all.push_back(std::move(column));
  number_names(all);
  return all;
}

template <class Real>
void Block<Real>::randomise_way_back(std::uint64_t seed, std::uint32_t stream) {
  for (const auto& operation : operations_) operation->randomise_way_back(seed, stream);
}

template <class Real>
const Matrix<Real>& Stack<Real>::forward(const Matrix<Real>& in, const Pass& pass) {
  in_ = &in;
  const Matrix<Real>* from = &in;
  for (auto& block : blocks_) from = &block.forward(*from, pass);
  return *from;
}

template <class Real>
std::vector<Parameter<Real>> Stack<Real>::parameters() {
  std::vector<Parameter<Real>> all;
  for (std::size_t k = 0; k < blocks_.size(); ++k)
    for (auto& parameter : blocks_[k].parameters()) {
      parameter.name = name_ + "_" + std::to_string(k + 1) + "_" + parameter.name;
      all.push_back(std::move(parameter));
    }
  return all;
}

template <class Real>
std::vector<LayerColumn<Real>> Stack<Real>::statistics() {
  std::vector<LayerColumn<Real>> all;
  for (std::size_t k = 0; k < blocks_.size(); ++k)
    for (auto& column : blocks_[k].statistics()) {
      column.name = name_ + "_" + std::to_string(k + 1) + "_" + column.name;
      all.push_back(std::move(column));
    }
  return all;
}

template class Block<float>;
template class Block<double>;
template class Stack<float>;
template class Stack<double>;

}  // namespace spikeloom
