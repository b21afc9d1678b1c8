/// How weights begin: uniform, orthogonal or zero, as a function of seed and stream.
#pragma once

#include "plasticity/layers/operation.hpp"

namespace spikeloom {

/// `weights` is [inputs][units].
template <class Real>
void start_weights(std::span<Real> weights, std::size_t inputs, const LinearOptions& options);
/// Biases: uniform within +-1/sqrt(inputs) or 0.
template <class Real>
void start_biases(std::span<Real> biases, std::size_t inputs, const LinearOptions& options);

}  // namespace spikeloom
