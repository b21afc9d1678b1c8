/// Plans projection by projection; what is wrong with one is reported with its path.
#include "networks/build_plan.hpp"

#include <algorithm>
#include <cmath>

#include "networks/evaluate.hpp"
#include "networks/network_ids.hpp"

namespace spikeloom {
const DrawnPopulation* find_population(const std::vector<DrawnPopulation>& populations, const std::string& name,
                                       const std::string& path) {
  for (const auto& population : populations)
    if (population.spec->name == name) return &population;
  throw SpecError(path, "there is no population '" + name + "'");
}

namespace {

void choose_receptors(BuildPlan::Projection& projection) {
  const auto& receptors = projection.to->model->receptors;
  if (projection.spec->receptor) {
    projection.positive = projection.negative = projection.to->model->receptor(*projection.spec->receptor);
    return;
  }
  const auto with_sign = [&](double sign) {
    const auto found = std::find_if(receptors.begin(), receptors.end(), [&](const auto& r) { return r.sign == sign; });
    return found == receptors.end() ? 0 : static_cast<int>(found - receptors.begin());
  };
  projection.positive = with_sign(1);
  projection.negative = with_sign(-1);
}

/// What a receptor's row is given for a weight: the weight, or its magnitude for conductances.
float row_weight(const ModelInfo& model, int receptor, float weight) {
  return model.receptors[static_cast<std::size_t>(receptor)].magnitude ? std::abs(weight) : weight;
}

void make_drives(const ExperimentSpec& experiment, BuildPlan::Projection& projection, std::uint32_t stream) {
  const auto& model = *projection.from->model;
  const auto* delay = std::get_if<Constant>(&projection.spec->delay);
  if (delay == nullptr)
    throw SpecError("delay", "a source without a size gives every target its own train, whose delay is one number",
                    "write one delay, such as 1 ms");
  const auto drawn = below_path("weight", [&] {
    return evaluate(projection.spec->weight, {experiment.seed, projection.to->id, projection.spec->name,
                                              projection.to->size, &projection.to->positions});
  });
  const auto steps =
      std::max<Step>(1, std::llround((delay->value + projection.spec->axonal_delay) / experiment.resolution));
  const auto attach = [&](int receptor, const std::vector<float>& weights) {
    if (experiment.timing == Timing::exact) {
      const TrainRequest request{projection.from->arguments, 0, Purpose::poisson, stream, experiment.seed,
                                 experiment.resolution};
      projection.exact_drives.push_back({receptor, model.make_exact_train(request), weights, steps});
      return;
    }
    projection.drives.emplace_back(
        receptor, model.make_drive({projection.from->arguments, weights, steps, projection.to->id, stream,
                                    experiment.seed, experiment.resolution}));
  };
  if (model.kind == ModelKind::current_source) return attach(-1, {drawn.begin(), drawn.end()});
  // Weights of both signs feed two receptors by the same trains.
  for (const bool negative : {false, true}) {
    if (std::none_of(drawn.begin(), drawn.end(), [&](double w) { return (w < 0) == negative; })) continue;
    const int receptor = negative ? projection.negative : projection.positive;
    std::vector<float> weights;
    for (const double w : drawn)
      weights.push_back((w < 0) == negative ? row_weight(*projection.to->model, receptor, static_cast<float>(w))
                                            : 0.0f);
    attach(receptor, weights);
  }
}

/// Throws if a population cannot be simulated with exact timing.
void check_exact(const DrawnPopulation& population) {
  const auto& model = *population.model;
  const std::string path = "populations." + population.spec->name;
  if (!model.exact)
    throw SpecError(path + ".model", "'" + model.name + "' has no exact timing",
                    "write `timing: grid`, or choose another model");
  std::vector<Problem> problems;
  if (model.check_exact) model.check_exact(population.arguments, problems);
  for (auto& problem : problems) problem.path = path + ".params." + problem.path;
  if (!problems.empty()) throw SpecError(std::move(problems));
}

/// Trains of source populations.
void make_trains(BuildPlan& plan) {
  const auto& experiment = plan.experiment;
  for (const auto& population : plan.populations) {
    const auto& model = *population.model;
    check_exact(population);
    plan.trains.emplace_back();
    if (model.make_exact_train && population.size > 0)
      plan.trains.back() = below_path("populations." + population.spec->name, [&] {
        return model.make_exact_train({population.arguments, population.size, Purpose::source, population.id,
                                       experiment.seed, experiment.resolution});
      });
  }
}

}  // namespace

BuildPlan make_plan(const ExperimentSpec& experiment) {
  BuildPlan plan{experiment, draw_populations(experiment), first_ids(experiment.network), {}, {}};
  if (experiment.timing == Timing::exact) make_trains(plan);
  for (std::size_t k = 0; k < experiment.network.projections.size(); ++k) {
    const auto& spec = experiment.network.projections[k];
    const std::string path = "projections[" + std::to_string(k) + "]";
    BuildPlan::Projection projection{&spec,
                                     find_population(plan.populations, spec.from, path + ".from"),
                                     find_population(plan.populations, spec.to, path + ".to"),
                                     nullptr,
                                     {},
                                     {}};
    const auto stream = static_cast<std::uint32_t>(k);
    below_path(path, [&] {
      choose_receptors(projection);
      if (projection.from->size == 0) return make_drives(experiment, projection, stream);
      projection.wiring = std::make_unique<Wiring>(
          ConnectorRequest{spec, projection.from->size, projection.to->size, projection.from->positions,
                           projection.to->positions, experiment.seed, stream},
          experiment.resolution);
      if (!spec.plasticity) return;
      const int receptor = weight_sign(spec) < 0 ? projection.negative : projection.positive;
      projection.plastic = plan_plasticity(spec, *projection.to->model, receptor, experiment.resolution);
    });
    plan.projections.push_back(std::move(projection));
  }
  return plan;
}

}  // namespace spikeloom
