/// Training an e-prop network: mini-batches of trials as tasks, gradients summed in the order of the trials.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "plasticity/gradient/eprop.hpp"
#include "plasticity/optimiser.hpp"

namespace spikeloom {

/// How errors become learning signals: the readout transposed, a fixed random matrix, or a random matrix that gets the
/// same updates (and decay) as the readout.
enum class Feedback { symmetric, random, adaptive };
inline const std::vector<std::string>& feedback_names() {
  static const std::vector<std::string> names = {"symmetric", "random", "adaptive"};
  return names;
}

struct EpropTraining {
  Feedback feedback = Feedback::symmetric;
  double rate_target = 10;       // Hz
  double rate_cost = 0;          // c_reg: the regulariser is rate_cost / 2 * sum over neurons (rate - rate_target)^2
  double readout_decay = 0;      // share of readout (and adaptive feedback) lost per update
  double half_life = 0;          // updates after which learning rates have halved; 0: constant rates
  bool learn_synapses = true;    // false: the readout alone
  bool permute_signals = false;  // the ablation that must fail
  std::uint64_t seed = 1;        // of the permutation
};

/// Loss of one trial: reads history.output, fills history.error with its derivative, returns its value. Called for
/// different trials at the same time.
template <class Real>
using TrialLoss = std::function<double(std::size_t trial, EpropHistory<Real>& history)>;

template <class Real>
class EpropLearner {
 public:
  EpropLearner(EpropNetwork<Real> network, const EpropTraining& training, const OptimiserInfo& optimiser,
               const ModelArguments& optimiser_params);

  /// One update from one mini-batch; returns the loss of each trial, before the update. The result has the same bits
  /// for any number of threads.
  std::vector<double> train(std::span<const SpikeRaster> inputs, const TrialLoss<Real>& loss, int threads);
  /// Losses without learning.
  std::vector<double> evaluate(std::span<const SpikeRaster> inputs, const TrialLoss<Real>& loss, int threads);

  /// Gradient of the mean loss over a mini-batch plus the regulariser, laid out like the weights.
  std::span<const Real> gradient(std::span<const SpikeRaster> inputs, const TrialLoss<Real>& loss, int threads);

  const EpropNetwork<Real>& network() const noexcept { return network_; }
  EpropNetwork<Real>& network() noexcept { return network_; }
  /// Of the last mini-batch: what each trial did, the losses, and the mean rate of each neuron [Hz].
  const EpropHistory<Real>& history(std::size_t trial) const { return trials_.at(trial).history; }
  std::span<const double> losses() const noexcept { return losses_; }
  std::span<const double> rates() const noexcept { return rates_; }
  /// Multiplies the learning rates of later updates.
  void scale_rate(double factor) noexcept;
  /// Saves or restores everything that changes from mini-batch to mini-batch.
  void state(StateArchive& archive);

 private:
  struct Trial {
    EpropHistory<Real> history;
    SpikeTrains input, spikes;
    aligned_vector<Real> gradient;
  };

  void run_trials(std::span<const SpikeRaster> inputs, const TrialLoss<Real>& loss, int threads, bool learn);
  void measure_rates(std::size_t trials);
  void sum_gradients(std::size_t trials, int threads);
  void update_feedback();

  EpropNetwork<Real> network_;
  EpropTraining training_;
  std::unique_ptr<Optimiser<Real>> optimiser_, feedback_optimiser_;
  std::vector<Trial> trials_;
  std::vector<double> losses_, rates_;
  double mean_seconds_ = 0;  // of the trials of the last mini-batch
  aligned_vector<Real> gradient_;
  std::uint64_t batches_ = 0;
};

}  // namespace spikeloom
