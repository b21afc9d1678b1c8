/// Training by mini-batches: epochs, schedule of the rate, validation, early stopping, the best state kept.
///
/// A training protocol is a task: one file that makes a Split of samples from its parameters, and a line in the
/// catalogue. Everything else is here and the same for every task and every learner:
///
///     struct Params : TrainingParams { ... };             // the task's own parameters
///     static const ParamTable<Params> table = ParamTable<Params>{{"t_early", ...}, ...}.with(training_params());
///     ProtocolOutcome run(const ProtocolRun& run) {
///       const auto task = params().read(run.experiment.protocol->arguments);
///       return train(run, task, make_data(task, run.experiment.seed));
///     }
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/param_table.hpp"
#include "networks/training/learner.hpp"

namespace spikeloom::experiments {

/// Parameters that every training protocol has.
struct TrainingParams {
  int epochs = 100, batch = 32, seeds = 1;
  double patience = 0;
  double rate_decay = 1;
  int rate_every = 1;
  double ease_in = 1, ease_in_growth = 1.05;
  std::string keep = "best", start_from = {};
  double train_samples = 0, validation_samples = 0, test_samples = 0;
};

/// A task's table ends with `.with(training_params())`; its struct derives from TrainingParams.
const ParamTable<TrainingParams>& training_params();

/// What one epoch brought. Losses are means over samples, accuracies fractions.
struct EpochResult {
  double train_loss = 0, train_accuracy = 0, validation_loss = 0, validation_accuracy = 0, rate = 1;
  std::vector<double> measures;  // Learner::measures
};

/// Answers over a whole data set.
struct Evaluation {
  double loss = 0, accuracy = 0;
  std::vector<std::int32_t> labels;  // the learner's answer to every sample, -1 for none
};

/// One training of one learner.
class Training {
 public:
  /// All are borrowed. `seed` is for the order of samples.
  Training(Learner& learner, const SampleSplit& data, const TrainingParams& params, std::uint64_t seed, int threads);
  template <class Data>
  Training(Learner& learner, Split<Data>&& data, const TrainingParams& params, std::uint64_t seed,
           int threads) = delete;

  /// Called after every mini-batch but the last with the share of the epoch that is over, accuracy and loss so far;
  /// false: stop now, within the epoch.
  using BatchDone = std::function<bool(double share, double accuracy, double loss)>;
  /// One pass over the training samples and one over those of validation. Nothing if it was stopped: the next call goes
  /// on within the epoch.
  std::optional<EpochResult> epoch(const BatchDone& batch_done = {});

  std::uint64_t epochs() const noexcept { return counters_[0]; }
  std::uint64_t best_epoch() const noexcept { return counters_[1]; }
  double best_accuracy() const noexcept { return best_[0]; }
  /// All epochs are done, or none of the last `patience` was better than the best before them.
  bool is_over() const noexcept;
  /// Puts the state of the best epoch back into the learner, if there is one and the parameters say so.
  void keep_best();
  Evaluation evaluate(const Samples& data);

  /// Everything that epochs change: the learner's state, the best one's, counters. Copied into a Training of the same
  /// parameters, it goes on to the same bits.
  std::vector<StateArray> state();

 private:
  void remember_best(double accuracy, double loss);
  double rate() const;

  Learner& learner_;
  SampleSplit data_;
  TrainingParams params_;
  std::uint64_t seed_;
  int threads_;
  std::vector<std::uint64_t> counters_ = {0, 0, 0, 0, 0};  // epochs, best epoch, updates; samples and right answers so
                                                           // far in this epoch
  std::vector<double> losses_ = {0};                       // their sum so far in this epoch
  std::vector<double> best_ = {-1, 0};                     // accuracy and loss of the best epoch
  std::vector<std::string> kept_names_;                    // "best_" and the name of the learner's array
  std::vector<std::vector<std::uint64_t>> kept_;           // bytes of the learner's arrays in the best epoch
};

/// Copies arrays of the same names, kinds and shapes; std::invalid_argument if they differ.
void copy_state(std::span<const StateArray> from, std::span<const StateArray> to);

/// Trains `params.seeds` learners of the experiment's module, one after another, tests each and tells what came of it:
/// metrics test_accuracy, validation_accuracy, train_accuracy (means over seeds), tables `learning` and `seeds`,
/// confusion matrix, weights and delays, histograms of delays.
/// With `start_from` every learner begins with the arrays of another training; FileError or SpecError before the first
/// epoch if they are not there or do not fit.
/// Without classes, or if the module generates samples, it is about losses alone. `afterwards` is called when the first
/// seed is over, and again when a resumed run finds that it was; it says how it goes on by `say`, and comes back soon
/// if that is false.
using Say = std::function<bool(const std::string& note)>;
using Afterwards = std::function<void(Learner& learner, const Say& say)>;
ProtocolOutcome train(const ProtocolRun& run, const TrainingParams& params, Split<SpikeData> data,
                      const Afterwards& afterwards = {});
ProtocolOutcome train(const ProtocolRun& run, const TrainingParams& params, Split<DenseData> data,
                      const Afterwards& afterwards = {});

}  // namespace spikeloom::experiments
