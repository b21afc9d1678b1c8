/// A layer of motion detectors that is trained: parameters, mini-batches, answers.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/param_table.hpp"
#include "networks/motion/motion_layer.hpp"
#include "networks/motion/stimuli.hpp"
#include "networks/protocol.hpp"
#include "plasticity/optimiser.hpp"

namespace spikeloom {

/// `motion_layer`: the module's parameters.
struct MotionDetectorParams {
  int directions = 8, delays = 11, radius = 4;
  std::vector<double> speeds = {0.5, 1};
  bool cone = false, invariant = false;
  std::string places = "on";
  double eta = 0.02;
};
const ParamTable<MotionDetectorParams>& motion_detector_params();
ModuleInfo motion_layer_module();

class MotionDetector {
 public:
  /// `size`: pixels of the view in x and y.
  MotionDetector(const MotionDetectorParams& params, std::size_t size);

  const MotionSet& motions() const noexcept { return motions_; }
  MotionLayer<float>& layer() noexcept { return layer_; }
  const MotionLayer<float>& layer() const noexcept { return layer_; }

  /// One step of Adam on the mean loss of some movies, which are tasks; their gradients are added in order.
  void train(std::span<const MotionMovie* const> movies, int threads);

  /// Mean evidence: [bins][classes]. With `invariant` OFF events are judged as ON events of the movie with polarities
  /// exchanged are.
  std::vector<float> evidence(const MotionMovie& movie) const;
  /// The class of the largest evidence in every bin.
  std::vector<std::size_t> classify(const MotionMovie& movie) const;

  /// Saves or restores everything that changes from mini-batch to mini-batch.
  void state(StateArchive& archive);

 private:
  MotionDetectorParams params_;
  MotionSet motions_;
  MotionLayer<float> layer_;
  std::unique_ptr<Optimiser<float>> kernel_optimiser_, bias_optimiser_;
};

/// Bins in which the motion has been the same for as long as the longest delay.
std::vector<bool> settled_bins(const MotionMovie& movie, std::size_t delays);
/// The largest number of every row.
std::vector<std::size_t> largest_of_rows(std::span<const float> matrix, std::size_t columns);

}  // namespace spikeloom
