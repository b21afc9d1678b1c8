/// What `timing: exact` costs beside the grid, for `spikeloom bench`.
#pragma once

namespace spikeloom::experiments {

/// On one thread; lif_psc_exp close to its threshold, under spikes of random weight, with delays of 1 to 3 ms.
struct ExactCosts {
  double busy_ns;        // per event where 4,000 events arrive per neuron and second
  double sparse_ns;      // per event where 200 do
  double half_the_rate;  // time for 100 events per neuron and second as a share of that for 200
  double overtakes;      // events per neuron and second below which it is faster than the grid of 0.1 ms
};

/// Takes some seconds. Throws RunError if exact timing and the grid disagree about the network's activity.
ExactCosts measure_exact_costs();

}  // namespace spikeloom::experiments
