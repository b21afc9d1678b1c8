/// The neurons of a DCLS network over one sample: leaky integrators with hard reset, forwards and backwards in time.
///
///     h[t] = v[t-1] leak + x[t],  s[t] = (h[t] >= v_th),  v[t] = h[t] (1 - s[t]),  leak = 1 - 1 / tau
///     backwards: ds/dh = (alpha / 2) / (1 + (pi alpha (h - v_th) / 2)^2); the reset counts as a constant
///
/// Columns are [step][neuron].
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>

namespace spikeloom {

template <class Real>
struct DclsNeuron {
  Real leak = 0, v_th = 1, alpha = 5;
};

/// From the input to h, in place. `v` is scratch of `n` numbers.
template <class Real>
void integrate(const DclsNeuron<Real>& neuron, std::size_t steps, std::size_t n, std::span<Real> x, std::span<Real> v) {
  std::fill(v.begin(), v.end(), Real{0});
  Real* __restrict state = v.data();
  for (std::size_t t = 0; t < steps; ++t) {
    Real* __restrict h = x.data() + t * n;
    for (std::size_t j = 0; j < n; ++j) {
      h[j] = state[j] * neuron.leak + h[j];
      state[j] = h[j] >= neuron.v_th ? Real{0} : h[j];
    }
  }
}

/// From dL/ds to dL/dx, in place. `carried` is scratch of `n` numbers.
template <class Real>
void integrate_backwards(const DclsNeuron<Real>& neuron, std::size_t steps, std::size_t n, std::span<const Real> h,
                         std::span<Real> by_spikes, std::span<Real> carried) {
  constexpr Real pi = static_cast<Real>(3.14159265358979323846);
  const Real height = neuron.alpha / 2, sharpness = pi * neuron.alpha / 2;
  std::fill(carried.begin(), carried.end(), Real{0});
  Real* __restrict by_v = carried.data();
  for (std::size_t t = steps; t-- > 0;) {
    const Real* __restrict potential = h.data() + t * n;
    Real* __restrict by = by_spikes.data() + t * n;
    for (std::size_t j = 0; j < n; ++j) {
      const Real distance = sharpness * (potential[j] - neuron.v_th);
      const Real kept = potential[j] >= neuron.v_th ? Real{0} : by_v[j];
      by[j] = by[j] * (height / (1 + distance * distance)) + kept;
      by_v[j] = by[j] * neuron.leak;
    }
  }
}

/// The same for a neuron that never spikes: from dL/dv, which is dL/dh, to dL/dx.
template <class Real>
void leak_backwards(Real leak, std::size_t steps, std::size_t n, std::span<Real> by_potential) {
  for (std::size_t t = steps; t-- > 1;) {
    const Real* __restrict later = by_potential.data() + t * n;
    Real* __restrict earlier = by_potential.data() + (t - 1) * n;
    for (std::size_t j = 0; j < n; ++j) earlier[j] += later[j] * leak;
  }
}

}  // namespace spikeloom
