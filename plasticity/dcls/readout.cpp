/// A softmax in every step, or one over the whole sample.
#include "plasticity/dcls/readout.hpp"

#include <algorithm>
#include <cmath>

#include "core/models/exponential.hpp"

namespace spikeloom {
namespace {

template <class Real>
void softmax(std::span<const Real> x, std::vector<Real>& share) {
  const Real highest = *std::max_element(x.begin(), x.end());
  Real sum = 0;
  for (std::size_t k = 0; k < x.size(); ++k) sum += share[k] = exponential(x[k] - highest);
  for (auto& s : share) s /= sum;
}

template <class Real>
std::vector<Real> scores(DclsReadout kind, std::span<const Real> u, std::size_t classes,
                         std::vector<std::size_t>& peak) {
  const std::size_t steps = u.size() / classes;
  std::vector<Real> m(classes, Real{0}), share(classes);
  peak.assign(classes, 0);
  for (std::size_t t = 0; t < steps; ++t) {
    const auto now = u.subspan(t * classes, classes);
    if (kind == DclsReadout::softmax_sum) softmax(now, share);
    for (std::size_t k = 0; k < classes; ++k) {
      if (kind == DclsReadout::softmax_sum) m[k] += share[k];
      if (kind == DclsReadout::mean || kind == DclsReadout::spike_count) m[k] += now[k];
      if (kind == DclsReadout::maximum && (t == 0 || now[k] > m[k])) {
        m[k] = now[k];
        peak[k] = t;
      }
    }
  }
  if (kind == DclsReadout::mean)
    for (auto& value : m) value /= static_cast<Real>(steps);
  return m;
}

/// dL/du from dL/dm.
template <class Real>
void spread(DclsReadout kind, std::span<const Real> u, std::span<const Real> by_m, const std::vector<std::size_t>& peak,
            std::span<Real> by_u) {
  const std::size_t classes = by_m.size(), steps = u.size() / classes;
  std::vector<Real> share(classes);
  for (std::size_t t = 0; t < steps; ++t) {
    const auto to = by_u.subspan(t * classes, classes);
    if (kind == DclsReadout::softmax_sum) {
      softmax(u.subspan(t * classes, classes), share);
      Real mean = 0;
      for (std::size_t k = 0; k < classes; ++k) mean += share[k] * by_m[k];
      for (std::size_t k = 0; k < classes; ++k) to[k] = share[k] * (by_m[k] - mean);
    }
    for (std::size_t k = 0; k < classes; ++k) {
      if (kind == DclsReadout::mean) to[k] = by_m[k] / static_cast<Real>(steps);
      if (kind == DclsReadout::spike_count) to[k] = by_m[k];
      if (kind == DclsReadout::maximum) to[k] = peak[k] == t ? by_m[k] : Real{0};
    }
  }
}

}  // namespace

template <class Real>
DclsAnswer read_out(DclsReadout kind, std::span<const Real> u, std::size_t classes, std::int32_t label,
                    std::span<Real> by_u) {
  std::vector<std::size_t> peak;
  const auto m = scores(kind, u, classes, peak);
  std::vector<Real> share(classes);
  softmax<Real>(m, share);
  const auto highest = std::max_element(m.begin(), m.end());
  double sum = 0;
  for (const auto value : m) sum += exponential(static_cast<double>(value - *highest));
  const auto wanted = static_cast<std::size_t>(label);
  const DclsAnswer answer{std::log(sum) + static_cast<double>(*highest - m[wanted]),
                          static_cast<std::int32_t>(highest - m.begin())};
  if (!by_u.empty()) {
    share[wanted] -= 1;
    spread<Real>(kind, u, share, peak, by_u);
  }
  return answer;
}

template DclsAnswer read_out(DclsReadout, std::span<const float>, std::size_t, std::int32_t, std::span<float>);
template DclsAnswer read_out(DclsReadout, std::span<const double>, std::size_t, std::int32_t, std::span<double>);

}  // namespace spikeloom
