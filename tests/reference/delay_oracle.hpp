/// Delay-adjusted STDP the slow way: one synapse, one step after the other, spikes in flight in a plain list.
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>
#include <set>
#include <vector>

namespace spikeloom::reference {

struct DelayRuleNumbers {
  double tau_plus = 15, tau_minus = 15, a_plus = 0.004, a_minus = 0.003;    // ms; per w_max
  double sigma_plus = 10, sigma_minus = 10, b_plus = 0.02, b_minus = 0.02;  // ms
  double s = 1, c = 0;  // sign of the delay window; below c a delay does not change
  bool flat = false;
  double w_max = 1, d_min = 1, d_max = 25;
};

/// The rule as it stands in the paper, for one pair; lag = target spike - arrival [ms].
inline void change_by_pair(const DelayRuleNumbers& n, double lag, double& w, double& d) {
  const auto window = [&](double sigma) {
    return n.flat ? (std::abs(lag) <= sigma ? 1.0 : 0.0) : std::exp(-std::abs(lag) / sigma);
  };
  const double dw = lag >= 0 ? n.a_plus * std::exp(-lag / n.tau_plus) : -n.a_minus * std::exp(lag / n.tau_minus);
  const double dd = n.s * (lag >= 0 ? -n.b_minus * window(n.sigma_minus) : n.b_plus * window(n.sigma_plus));
  if (d >= n.c) d = std::clamp(d + dd, n.d_min, n.d_max);
  w = std::clamp(w + n.w_max * dw, 0.0, n.w_max);
}

/// One synapse from step 1 to `end`; `arrived` is told step and weight of everything that acts on the target.
struct DelayOracle {
  DelayRuleNumbers numbers;
  double resolution = 0.1;
  double weight = 0.5, delay = 5;  // ms
  std::vector<int> under_way = {};

  void run(const std::set<int>& source, const std::set<int>& target, int end,
           const std::function<void(int, double)>& arrived) {
    std::optional<int> last_arrival, last_spike;
    for (int step = 1; step <= end; ++step) {
      for (auto n = std::ranges::count(under_way, step); n > 0; --n) {
        if (last_spike) change_by_pair(numbers, (*last_spike - step) * resolution, weight, delay);
        last_arrival = step;
        arrived(step, weight);
      }
      std::erase(under_way, step);
      if (target.contains(step)) {
        if (last_arrival) change_by_pair(numbers, (step - *last_arrival) * resolution, weight, delay);
        last_spike = step;
      }
      if (source.contains(step)) under_way.push_back(step + static_cast<int>(std::floor(delay / resolution + 0.5)));
    }
  }
};

}  // namespace spikeloom::reference
