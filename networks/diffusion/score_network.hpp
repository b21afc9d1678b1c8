/// A network that tells what noisy images were without their noise, given time and class; dense, or convolutional.
#pragma once

#include <vector>

#include "networks/diffusion/geometric_noise.hpp"
#include "plasticity/layers/stack.hpp"

namespace spikeloom {

struct ScoreArchitecture {
  bool convolutional = false;
  std::vector<std::size_t> hidden = {};  // units of the levels; channels at full size, half, a quarter, ...
  std::size_t sines = 16;                // that time is told by; even
  Curve curve = Curve::elu;
  bool corrects = false;  // the estimate is the noisy number and a correction; else the network's output alone
};

/// Mean and deviation of the logarithms of a data set's numbers.
struct LogMoments {
  double mean = 0, deviation = 1;
};

/// One noisy number's clean one, E[y_0 | y_t], is made of the network's output F with noise of variance v around data
/// of variance s^2 (Karras et al. 2022, arXiv 2206.00364):
///
///     u = y_t - drift t - mean
///     E = mean + s^2 / (s^2 + v) u + s sqrt(v / (s^2 + v)) F(u / sqrt(s^2 + v), t, class)
///
/// so that input and output of the network are of size 1 at any time; or E = mean + s F(...), which no noise can pass
/// that the network does not let through: better for one whose levels are narrower than an image.
class ScoreNetwork {
 public:
  /// `classes`: 0 if it is not told any. SpecError if the images cannot be halved as often as `hidden` says.
  ScoreNetwork(const ScoreArchitecture& architecture, Shape shape, std::size_t classes, std::uint64_t seed);

  /// E[y_0] of noisy logarithms `y`, one row per sample, at the time of each row; `clocks` are the same times between 0
  /// and 1 as the network is told them. A label of -1 is not told.
  const Matrix<float>& denoise(const Matrix<float>& y, const GeometricNoise& noise, const LogMoments& moments,
                               std::span<const double> times, std::span<const double> clocks,
                               std::span<const std::int32_t> labels, const Pass& pass);
  /// Gradients of a loss from its derivative by the result of the last `denoise`, which is destroyed.
  void learn(Matrix<float>& by_clean, const Pass& pass);

  std::vector<Parameter<float>> parameters() { return stack_.parameters(); }

 private:
  /// Coefficients of the formula above.
  struct Scales {
    double around, network, input;
  };
  Scales scales(const LogMoments& moments, double variance) const;

  void tell(std::size_t row, const Scales& scales, double shift, double clock, std::int32_t label,
            std::span<const float> y);

  Shape shape_;
  std::size_t classes_, sines_;
  bool convolutional_, corrects_;
  Stack<float> stack_;
  Matrix<float> inputs_, clean_, by_below_[2];
  std::vector<float> network_scales_;  // of each row
};

}  // namespace spikeloom
