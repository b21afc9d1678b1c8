/// Mini-batches of e-prop trials.
#include "plasticity/gradient/eprop_learner.hpp"

#include <algorithm>

#include "core/flush_denormals.hpp"
#include "core/models/exponential.hpp"
#include "core/parallel.hpp"

namespace spikeloom {

template <class Real>
EpropLearner<Real>::EpropLearner(EpropNetwork<Real> network, const EpropTraining& training,
                                 const OptimiserInfo& optimiser, const ModelArguments& optimiser_params)
    : network_(std::move(network)),
      training_(training),
      optimiser_(optimiser.make<Real>(optimiser_params, network_.weights.size())),
      feedback_optimiser_(optimiser.make<Real>(optimiser_params, network_.feedback.size())),
      rates_(network_.shape.neurons),
      gradient_(network_.weights.size()) {}

template <class Real>
std::vector<double> EpropLearner<Real>::train(std::span<const SpikeRaster> inputs, const TrialLoss<Real>& loss,
                                              int threads) {
  gradient(inputs, loss, threads);
  optimiser_->update(network_.weights, gradient_);
  if (training_.feedback == Feedback::adaptive) update_feedback();
  if (training_.readout_decay > 0)
    for (auto& weight : network_.out()) weight *= static_cast<Real>(1 - training_.readout_decay);
  if (training_.half_life > 0) scale_rate(exponential(-0.69314718055994531 / training_.half_life));
  return losses_;
}

template <class Real>
std::vector<double> EpropLearner<Real>::evaluate(std::span<const SpikeRaster> inputs, const TrialLoss<Real>& loss,
                                                 int threads) {
  run_trials(inputs, loss, threads, false);
  measure_rates(inputs.size());
  return losses_;
}

template <class Real>
std::span<const Real> EpropLearner<Real>::gradient(std::span<const SpikeRaster> inputs, const TrialLoss<Real>& loss,
                                                   int threads) {
  // 1. trials forward, errors, learning signals
  if (training_.feedback == Feedback::symmetric) network_.make_feedback_symmetric();
  run_trials(inputs, loss, threads, true);
  measure_rates(inputs.size());
  ++batches_;

  // 2. deviation from the target rate: derivative of the regulariser by one spike of each neuron
  std::vector<Real> rate_error;
  if (training_.rate_cost > 0)
    for (const double rate : rates_)
      rate_error.push_back(static_cast<Real>(training_.rate_cost * (rate - training_.rate_target) / mean_seconds_));

  // 3. gradients: every (trial, block of sources) is a task and writes rows of its own
  const std::size_t blocks = training_.learn_synapses ? source_blocks(network_) : 0;
  for_each_index(static_cast<std::size_t>(threads), inputs.size() * (blocks + 1), [&](std::size_t task) {
    const FlushDenormals flush;
    auto& trial = trials_[task / (blocks + 1)];
    const std::size_t block = task % (blocks + 1);
    if (block == blocks)
      add_readout_gradient<Real>(network_, trial.history, trial.gradient);
    else
      add_synapse_gradient<Real>(network_, trial.input, trial.spikes, trial.history, rate_error, block, trial.gradient);
  });
  sum_gradients(inputs.size(), threads);
  return gradient_;
}

template <class Real>
void EpropLearner<Real>::run_trials(std::span<const SpikeRaster> inputs, const TrialLoss<Real>& loss, int threads,
                                    bool learn) {
  trials_.resize(std::max(trials_.size(), inputs.size()));
  losses_.resize(inputs.size());
  for_each_index(static_cast<std::size_t>(threads), inputs.size(), [&](std::size_t k) {
    const FlushDenormals flush;
    auto& trial = trials_[k];
    run_forward(network_, inputs[k], trial.history);
    losses_[k] = loss(k, trial.history);
    if (!learn) return;
    spread_errors(network_, trial.history);
    if (training_.permute_signals) permute_signals(trial.history, training_.seed + batches_ * inputs.size() + k);
    trial.input = SpikeTrains(inputs[k], network_.shape.inputs);
    trial.spikes = SpikeTrains(trial.history.spikes, network_.shape.neurons);
    trial.gradient.assign(network_.weights.size(), Real{0});
  });
}

template <class Real>
void EpropLearner<Real>::measure_rates(std::size_t trials) {
  std::fill(rates_.begin(), rates_.end(), 0.0);
  mean_seconds_ = 0;
  for (std::size_t k = 0; k < trials; ++k) {
    const auto counts = trials_[k].history.spikes.counts(rates_.size());
    for (std::size_t j = 0; j < rates_.size(); ++j) rates_[j] += counts[j];
    mean_seconds_ += 1e-3 * network_.resolution * static_cast<double>(trials_[k].history.steps);
  }
  for (auto& rate : rates_) rate /= mean_seconds_;
  mean_seconds_ /= static_cast<double>(trials);
}

template <class Real>
void EpropLearner<Real>::sum_gradients(std::size_t trials, int threads) {
  constexpr std::size_t chunk = 8192;
  const Real share = Real{1} / static_cast<Real>(trials);
  for_each_index(static_cast<std::size_t>(threads), (gradient_.size() + chunk - 1) / chunk, [&](std::size_t c) {
    const std::size_t begin = c * chunk, end = std::min(begin + chunk, gradient_.size());
    std::fill(gradient_.begin() + static_cast<std::ptrdiff_t>(begin),
              gradient_.begin() + static_cast<std::ptrdiff_t>(end), Real{0});
    for (std::size_t k = 0; k < trials; ++k)
      for (std::size_t i = begin; i < end; ++i) gradient_[i] += trials_[k].gradient[i];
    for (std::size_t i = begin; i < end; ++i) gradient_[i] *= share;
  });
}

template <class Real>
void EpropLearner<Real>::update_feedback() {
  const std::size_t n = network_.shape.neurons, outputs = network_.shape.outputs, out = network_.sources() * n;
  std::vector<Real> transposed(network_.feedback.size());
  for (std::size_t j = 0; j < n; ++j)
    for (std::size_t k = 0; k < outputs; ++k) transposed[k * n + j] = gradient_[out + j * outputs + k];
  feedback_optimiser_->update(network_.feedback, transposed);
  for (auto& weight : network_.feedback) weight *= static_cast<Real>(1 - training_.readout_decay);
}

template <class Real>
void EpropLearner<Real>::scale_rate(double factor) noexcept {
  optimiser_->scale_rate(factor);
  feedback_optimiser_->scale_rate(factor);
}

template <class Real>
void EpropLearner<Real>::state(StateArchive& archive) {
  archive.column("weights", std::span(network_.weights));
  archive.column("feedback", std::span(network_.feedback));
  optimiser_->state(archive, "");
  feedback_optimiser_->state(archive, "feedback_");
  archive.common("batches", batches_);
}

template class EpropLearner<float>;
template class EpropLearner<double>;

}  // namespace spikeloom
