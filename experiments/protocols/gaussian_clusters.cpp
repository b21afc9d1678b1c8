/// Clusters of points in many dimensions whose classes are interleaved: a task that needs hidden layers that learn.
#include <cmath>

#include "core/random.hpp"
#include "experiments/protocols/protocols.hpp"
#include "experiments/protocols/training/training.hpp"

namespace spikeloom::experiments {
namespace {

constexpr std::uint32_t centre_stream = 0x4743, point_stream = 0x4744;

struct Params : TrainingParams {
  int clusters = 40, dimensions = 100, classes = 10, training = 10'000, validation = 2'000, test = 2'000;
  double deviation = 1.2;
};

const ParamTable<Params>& params() {
  static const ParamTable<Params> table = ParamTable<Params>{
      {"clusters", &Params::clusters, "", "normally distributed; cluster k is of class k mod `classes`",
       whole_positive},
      {"dimensions", &Params::dimensions, "", "coordinates of a point", whole_positive},
      {"classes", &Params::classes, "", "number of classes", whole_positive},
      {"deviation", &Params::deviation, "", "of points from the centre of their cluster; of the centres: 1", positive},
      {"training", &Params::training, "", "points for training", whole_positive},
      {"validation", &Params::validation, "", "points for validation", whole_positive},
      {"test", &Params::test, "", "points for the test",
       whole_positive}}.with(training_params());
  return table;
}

double normal(std::uint64_t seed, std::uint32_t stream, std::uint64_t id, std::uint32_t step) {
  const auto bits = draw(seed, Purpose::task, stream, id, step);
  return normal_quantile(uniform(bits[0], bits[1]));
}

/// `count` points, the first of which has number `first`: clusters take turns.
DenseData points(const Params& task, std::uint64_t seed, std::size_t first, std::size_t count) {
  const auto dimensions = static_cast<std::size_t>(task.dimensions);
  const double size = std::sqrt(1 + task.deviation * task.deviation);
  DenseData data({1, 1, dimensions}, static_cast<std::uint32_t>(task.classes));
  std::vector<float> point(dimensions);
  for (auto k = first; k < first + count; ++k) {
    const auto cluster = k % static_cast<std::size_t>(task.clusters);
    for (std::uint32_t d = 0; d < dimensions; ++d)
      point[d] = static_cast<float>(
          (normal(seed, centre_stream, cluster, d) + task.deviation * normal(seed, point_stream, k, d)) / size);
    data.add(point, static_cast<std::int32_t>(cluster % static_cast<std::size_t>(task.classes)));
  }
  return data;
}

Split<DenseData> samples(const ExperimentSpec& experiment, const std::string&) {
  const auto task = params().read(experiment.protocol->arguments);
  auto part = [&, first = std::size_t{0}](int count) mutable {
    auto data = points(task, experiment.seed, first, static_cast<std::size_t>(count));
    first += static_cast<std::size_t>(count);
    return data;
  };
  return {part(task.training), part(task.validation), part(task.test)};
}

ProtocolOutcome run(const ProtocolRun& run) {
  return train(run, params().read(run.experiment.protocol->arguments), samples(run.experiment, run.data));
}

void check(const ModelArguments& module, const ModelArguments& protocol, std::vector<Problem>& problems) {
  const auto task = params().read(protocol);
  if (task.classes > task.clusters)
    problems.push_back({{},
                        "protocol.params.classes",
                        "there are fewer clusters than classes",
                        "give at least one cluster per class"});
  const auto network = module.texts.find("network");
  if (network != module.texts.end() && network->second != "dense")
    problems.push_back({{}, "module.params.network", "points are no images", "say network: dense"});
}

}  // namespace

ProtocolInfo gaussian_clusters_protocol() {
  return {.name = "gaussian_clusters",
          .summary = "training: points of interleaved Gaussian clusters, which need hidden layers that learn",
          .modules = learner_modules(SampleKind::dense),
          .params = params().infos(),
          .run = run,
          .check = check,
          .dense_samples = samples};
}

}  // namespace spikeloom::experiments
