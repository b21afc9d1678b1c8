/// What is shown of a training: learning curves, answers, delays, a sample on its way through the network.
#pragma once

#include <vector>

#include "experiments/protocols/training/progress.hpp"

namespace spikeloom::experiments {

class TrainingReport {
 public:
  /// Both are borrowed. `classifies`: answers are right or wrong, else there are losses alone.
  TrainingReport(ProtocolOutput& output, const SampleSplit& data, bool classifies)
      : output_(output), data_(data), classifies_(classifies) {}

  /// One row per seed and epoch, and the mean over the seeds that are still training.
  void show_curves(const std::vector<SeedResult>& seeds, const std::vector<Learner::Measure>& measures);
  /// What each seed ended with, and the means as metrics.
  void show_seeds(const std::vector<SeedResult>& seeds, const std::vector<Learner::Measure>& measures);
  /// Rows: the true class; columns: the answer, and a last one for no answer.
  void show_confusion(const std::vector<SeedResult>& seeds);
  /// The first test sample of every class, or the first ten, and what the learner has to show of them.
  void show_samples(Learner& learner, int threads);
  /// Histograms of the first seed's delays before and after training, by group.
  void show_delays(const std::vector<Learner::Delays>& before, const std::vector<Learner::Delays>& after);
  /// A test sample on its way through the trained network: populations above each other, inputs at the bottom.
  void show_spikes(Learner& learner);

 private:
  ProtocolOutput& output_;
  const SampleSplit& data_;
  bool classifies_;
};

}  // namespace spikeloom::experiments
