/// On which directions readout weights put probability and latency: principal components over a grid of conditions.
#pragma once

#include <vector>

namespace spikeloom {

struct ReadoutCondition {
  double p = 0, shift = 0;                      // ms
  std::vector<std::vector<double>> what, when;  // weights [channel][neuron]
};

struct ReadoutSubspace {
  std::vector<double> share;                // of variance, per component
  std::vector<std::vector<double>> scores;  // [component][condition]; signs such that PC1 grows with p, PC2 with shift
  std::vector<double> with_p, with_shift;   // correlation of each component with p and with the shift
  double mean_cosine = 0;                   // |cos(V_k, W_k)|, mean over channels and conditions
};

/// Per condition (V, W) is one vector; the mean over conditions is taken off, and both parts are scaled to unit total
/// variance. The first three components.
ReadoutSubspace find_subspace(const std::vector<ReadoutCondition>& conditions);

/// Pearson correlation; 0 where one of both does not vary.
double pearson(const std::vector<double>& a, const std::vector<double>& b);

}  // namespace spikeloom
