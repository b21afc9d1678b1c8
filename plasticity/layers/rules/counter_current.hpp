/// Counter-current learning: two networks that run against each other, each the other's teacher, level by level.
///
/// Kao & Hariharan 2024, arXiv 2409.19841. The forward network takes samples to answers, the feedback network takes
/// classes (or target images) to inputs; a local loss compares them at every level; no derivative crosses a layer.
#pragma once

#include "core/param_table.hpp"
#include "plasticity/layers/local_loss.hpp"
#include "plasticity/layers/rule.hpp"

namespace spikeloom {

/// How two networks teach each other, whether their activities are numbers or spikes.
struct TeachingParams {
  std::string local_loss = "product", feedback = "learned", local_targets = "intact";
  double lambda = 0.5, lambda_ssl = 0.5;
};
const ParamTable<TeachingParams>& teaching_params();

struct CounterCurrentParams : TeachingParams {
  bool confidence_mask = false;
};

template <class Real>
class CounterCurrent final : public LayerRule<Real> {
 public:
  CounterCurrent(const CounterCurrentParams& params, const LayerProblem<Real>& problem);

  const Matrix<Real>& predict(const Matrix<Real>& inputs, const Pass& pass) override {
    return forward_.forward(inputs, {pass.threads, false});
  }
  const LayerAnswers& learn(const LayerBatch<Real>& batch, const Pass& pass) override;
  std::vector<ParameterGroup<Real>> groups() override;
  std::vector<LayerColumn<Real>> statistics() override;
  /// Cosine between each layer's weights and those of its counterpart, transposed, where both have the same number.
  std::vector<typename LayerRule<Real>::Measure> measures() override;
  const Matrix<Real>* prototypes(const Pass& pass) override;

  Stack<Real>& forward_network() noexcept { return forward_; }
  Stack<Real>& feedback_network() noexcept { return feedback_; }
  /// Of the last `learn`: that of each level, the output's loss last.
  const std::vector<double>& level_losses() const noexcept { return level_losses_; }

 private:
  const Matrix<Real>& counterpart(std::size_t level) const { return feedback_.activity(forward_.size() - level); }
  void both_ways(const LayerBatch<Real>& batch, const Pass& pass);
  void answer(const LayerBatch<Real>& batch, const Pass& pass);
  std::span<const std::int32_t> local_labels(const LayerBatch<Real>& batch);
  void find_confident(std::size_t samples);
  void learn_level(std::size_t level, std::span<const std::int32_t> labels, const Pass& pass);
  const Matrix<Real>& without_confident(const Matrix<Real>& activity);

  CounterCurrentParams params_;
  std::size_t classes_;
  std::uint64_t seed_;
  Stack<Real> forward_, feedback_;
  std::vector<std::unique_ptr<LocalLoss<Real>>> losses_;  // of each level, for images that of the answer too
  Matrix<Real> identity_;                                 // one row per class
  Matrix<Real> by_a_, by_c_, masked_;
  std::vector<std::size_t> confident_;
  std::vector<std::int32_t> shuffled_labels_;
  std::vector<double> level_losses_;
  LayerAnswers answers_;
};

/// Labels in another order, a function of seed and update: local targets that teach nothing (an ablation).
std::vector<std::int32_t> permuted(std::span<const std::int32_t> labels, std::uint64_t seed, std::uint64_t update);
/// Cosine between weights [inputs][units] and the transpose of [units][inputs].
template <class Real>
double alignment(const Parameter<Real>& one, const Parameter<Real>& other);

extern template double alignment(const Parameter<float>&, const Parameter<float>&);
extern template double alignment(const Parameter<double>&, const Parameter<double>&);
extern template class CounterCurrent<float>;
extern template class CounterCurrent<double>;

}  // namespace spikeloom
