/// Values of populations, drawn from (seed, population, variable, neuron).
#include "networks/population_arguments.hpp"

#include "networks/evaluate.hpp"

namespace spikeloom {
namespace {

ModelArguments draw_numbers(const std::map<std::string, Value>& values, const std::string& path,
                            NeuronsToDraw neurons) {
  ModelArguments arguments;
  for (const auto& [name, value] : values) {
    neurons.variable = name;
    arguments.numbers[name] = below_path(path + "." + name, [&, &drawn = value] { return evaluate(drawn, neurons); });
  }
  return arguments;
}

}  // namespace

std::vector<DrawnPopulation> draw_populations(const ExperimentSpec& experiment) {
  std::vector<DrawnPopulation> drawn;
  for (const auto& spec : experiment.network.populations) {
    DrawnPopulation population;
    const std::string path = "populations." + spec.name;
    population.spec = &spec;
    population.model = find_model(spec.model);
    if (population.model == nullptr) throw SpecError(path + ".model", "unknown model '" + spec.model + "'");
    population.id = static_cast<PopulationId>(drawn.size());
    population.size = spec.size.value_or(0);
    population.precision = spec.precision.value_or(experiment.precision);
    population.positions =
        below_path(path, [&] { return place_neurons(spec.layout, population.size, experiment.seed, population.id); });
    const NeuronsToDraw neurons{
        experiment.seed, population.id, {}, std::max(population.size, 1u), &population.positions};
    population.arguments = draw_numbers(spec.params, path + ".params", neurons);
    population.initial = draw_numbers(spec.initial, path + ".initial", neurons);
    population.arguments.lists.insert(spec.lists.begin(), spec.lists.end());
    population.arguments.texts.insert(spec.texts.begin(), spec.texts.end());
    population.arguments.spike_times = spec.spike_times;
    population.arguments.spike_neurons = spec.spike_neurons;
    drawn.push_back(std::move(population));
  }
  return drawn;
}

}  // namespace spikeloom
