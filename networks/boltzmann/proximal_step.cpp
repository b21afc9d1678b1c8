/// Newton's method on sixteen groups side by side.
#include "networks/boltzmann/proximal_step.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "core/models/exponential.hpp"

namespace spikeloom {
namespace {

constexpr std::size_t side_by_side = 16;
constexpr int most_iterations = 60;

template <class Real>
using Side = std::array<Real, side_by_side>;

/// Of sixteen groups: x = v - alpha, ln p, p, and the slopes of ln p by the right side.
template <class Real>
struct ProximalBlock {
  std::vector<Side<Real>> x, log_p, p, slope;  // [state][group]
  Side<Real> nu{};

  explicit ProximalBlock(std::size_t states) : x(states), log_p(states), p(states), slope(states) {}

  /// nu that makes the largest p of each group 1, so that Newton's method comes from above; ln p from above, too: it
  /// is at most r / alpha and r - (1 - alpha), r the right side.
  void start(Real alpha) {
    Side<Real> largest = x[0];
    for (const auto& state : x)
      for (std::size_t g = 0; g < side_by_side; ++g) largest[g] = std::max(largest[g], state[g]);
    for (std::size_t g = 0; g < side_by_side; ++g) nu[g] = 1 - alpha - largest[g];
    for (std::size_t j = 0; j < x.size(); ++j)
      for (std::size_t g = 0; g < side_by_side; ++g) {
        const Real right = x[j][g] + nu[g];
        log_p[j][g] = std::min(right / alpha, right - (1 - alpha));
      }
  }

  /// One iteration; the largest change of an ln p, over what rounding may make of it.
  Real iterate(Real alpha) {
    Side<Real> sum{}, slopes{}, moved{};
    for (std::size_t j = 0; j < x.size(); ++j)
      for (std::size_t g = 0; g < side_by_side; ++g) {
        const Real e = exponential(log_p[j][g]);
        const Real h = 1 / (alpha + (1 - alpha) * e);
        const Real missing = h * (x[j][g] + nu[g] - alpha * log_p[j][g] - (1 - alpha) * e);
        p[j][g] = missing;
        slope[j][g] = h;
        sum[g] += e * (1 + missing);
        slopes[g] += e * h;
      }
    Side<Real> shift;
    for (std::size_t g = 0; g < side_by_side; ++g) {
      shift[g] = (1 - sum[g]) / slopes[g];
      nu[g] += shift[g];
    }
    for (std::size_t j = 0; j < x.size(); ++j)
      for (std::size_t g = 0; g < side_by_side; ++g) {
        const Real change = p[j][g] + slope[j][g] * shift[g];
        log_p[j][g] = std::min(log_p[j][g] + change, Real{0});
        moved[g] = std::max(moved[g], std::abs(change) / (1 + std::abs(log_p[j][g]) + slope[j][g] * std::abs(nu[g])));
      }
    return *std::max_element(moved.begin(), moved.end());
  }

  void finish() {
    Side<Real> sum{};
    for (std::size_t j = 0; j < x.size(); ++j)
      for (std::size_t g = 0; g < side_by_side; ++g) sum[g] += p[j][g] = exponential(log_p[j][g]);
    for (auto& state : p)
      for (std::size_t g = 0; g < side_by_side; ++g) state[g] /= sum[g];
  }
};

}  // namespace

template <class Real>
void proximal_step(std::span<const Real> v, std::size_t states, Real alpha, std::span<Real> p) {
  constexpr Real still = 16 * std::numeric_limits<Real>::epsilon();
  ProximalBlock<Real> block(states);
  const auto groups = v.size() / states;
  for (std::size_t first = 0; first < groups; first += side_by_side) {
    const auto count = std::min(side_by_side, groups - first);
    for (std::size_t g = 0; g < side_by_side; ++g)
      for (std::size_t j = 0; j < states; ++j)
        block.x[j][g] = g < count ? v[(first + g) * states + j] - alpha : Real{0};
    block.start(alpha);
    for (int k = 0; k < most_iterations; ++k)
      if (block.iterate(alpha) <= still) break;
    block.finish();
    for (std::size_t g = 0; g < count; ++g)
      for (std::size_t j = 0; j < states; ++j) p[(first + g) * states + j] = block.p[j][g];
  }
}

template <class Real>
void proximal_derivative(std::span<const Real> p, Real alpha, std::span<const Real> by_p, std::span<Real> by_v) {
  Real sum = 0, product = 0;
  for (std::size_t j = 0; j < p.size(); ++j) {
    const Real w = p[j] / (alpha + (1 - alpha) * p[j]);
    sum += w;
    product += w * by_p[j];
  }
  const Real mean = product / sum;
  for (std::size_t j = 0; j < p.size(); ++j) by_v[j] = p[j] / (alpha + (1 - alpha) * p[j]) * (by_p[j] - mean);
}

template <class Real>
void proximal_log_derivative(std::span<const Real> p, Real alpha, std::span<const Real> by_log_p,
                             std::span<Real> by_v) {
  Real sum = 0, product = 0;
  for (std::size_t j = 0; j < p.size(); ++j) {
    const Real over = 1 / (alpha + (1 - alpha) * p[j]);
    sum += p[j] * over;
    product += over * by_log_p[j];
  }
  const Real mean = product / sum;
  for (std::size_t j = 0; j < p.size(); ++j) by_v[j] = (by_log_p[j] - p[j] * mean) / (alpha + (1 - alpha) * p[j]);
}

template void proximal_step(std::span<const float>, std::size_t, float, std::span<float>);
template void proximal_step(std::span<const double>, std::size_t, double, std::span<double>);
template void proximal_derivative(std::span<const float>, float, std::span<const float>, std::span<float>);
template void proximal_derivative(std::span<const double>, double, std::span<const double>, std::span<double>);
template void proximal_log_derivative(std::span<const float>, float, std::span<const float>, std::span<float>);
template void proximal_log_derivative(std::span<const double>, double, std::span<const double>, std::span<double>);

}  // namespace spikeloom
