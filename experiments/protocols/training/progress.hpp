/// What a training of several seeds has brought so far, as arrays of a checkpoint.
#pragma once

#include <vector>

#include "experiments/protocols/training/training.hpp"
#include "networks/checkpoint.hpp"

namespace spikeloom::experiments {

/// What is kept of one seed's training.
struct SeedResult {
  std::vector<EpochResult> epochs = {};
  std::uint64_t best_epoch = 0, hash = 0;
  double train_accuracy = 0;
  Evaluation validation = {}, test = {};
};

/// Results of seeds that are over, and epochs of the one that is not. Arrays:
///
///     epochs       [epoch][7 + measures]  number of the seed, then EpochResult
///     seeds        [seed][6]              train accuracy; loss and accuracy of validation and test; best epoch
///     hashes       [seed]
///     test_labels  [seed][test sample]    answers + 1
class TrainingProgress {
 public:
  TrainingProgress() = default;
  /// From a checkpoint; FileError if it does not hold these arrays.
  explicit TrainingProgress(const SavedState& state);

  void add_finished(const SeedResult& seed);
  void add_epochs(const std::vector<EpochResult>& epochs);
  void list(StateList& list) const;

  std::size_t finished() const noexcept { return hashes_.size(); }
  SeedResult seed(std::size_t k) const;
  /// Of the seed that is not over.
  std::vector<EpochResult> epochs() const { return epochs_of(finished()); }

 private:
  std::vector<EpochResult> epochs_of(std::size_t seed) const;

  std::size_t width_ = 1;  // columns of epochs_
  std::vector<double> epochs_, seeds_;
  std::vector<std::uint64_t> hashes_, labels_;
};

}  // namespace spikeloom::experiments
