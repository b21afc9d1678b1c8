/// Multinomial logistic regression: the reference learner that shows what a task gives away without time.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "networks/training/spike_data.hpp"

namespace spikeloom {

/// Samples as vectors: features [sample][feature] and labels in [0, classes).
struct FeatureData {
  std::size_t features = 0;
  std::uint32_t classes = 0;
  std::vector<double> values;
  std::vector<std::int32_t> labels;
};

/// Numbers of spikes of every unit.
FeatureData spike_counts(const SpikeData& data);

/// Fits on standardised features (accelerated gradient descent on the cross-entropy with a small L2 penalty, which is
/// convex: no seed, no rate) and returns the fraction of test samples that are classified correctly.
double logistic_regression_accuracy(const FeatureData& train, const FeatureData& test, int iterations = 200);

}  // namespace spikeloom
