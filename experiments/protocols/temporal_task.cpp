/// Synthetic tasks whose classes differ in the timing of spikes alone (docs/tasks.md).
#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <utility>

#include "experiments/protocols/protocols.hpp"
#include "experiments/protocols/training/training.hpp"
#include "networks/tasks/tasks.hpp"

namespace spikeloom::experiments {
namespace {

constexpr Predicate whole{[](double x) { return x >= 0 && x <= 1e7 && x == static_cast<double>(static_cast<long>(x)); },
                          "must be a whole number, 0 or more"};

struct Params : TrainingParams {
  std::string task = "temporal_order";
  double train = 2000, validation = 500, test = 1000, data_seed = 1;
  double gap = 60, jitter = 1, rate = 10, spread = 0, delay = 100, alpha = 2;
  int dimensions = 2;
};

const ParamTable<Params>& params() {
  static const ParamTable<Params> table = ParamTable<Params>{
      {"task",
       &Params::task,
       "",
       "which one",
       finite,
       {"temporal_order", "coincidence", "motifs", "match_to_sample", "inter_spike_interval", "manifolds"}},
      {"train", &Params::train, "", "training samples", whole},
      {"validation", &Params::validation, "", "validation samples", whole},
      {"test", &Params::test, "", "test samples", whole},
      {"data_seed", &Params::data_seed, "", "of templates, codes, manifolds and samples", whole},
      {"gap", &Params::gap, "ms", "temporal_order: from volley to volley", non_negative},
      {"jitter", &Params::jitter, "ms", "temporal_order, motifs: deviation of a spike's time", non_negative},
      {"rate", &Params::rate, "Hz", "motifs: of every unit; a template's spike is part of it", positive},
      {"delay", &Params::delay, "ms", "match_to_sample: from sample to test", positive},
      {"spread", &Params::spread, "ms", "match_to_sample: up to so much more or less", non_negative},
      {"alpha", &Params::alpha, "", "manifolds: smoothness", positive},
      {"dimensions", &Params::dimensions, "", "manifolds: hidden coordinates",
       whole_positive}}.with(training_params());
  return table;
}

SpikeData make(const Params& task, Part part, double samples) {
  const auto seed = static_cast<std::uint64_t>(task.data_seed);
  const auto size = static_cast<std::size_t>(samples);
  if (task.task == "coincidence") return make_coincidence({}, seed, part, size);
  if (task.task == "inter_spike_interval") return make_inter_spike_interval({}, seed, part, size);
  if (task.task == "motifs") {
    Motifs motifs;
    motifs.jitter = task.jitter;
    motifs.rate = task.rate;
    return make_motifs(motifs, seed, part, size);
  }
  if (task.task == "match_to_sample") return make_match_to_sample({task.delay, task.spread}, seed, part, size);
  if (task.task == "manifolds") {
    Randman manifolds;
    manifolds.alpha = task.alpha;
    manifolds.dimensions = task.dimensions;
    return make_randman(manifolds, seed, part, size);
  }
  TemporalOrder order;
  order.gap = task.gap;
  order.jitter = task.jitter;
  return make_temporal_order(order, seed, part, size);
}

DataSplit samples(const ExperimentSpec& experiment, const std::string&) {
  const auto task = params().read(experiment.protocol->arguments);
  return {make(task, Part::training, task.train), make(task, Part::validation, task.validation),
          make(task, Part::test, task.test)};
}

/// Of a network without hidden layers that learned coincidence: the neuron of each class should hold left inputs back
/// by its lag. The largest deviation of a class's median over pairs, which count by the product of their weights [ms];
/// nothing if the network has another shape.
std::optional<double> lag_error(const Learner& learner) {
  constexpr std::size_t pairs = coincidence_pairs, classes = coincidence_lags.size(), size = 2 * pairs * classes;
  const auto groups = learner.delays();
  const auto arrays = learner.arrays();
  const auto found = std::find_if(arrays.begin(), arrays.end(), [](const NamedArray& array) {
    return array.name.starts_with("weights") && array.values.size() == size;
  });
  if (groups.size() != 1 || groups[0].values.size() != size || found == arrays.end()) return std::nullopt;
  const auto &delays = groups[0].values, &weights = found->values;  // [input][class]
  double largest = 0;
  for (std::size_t c = 0; c < classes; ++c) {
    std::array<std::pair<double, double>, pairs> held;  // by how much; how much it counts
    double sum = 0;
    for (std::size_t k = 0; k < pairs; ++k) {
      const auto left = k * classes + c, right = left + pairs * classes;
      held[k] = {delays[left] - delays[right], std::max(0.0, weights[left] * weights[right])};
      sum += held[k].second;
    }
    std::sort(held.begin(), held.end());
    std::size_t median = 0;
    for (double below = held[0].second; median + 1 < pairs && below < 0.5 * sum;) below += held[++median].second;
    largest = std::max(largest, std::abs(held[median].first - coincidence_lags[c]));
  }
  return largest;
}

ProtocolOutcome run(const ProtocolRun& run) {
  const auto task = params().read(run.experiment.protocol->arguments);
  const auto tell_lags = [&](Learner& learner, const Say&) {
    if (const auto error = lag_error(learner); error && task.task == "coincidence")
      run.output.add(
          Metric{"lag_error", *error, "ms",
                 "largest deviation, over classes, of the weighted median difference of left and right delays "
                 "from the class's lag (first seed)",
                 true});
  };
  return train(run, task, samples(run.experiment, run.data), tell_lags);
}

void check(const ModelArguments&, const ModelArguments& protocol, std::vector<Problem>& problems) {
  const auto task = params().read(protocol);
  const auto refuse = [&](const char* name, const char* what, const char* remedy) {
    problems.push_back({{}, std::string("protocol.params.") + name, what, remedy});
  };
  if (task.task == "temporal_order" && task.gap > 140)
    refuse("gap", "the second volley would come after the end", "give at most 140 ms");
  if (task.task == "match_to_sample" && (task.spread >= task.delay || task.delay + task.spread > 230))
    refuse("delay", "the test would come before the sample, or after the end",
           "keep delay + spread up to 230 ms, and spread below delay");
  if (task.task == "motifs" && task.rate < 6)
    refuse("rate", "the units of a template would tell it by their counts", "give at least 6 Hz");
  for (const auto& [name, size] : {std::pair{"train", task.train}, {"test", task.test}})
    if (size < 1) refuse(name, "needs at least one sample", "raise it");
}

}  // namespace

ProtocolInfo temporal_task_protocol() {
  return {.name = "temporal_task",
          .summary = "training: classes that only the timing of spikes tells apart (order, lags, motifs, ..)",
          .modules = learner_modules(),
          .params = params().infos(),
          .run = run,
          .check = check,
          .samples = samples};
}

}  // namespace spikeloom::experiments
