/// Training a SuperSpike network trial by trial.
#pragma once

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "plasticity/gradient/superspike.hpp"
#include "plasticity/optimiser.hpp"

namespace spikeloom {

struct SuperSpikeTraining {
  SpikeFeedback feedback = SpikeFeedback::random;
  double w_max = 1000;          // mV: weights stay within +-w_max
  bool average_slopes = false;  // the ablation that must fail
  bool learn_hidden = true;     // false: only the last layer
};

class SuperSpikeLearner {
 public:
  SuperSpikeLearner(SuperSpikeNetwork<float> network, const SuperSpikeTraining& training,
                    std::unique_ptr<Optimiser<float>> optimiser)
      : network_(std::move(network)),
        training_(training),
        optimiser_(std::move(optimiser)),
        gradient_(network_.weights.size()) {}

  /// Runs one trial and updates the weights; returns the van Rossum distance [ms] before the update.
  double trial(const SpikeRaster& input, const SpikeRaster& target, int threads) {
    if (training_.feedback == SpikeFeedback::symmetric) network_.make_feedback_symmetric();
    run_forward(network_, input, history_);
    const double distance = spread_errors(network_, target, history_);
    if (training_.average_slopes) average_slopes(history_);
    std::fill(gradient_.begin(), gradient_.end(), 0.0f);
    add_gradient<float>(network_, input, history_, gradient_, threads);
    if (!training_.learn_hidden && network_.hidden > 0) std::fill_n(gradient_.begin(), network_.layer(0).size(), 0.0f);
    optimiser_->update(network_.weights, gradient_);
    const float limit = static_cast<float>(training_.w_max);
    for (auto& weight : network_.weights) weight = std::clamp(weight, -limit, limit);
    return distance;
  }

  SuperSpikeNetwork<float>& network() noexcept { return network_; }
  /// Of the last trial.
  const SuperSpikeHistory<float>& history() const noexcept { return history_; }
  /// Saves or restores everything that changes from trial to trial.
  void state(StateArchive& archive) {
    archive.column("weights", std::span(network_.weights));
    archive.column("feedback", std::span(network_.feedback));
    optimiser_->state(archive, "");
  }

 private:
  SuperSpikeNetwork<float> network_;
  SuperSpikeTraining training_;
  std::unique_ptr<Optimiser<float>> optimiser_;
  SuperSpikeHistory<float> history_;
  std::vector<float> gradient_;
};

}  // namespace spikeloom
