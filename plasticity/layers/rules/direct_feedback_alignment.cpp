/// Direct feedback alignment: the error of the output goes to every level through fixed random weights (Nokland 2016,
/// arXiv 1609.01596).
#include <utility>

#include "plasticity/layers/initial_weights.hpp"
#include "plasticity/layers/product.hpp"
#include "plasticity/layers/rules/plain_network.hpp"

namespace spikeloom {
namespace {

constexpr std::uint32_t direct_stream = 0x200;

template <class Real>
class DirectFeedbackAlignment final : public PlainNetwork<Real> {
 public:
  explicit DirectFeedbackAlignment(const LayerProblem<Real>& problem) : PlainNetwork<Real>(problem) {
    const auto outputs = this->network_.shape(this->top()).size();
    for (std::size_t level = 1; level < this->top(); ++level) {
      auto& weights = to_level_.emplace_back(outputs, this->network_.shape(level).size());
      start_weights(weights.values(), outputs,
                    {.seed = problem.seed, .stream = direct_stream + static_cast<std::uint32_t>(level)});
    }
  }

  const LayerAnswers& learn(const LayerBatch<Real>& batch, const Pass& pass) override {
    this->answer(batch, pass, by_top_);
    for (std::size_t level = 1; level < this->top(); ++level) {
      const auto& weights = to_level_[level - 1];
      by_level_.resize(by_top_.rows(), weights.columns());
      multiply(std::as_const(by_top_).view(), weights.view(), by_level_.view(), Onto::zero, pass.threads);
      this->network_.learn(level, by_level_, pass);
    }
    this->network_.learn(this->top(), by_top_, pass);
    return this->answers_;
  }

 private:
  std::vector<Matrix<Real>> to_level_;  // [output][unit of the level], from level 1 on
  Matrix<Real> by_top_, by_level_;
};

}  // namespace

LayerRuleInfo direct_feedback_alignment_rule() {
  return plain_rule<DirectFeedbackAlignment>(
      "direct_feedback_alignment", "the output's error goes to every level through fixed random weights (Nokland 2016)",
      "dA_l = dA_L R_l with random R_l,  dZ_l = dA_l f'(Z_l),  dW_{l-1} = A_{l-1}' dZ_l\n");
}

}  // namespace spikeloom
