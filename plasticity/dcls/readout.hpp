/// From the potentials or spikes of the last layer to a class, a cross-entropy and its gradient.
///
///     softmax_sum   m = sum_t softmax(u[t])         mean  m = mean_t u[t]         maximum  m = max_t u[t]
///     spike_count   m = number of spikes             loss = -m_label + log sum_k exp(m_k)
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace spikeloom {

enum class DclsReadout { softmax_sum, mean, maximum, spike_count };

inline const std::vector<std::string>& dcls_readout_names() {
  static const std::vector<std::string> names = {"softmax_sum", "mean", "maximum", "spike_count"};
  return names;
}

/// Loss and chosen class (the lowest of equals).
struct DclsAnswer {
  double loss = 0;
  std::int32_t label = 0;
};

/// `u` is [step][class]: potentials, or for spike_count 0 and 1. Unless empty, `by_u` gets dL/du.
template <class Real>
DclsAnswer read_out(DclsReadout kind, std::span<const Real> u, std::size_t classes, std::int32_t label,
                    std::span<Real> by_u);

extern template DclsAnswer read_out(DclsReadout, std::span<const float>, std::size_t, std::int32_t, std::span<float>);
extern template DclsAnswer read_out(DclsReadout, std::span<const double>, std::size_t, std::int32_t, std::span<double>);

}  // namespace spikeloom
