/// Look-ups in the catalogue and in arguments.
#include "core/model.hpp"

#include <algorithm>

#include "core/models/common.hpp"

namespace spikeloom {
namespace {

template <class Infos>
int index_of(const Infos& infos, std::string_view name) {
  const auto found = std::find_if(infos.begin(), infos.end(), [&](const auto& info) { return info.name == name; });
  return found == infos.end() ? -1 : static_cast<int>(found - infos.begin());
}

}  // namespace

const ParamInfo* ModelInfo::param(std::string_view param_name) const {
  const int index = index_of(params, param_name);
  return index < 0 ? nullptr : &params[static_cast<std::size_t>(index)];
}
int ModelInfo::variable(std::string_view variable_name) const { return index_of(variables, variable_name); }
int ModelInfo::receptor(std::string_view receptor_name) const { return index_of(receptors, receptor_name); }

const ModelInfo* find_model(std::string_view name) {
  const auto& catalogue = model_catalogue();
  const int index = index_of(catalogue, name);
  return index < 0 ? nullptr : &catalogue[static_cast<std::size_t>(index)];
}

double number_of(const ModelInfo& model, const ModelArguments& arguments, std::string_view name, std::size_t neuron) {
  const auto found = arguments.numbers.find(name);
  if (found == arguments.numbers.end()) return model.param(name)->default_number;
  return found->second.size() == 1 ? found->second.front() : found->second.at(neuron);
}

bool is_heterogeneous(const ModelArguments& arguments) { return population_columns(arguments) > 1; }

std::size_t population_columns(const ModelArguments& arguments) {
  std::size_t most = 1;
  for (const auto& [name, column] : arguments.numbers) most = std::max(most, column.size());
  return most;
}

}  // namespace spikeloom
