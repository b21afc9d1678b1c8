/// `counter_current`: a network of layers that learns by a layer-wise rule, as a learner of dense samples.
#pragma once

#include "core/errors.hpp"
#include "core/param_table.hpp"
#include "networks/counter_current/architecture.hpp"
#include "networks/training/learner.hpp"
#include "plasticity/layers/descent.hpp"

namespace spikeloom {

/// As the user sees them, beside those of the rules; the defaults are those published for dense networks on MNIST.
struct CounterCurrentModuleParams {
  std::string rule = "counter_current", network = "dense", activation = "elu", initial = "uniform";
  std::vector<double> hidden = {256, 256, 256, 256, 256};
  bool biases = false, normalise = false, gains = false;
  std::string optimiser = "sgd", schedule = "constant";
  double eta = 1, eta_feedback = 1, eta_end = 0, momentum = 0, weight_decay = 0;
  double clip = 1, clip_feedback = 1;
  double warm_up = 0;
  bool centralise = false;
};

/// Problems of optimiser and schedule; paths are the parameters' names.
void check_descent(const CounterCurrentModuleParams& params, std::vector<Problem>& problems);

class LayerLearner : public Learner {
 public:
  /// What `params` say of the rule and its networks is not used: the rule is there already.
  LayerLearner(const CounterCurrentModuleParams& params, std::unique_ptr<LayerRule<float>> rule,
               const LearningProblem& problem);

  void evaluate(const Batch& batch, std::span<Answer> answers, int threads) override;
  void update(const Batch& batch, std::span<Answer> answers, int threads) override;
  void set_rate(double factor) override { rate_ = factor; }
  void end_epoch() override;
  std::vector<StateArray> state() override;
  std::vector<Measure> measures() const override { return measures_; }
  std::vector<NamedArray> arrays() const override;
  std::vector<ProtocolItem> showcase(const Batch& batch, int threads) override;

 private:
  void read(const Batch& batch, std::uint64_t update, int threads);
  void take_step(int threads);
  double schedule() const;
  NamedArray images(std::string name, std::string doc, const std::vector<std::span<const float>>& rows) const;

  CounterCurrentModuleParams params_;
  LearningProblem problem_;
  std::unique_ptr<LayerRule<float>> rule_;
  std::vector<ParameterGroup<float>> groups_;
  std::vector<Descent<float>> descents_;             // of each group
  std::vector<LayerColumn<float>> columns_;          // statistics and what optimisers remember
  std::vector<std::uint64_t> counters_ = {0, 0, 0};  // epochs, updates, updates in this epoch
  double rate_ = 1;
  Matrix<float> inputs_, targets_;
  std::vector<std::int32_t> labels_;
  std::vector<Measure> measures_;
};

}  // namespace spikeloom
