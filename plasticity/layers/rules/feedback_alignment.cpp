/// Feedback alignment: as backpropagation, but errors go down through fixed random weights (Lillicrap et al. 2016).
#include "plasticity/layers/rules/plain_network.hpp"

namespace spikeloom {
namespace {

template <class Real>
class FeedbackAlignment final : public SentDown<Real> {
 public:
  explicit FeedbackAlignment(const LayerProblem<Real>& problem) : SentDown<Real>(problem) {
    for (std::size_t k = 0; k < this->network_.size(); ++k)
      this->network_[k].randomise_way_back(problem.seed, static_cast<std::uint32_t>(k));
  }
};

}  // namespace

LayerRuleInfo feedback_alignment_rule() {
  return plain_rule<FeedbackAlignment>("feedback_alignment",
                                       "errors go down through fixed random weights (Lillicrap et al. 2016)",
                                       "as backpropagation, with a random R_l of the shape of W_l in its place\n");
}

}  // namespace spikeloom
