/// What is measured of trained motion detectors: accuracy, compression, the geometry of their kernels.
#pragma once

#include <functional>
#include <vector>

#include "networks/motion/motion_detector.hpp"

namespace spikeloom::experiments {

struct MotionAccuracy {
  double all = 0, settled = 0;  // percent of bins; of bins without a change within the longest delay
};
/// `between`, here and below, is called before every movie, from any thread, and may throw.
MotionAccuracy accuracy_of(const MotionDetector& detector, std::span<const MotionMovie> movies, int threads,
                           const std::function<void()>& between = {});

/// Bins of one movie without a change within the longest delay, and how many of them are told right.
struct SettledBins {
  double right = 0, all = 0;
};
SettledBins settled_of(const MotionDetector& detector, const MotionMovie& movie);

/// A compressed layer, run by events.
struct CompressedAccuracy {
  double fraction = 0;                 // of the weights (of the delays) that is left
  double accuracy = 0;                 // percent of bins
  double additions = 0, expected = 0;  // per bin: counted, and fraction times those of the full layer
};
CompressedAccuracy pruned_accuracy(const MotionDetector& detector, std::span<const MotionMovie> movies, int threads,
                                   double fraction, const std::function<void()>& between = {});
CompressedAccuracy shortened_accuracy(const MotionDetector& detector, std::span<const MotionMovie> movies, int threads,
                                      std::size_t delays, const std::function<void()>& between = {});

/// The fraction at which accuracy = chance + (full - chance) / (1 + (half / fraction)^k) has lost half, least squares
/// over half and k. The last point is the full layer.
double half_saturation(std::span<const CompressedAccuracy> curve, double chance);

/// Velocity that the positive weights of a class lie along [pixels per bin]: least squares, through the origin, of
/// their centroids over delays, squares of weights as masses; over delays within which a motion of this speed stays
/// inside the reach of the neuron.
MotionSet::Velocity kernel_velocity(const MotionLayer<float>& layer, std::size_t motion, double speed);
/// Correlation of the ON and the OFF kernel of a class, over what the mask allows.
double push_pull(const MotionLayer<float>& layer, std::size_t motion);

}  // namespace spikeloom::experiments
