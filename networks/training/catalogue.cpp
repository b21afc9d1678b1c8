/// The catalogue of learners: one line per module that learns from labelled samples.
#include <fmt/format.h>

#include <algorithm>

#include "core/errors.hpp"
#include "networks/training/learners.hpp"

namespace spikeloom {
namespace {

Problem misfit(const NamedArray& shown, const NamedArray* given, const std::string& from) {
  if (!given) return {{from}, "arrays." + shown.name, "is missing", "give the results of a training of this module"};
  return {
      {from},
      "arrays." + shown.name,
      fmt::format("is [{}], and this network's is [{}]", fmt::join(given->shape, " x "), fmt::join(shown.shape, " x ")),
      "give both networks the same sizes (module.params), and samples of the same size and classes"};
}

}  // namespace

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

const NamedArray* array_named(std::span<const NamedArray> arrays, std::string_view name) {
  const auto found = std::find_if(arrays.begin(), arrays.end(), [&](const auto& array) { return array.name == name; });
  return found == arrays.end() ? nullptr : &*found;
}

void require_arrays(std::span<const NamedArray> shown, std::span<const NamedArray> given, const std::string& from) {
  std::vector<Problem> misfits;
  for (const auto& array : shown)
    if (const auto* other = array_named(given, array.name); !other || other->shape != array.shape)
      misfits.push_back(misfit(array, other, from));
  if (!misfits.empty()) throw SpecError(std::move(misfits));
}

void load_arrays(Learner& learner, std::span<const NamedArray> arrays, const std::string& from) {
  const auto shown = learner.arrays();
  require_arrays(shown, arrays, from);
  for (const auto& state : learner.state())
    if (array_named(shown, state.name)) {
      const auto& given = array_named(arrays, state.name)->values;
      std::visit(
          [&](auto values) {
            using Element = typename decltype(values)::value_type;
            std::transform(given.begin(), given.end(), values.begin(),
                           [](double x) { return static_cast<Element>(x); });
          },
          state.values);
    }
  learner.arrays_loaded();
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
