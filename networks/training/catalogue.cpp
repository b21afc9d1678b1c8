/// The catalogue of learners: one line per module that learns from labelled samples.
#include <algorithm>

#include "core/errors.hpp"
#include "networks/training/learners.hpp"

namespace spikeloom {

const std::vector<LearnerInfo>& learner_catalogue() {
  static const std::vector<LearnerInfo> catalogue = {
      // clang-format off
      softmax_regression_learner(),
      eventprop_network_learner(),
      dcls_network_learner(),
      counter_current_learner(),
      counter_current_spiking_learner(),
      dale_langevin_learner(),
      monotone_dbm_learner(),
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

void load_arrays(Learner& learner, std::span<const NamedArray> arrays) {
  const auto state = learner.state();
  for (const auto& shown : learner.arrays()) {
    const auto given =
        std::find_if(arrays.begin(), arrays.end(), [&](const auto& array) { return array.name == shown.name; });
    if (given == arrays.end() || given->shape != shown.shape)
      throw SpecError("arrays." + shown.name, "is missing, or of another shape than the module's",
                      "give the results of a training of this module");
    for (const auto& array : state)
      if (array.name == shown.name)
        std::visit([&](auto values) { std::copy(given->values.begin(), given->values.end(), values.begin()); },
                   array.values);
  }
}

std::vector<std::string> learner_modules(SampleKind kind) {
  std::vector<std::string> names;
  for (const auto& learner : learner_catalogue())
    if (learner.kind == kind && !learner.generates) names.push_back(learner.module);
  return names;
}

std::vector<std::string> generator_modules() {
  std::vector<std::string> names;
  for (const auto& learner : learner_catalogue())
    if (learner.generates) names.push_back(learner.module);
  return names;
}

}  // namespace spikeloom
