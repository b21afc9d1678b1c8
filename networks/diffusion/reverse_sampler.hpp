/// From noise to samples: geometric Brownian motion run backwards along a score, sign by sign or without regard to it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "networks/diffusion/geometric_noise.hpp"
#include "plasticity/layers/matrix.hpp"

namespace spikeloom {

/// Times t_k = (k / steps)^grid, k = steps ... 1; from t_k to t_k-1 leads `repeats` times a step of length
/// step (t_k - t_k-1), after which the noise is multiplied by `anneal`. Then `polish` steps without noise at t_1.
struct SamplerOptions {
  enum class Kind { dale, unconstrained } kind = Kind::dale;
  int steps = 1000, repeats = 1, polish = 0;
  double grid = 1, step = 1, anneal = 1;

  double time(int k) const noexcept { return std::pow(static_cast<double>(k) / steps, grid); }
};
const std::vector<std::string>& sampler_names();

/// Where every number starts: y = mean + deviation z.
struct LogNormalStart {
  double mean = 0, deviation = 1;
};

/// Gives h for every number of y = log |x| at time t.
using HyvarinenScore = std::function<void(const Matrix<float>& y, double t, Matrix<float>& h)>;

struct ReverseSamples {
  Matrix<float> log_size;          // log |x|
  std::uint64_t sign_changes = 0;  // over all numbers and steps
};

/// `rows` samples of `columns` numbers; sample i is a function of seed and first_row + i. A number whose |x| falls
/// below 1e-30 stays there. Called between steps with the share that is over, `go_on` may end it by false: then the
/// samples are what they are by then.
ReverseSamples sample_reverse(const GeometricNoise& noise, const SamplerOptions& options, const LogNormalStart& start,
                              const HyvarinenScore& score, std::size_t rows, std::size_t columns, std::uint64_t seed,
                              std::uint64_t first_row, int threads,
                              const std::function<bool(double share)>& go_on = {});

}  // namespace spikeloom
