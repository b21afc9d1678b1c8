/// Weights, biases and their gradients, as every operation with weights has them, and weights of its own for the way
/// back.
#pragma once

#include "core/aligned.hpp"
#include "plasticity/layers/initial_weights.hpp"
#include "plasticity/layers/operation.hpp"

namespace spikeloom {

template <class Real>
class WeightedOperation : public Operation<Real> {
 public:
  std::vector<Parameter<Real>> parameters() override {
    std::vector<Parameter<Real>> all = {{"weights", weights_.values(), by_weights_.values(), weights_.rows()}};
    if (!biases_.empty()) all.push_back({"biases", biases_, by_biases_, 0});
    return all;
  }

  void randomise_way_back(std::uint64_t seed, std::uint32_t stream) override {
    way_back_.resize(weights_.rows(), weights_.columns());
    start_weights(way_back_.values(), weights_.rows(), {.seed = seed, .stream = stream + way_back_stream});
  }

 protected:
  WeightedOperation(std::size_t inputs, std::size_t units) : weights_(inputs, units), by_weights_(inputs, units) {}

  /// Gives weights and, where `options` ask for them, biases their first values.
  void start(const LinearOptions& options) {
    start_weights(weights_.values(), weights_.rows(), options);
    if (!options.biases) return;
    biases_.resize(weights_.columns());
    by_biases_.resize(weights_.columns());
    start_biases(std::span(biases_), weights_.rows(), options);
  }
  /// Weights by which errors go back: the transposed ones of the way forward unless randomise_way_back() was called.
  const Matrix<Real>& back() const { return way_back_.size() > 0 ? way_back_ : weights_; }

  Matrix<Real> weights_, by_weights_;  // [input][unit]
  aligned_vector<Real> biases_, by_biases_;

 private:
  static constexpr std::uint32_t way_back_stream = 0x100;
  Matrix<Real> way_back_;
};

}  // namespace spikeloom
