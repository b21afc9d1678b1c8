/// The catalogue of learners: one line per module that learns to classify spike trains.
#include <algorithm>

#include "networks/training/learners.hpp"

namespace spikeloom {

const std::vector<LearnerInfo>& learner_catalogue() {
  static const std::vector<LearnerInfo> catalogue = {
      // clang-format off
      softmax_regression_learner(),
      eventprop_network_learner(),
      // clang-format on
  };
  return catalogue;
}

const LearnerInfo* find_learner(std::string_view module) {
  const auto& catalogue = learner_catalogue();
  const auto found =
      std::find_if(catalogue.begin(), catalogue.end(), [&](const auto& learner) { return learner.module == module; });
  return found == catalogue.end() ? nullptr : &*found;
}

std::vector<std::string> learner_modules() {
  std::vector<std::string> names;
  for (const auto& learner : learner_catalogue()) names.push_back(learner.module);
  return names;
}

}  // namespace spikeloom
