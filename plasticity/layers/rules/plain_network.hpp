/// What rules have in common that know one network only: prediction, and the loss at its end.
#pragma once

#include "plasticity/layers/rule.hpp"

namespace spikeloom {

template <class Real>
class PlainNetwork : public LayerRule<Real> {
 public:
  explicit PlainNetwork(const LayerProblem<Real>& problem) : network_(problem.forward()), classes_(problem.classes) {}

  const Matrix<Real>& predict(const Matrix<Real>& inputs, const Pass& pass) override {
    return network_.forward(inputs, {pass.threads, false});
  }
  std::vector<ParameterGroup<Real>> groups() override { return {{"forward", network_.parameters()}}; }
  std::vector<LayerColumn<Real>> statistics() override { return network_.statistics(); }

 protected:
  std::size_t top() const noexcept { return network_.size(); }

  /// A forward pass in training; `by_top` becomes the derivative by the highest level.
  void answer(const LayerBatch<Real>& batch, const Pass& pass, Matrix<Real>& by_top) {
    const auto& said = network_.forward(batch.inputs, pass);
    if (classes_ > 0)
      class_loss(said, batch.labels, answers_, &by_top);
    else
      image_loss(said, *batch.targets, static_cast<double>(network_.shape(top()).height), answers_, &by_top);
  }

  Stack<Real> network_;
  std::size_t classes_;
  LayerAnswers answers_;
};

/// The line of the catalogue of a rule without parameters.
template <template <class> class Rule>
LayerRuleInfo plain_rule(std::string name, std::string summary, std::string equations) {
  return {
      .name = std::move(name),
      .summary = std::move(summary),
      .equations = std::move(equations),
      .make_float = [](const ModelArguments&, const LayerProblem<float>& problem) -> std::unique_ptr<LayerRule<float>> {
        return std::make_unique<Rule<float>>(problem);
      },
      .make_double = [](const ModelArguments&, const LayerProblem<double>& problem)
          -> std::unique_ptr<LayerRule<double>> { return std::make_unique<Rule<double>>(problem); }};
}

/// Errors are sent down from level to level.
template <class Real>
class SentDown : public PlainNetwork<Real> {
 public:
  explicit SentDown(const LayerProblem<Real>& problem) : PlainNetwork<Real>(problem), by_(this->top() + 1) {}

  const LayerAnswers& learn(const LayerBatch<Real>& batch, const Pass& pass) override {
    this->answer(batch, pass, by_.back());
    for (auto level = this->top(); level > 1; --level)
      this->network_.learn_and_send(level, by_[level], by_[level - 1], pass);
    this->network_.learn(1, by_[1], pass);
    return this->answers_;
  }

 private:
  std::vector<Matrix<Real>> by_;  // derivative by the activity of each level
};

}  // namespace spikeloom
