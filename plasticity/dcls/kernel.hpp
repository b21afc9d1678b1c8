/// Kernels of one presynaptic unit over delays: Gaussian bumps around learnable positions, or single taps.
///
/// Dilated convolution with learnable spacings (Khalfaoui-Hassani et al. 2023, ICLR; Hammouamri et al. 2024, ICLR).
/// Delays are in steps, 0 .. length - 1. A position p counts from the middle of the kernel towards its recent end:
///
///     delay = floor(length / 2) - p        p = +floor(length / 2): no delay; p = -floor(length / 2): length - 1 steps
///     training   k[d] = sum over taps w q[d],  q[d] = g[d] / (sum_m g[m] + 1e-7),
///                g[d] = exp(-((d - delay) / s)^2 / 2),  s = |sigma| + 0.27
///     inference  k[d] = sum over taps w, where d is the delay rounded and kept within 0 .. length - 1
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/aligned.hpp"

namespace spikeloom {

/// Of the projection between two layers. `length` is odd.
struct KernelShape {
  std::size_t sources = 0, targets = 0, length = 1, taps = 1;

  std::size_t synapses() const noexcept {
    return sources * taps * targets;
  }                                                              // weights, positions [source][tap][target]
  std::size_t row() const noexcept { return length * targets; }  // kernel of a source [delay][target]
  std::size_t per_source() const noexcept { return taps * targets; }
  std::size_t middle() const noexcept { return length / 2; }
};

/// The delay [steps] at which inference puts a position; halves go to the even position, as in the released code.
std::size_t rounded_delay(const KernelShape& shape, double position) noexcept;

/// Writes and differentiates the kernel of one source. Holds scratch memory: one per thread.
template <class Real>
class KernelBuilder {
 public:
  explicit KernelBuilder(const KernelShape& shape);

  /// The training kernel [delay][target] from weights and positions [tap][target] of the source.
  void bumps(std::span<const Real> weights, std::span<const Real> positions, Real sigma, std::span<Real> kernel);
  /// The inference kernel.
  void single_taps(std::span<const Real> weights, std::span<const Real> positions, std::span<Real> kernel);

  /// Gradients by weights and positions [tap][target] from that by the kernel [delay][target]:
  /// dL/dw = sum_d G q;  dL/dp = -w sum_d G q (r - sum_m q_m r_m),  r[d] = (d - delay) / s^2.
  void bump_gradient(std::span<const Real> weights, std::span<const Real> positions, Real sigma,
                     std::span<const Real> by_kernel, std::span<Real> by_weights, std::span<Real> by_positions);
  /// Gradient by the weights of single taps.
  void single_tap_gradient(std::span<const Real> positions, std::span<const Real> by_kernel,
                           std::span<Real> by_weights);

 private:
  void normalised_bump(const Real* positions, Real sigma);

  KernelShape shape_;
  aligned_vector<Real> q_, sum_, mean_r_, by_weight_, by_delay_;
};

extern template class KernelBuilder<float>;
extern template class KernelBuilder<double>;

}  // namespace spikeloom
