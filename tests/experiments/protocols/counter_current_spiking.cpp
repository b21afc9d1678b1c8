/// The module counter_current_spiking: spikes and learning against plain loops, spikes against the engine, what it
/// learns, what its ablation does not, threads, resuming, wrong input.
#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>

#include "core/random.hpp"
#include "experiments/protocols/training/training.hpp"
#include "networks/build.hpp"
#include "networks/counter_current/in_engine.hpp"
#include "networks/synapse_columns.hpp"
#include "plasticity/layers/rules/spiking_counter_current.hpp"
#include "tests/experiments/collected.hpp"

using namespace spikeloom;
using namespace spikeloom::experiments;
using tests::run_protocol_text;

namespace {

constexpr std::size_t spiking_values = 12, spiking_classes = 3;

Matrix<float> spiking_samples(std::size_t count) {
  Matrix<float> samples(count, spiking_values);
  for (std::size_t k = 0; k < samples.size(); ++k)
    samples.values()[k] = static_cast<float>(4 * uniform(draw(7, Purpose::task, 3, k)[0]) - 2);
  return samples;
}

SpikingCounterCurrent small_spiking_rule() {
  return {{.hidden = {14, 9}, .weight_scale = 3}, {}, spiking_values, spiking_classes, 5};
}

// ---- plain loops -------------------------------------------------------------------------------------------------

struct PlainPopulation {
  std::vector<std::vector<int>> spikes;  // [step][neuron]: 0 or 1
  std::vector<double> activity, readiness;
};

PlainPopulation plain_input(const SpikeRaster& raster, std::size_t cells) {
  PlainPopulation input;
  input.activity.assign(cells, 0);
  for (std::size_t step = 0; step < 20; ++step) {
    input.spikes.emplace_back(cells, 0);
    for (const auto cell : raster.at(static_cast<std::ptrdiff_t>(step))) {
      input.spikes.back()[cell] = 1;
      input.activity[cell] += 1.0 / 20;
    }
  }
  return input;
}

/// Leak of exp(-1/20) per step, threshold 1, reset to 0.
PlainPopulation plain_layer(const PlainPopulation& in, const Matrix<float>& weights) {
  PlainPopulation out;
  out.activity.assign(weights.columns(), 0), out.readiness.assign(weights.columns(), 0);
  out.spikes.assign(20, std::vector<int>(weights.columns(), 0));
  const auto decay = static_cast<float>(std::exp(-1.0 / 20));
  for (std::size_t i = 0; i < weights.columns(); ++i) {
    float v = 0;
    for (std::size_t step = 0; step < 20; ++step) {
      float arrived = 0;
      for (std::size_t j = 0; j < weights.rows(); ++j)
        if (in.spikes[step][j] != 0) arrived += weights(j, i);
      v = v * decay + arrived;
      const bool spiked = v >= 1;
      const double near = std::max(0.0, static_cast<double>(v));
      out.readiness[i] += (spiked ? 1 : near) / 20;
      out.activity[i] += spiked ? 1.0 / 20 : 0;
      out.spikes[step][i] = spiked ? 1 : 0;
      if (spiked) v = 0;
    }
  }
  return out;
}

using PlainChain = std::vector<PlainPopulation>;

PlainChain plain_chain(const SpikeRaster& raster, const SpikingNetwork& network) {
  PlainChain chain = {plain_input(raster, network[0].weights().rows())};
  for (std::size_t l = 0; l < network.layers(); ++l) chain.push_back(plain_layer(chain.back(), network[l].weights()));
  return chain;
}

double product_of(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

// ---- the same network in the engine ------------------------------------------------------------------------------

using StepsAndNeurons = std::vector<std::pair<Step, NeuronId>>;

void add_expected(StepsAndNeurons& expected, const std::vector<SpikeRaster>& rasters, const SpikingNetwork& network,
                  NeuronId& first) {
  for (std::size_t level = 0; level < rasters.size(); ++level) {
    for (std::size_t step = 0; step < rasters[level].steps(); ++step)
      for (const auto neuron : rasters[level].at(static_cast<std::ptrdiff_t>(step)))
        expected.emplace_back(static_cast<Step>(step + 1 + level), first + neuron);
    first += static_cast<NeuronId>(level == 0 ? network[0].weights().rows() : network[level - 1].units());
  }
}

// ---- learning in the engine, as plain loops -----------------------------------------------------------------------

/// A chain of populations whose weights change while it runs: step by step, every level a step behind the one before.
struct PlainRunning {
  std::vector<Matrix<float>> weights;
  std::vector<std::vector<float>> v;
  std::vector<std::vector<double>> trace, arrivals;  // of spikes of each level; the same a step later
  std::vector<std::vector<std::uint32_t>> spikes;    // of the last step

  explicit PlainRunning(const SpikingNetwork& network) {
    for (std::size_t l = 0; l < network.layers(); ++l) weights.push_back(network[l].weights());
    for (std::size_t l = 0; l <= weights.size(); ++l) {
      const auto size = l == 0 ? weights[0].rows() : weights[l - 1].columns();
      v.emplace_back(size), trace.emplace_back(size), arrivals.emplace_back(size), spikes.emplace_back();
    }
  }
  void step(std::span<const std::uint32_t> driven) {
    const auto decay = std::exp(-1.0 / 20);
    for (std::size_t l = v.size(); l-- > 0;) {
      for (auto& x : trace[l]) x *= decay;
      for (const auto i : spikes[l]) trace[l][i] += 1.0 / 20;
    }
    for (std::size_t l = v.size(); l-- > 1;) {
      std::vector<float> arrived(v[l].size());
      for (const auto j : spikes[l - 1])
        for (std::size_t i = 0; i < arrived.size(); ++i) arrived[i] += weights[l - 1](j, i);
      spikes[l].clear();
      for (std::uint32_t i = 0; i < arrived.size(); ++i) {
        v[l][i] = v[l][i] * static_cast<float>(decay) + arrived[i];
        if (v[l][i] < 1) continue;
        v[l][i] = 0;
        spikes[l].push_back(i);
      }
    }
    spikes[0].assign(driven.begin(), driven.end());
  }
  void learn(std::size_t level, double factor, const std::vector<double>& counterparts) {
    for (std::size_t j = 0; j < v[level - 1].size(); ++j)
      for (std::size_t i = 0; i < v[level].size(); ++i)
        weights[level - 1](j, i) += static_cast<float>(factor * counterparts[i] * trace[level - 1][j]);
  }
};

// ---- trainings ---------------------------------------------------------------------------------------------------

double spiking_accuracy(const std::string& params, int samples = 2000, int epochs = 5) {
  return run_protocol_text(
             "experiment: {name: test, seed: 1}\nmodule: {name: counter_current_spiking, params: {hidden: [48, 48, "
             "48], eta: 0.003, eta_feedback: 0.003" +
             params +
             "}}\nprotocol: {name: gaussian_clusters, params: {clusters: 20, dimensions: 40, "
             "validation: 200, test: 1000, deviation: 0.6, batch: 25, training: " +
             std::to_string(samples) + ", epochs: " + std::to_string(epochs) + "}}\n")
      .metric("test_accuracy");
}

DenseData few_points() {
  DenseData data({1, 1, 6}, 2);
  for (std::size_t k = 0; k < 40; ++k) {
    std::vector<float> point(6);
    for (std::size_t d = 0; d < 6; ++d)
      point[d] = static_cast<float>(2 * uniform(draw(3, Purpose::task, 4, 6 * k + d)[0]) - (k % 2 == d % 2 ? 0 : 1));
    data.add(point, static_cast<std::int32_t>(k % 2));
  }
  return data;
}

std::unique_ptr<Learner> spiking_learner(const DenseData& data, const std::string& where = "mini_batches") {
  ModelArguments arguments;
  arguments.texts["training"] = where;
  arguments.lists["hidden"] = {20, 10};
  arguments.texts["schedule"] = "cosine";
  return find_learner("counter_current_spiking")
      ->make(arguments, {.inputs = 6, .classes = 2, .epochs = 4, .shape = data.shape()}, 3);
}

TrainingParams short_training() {
  TrainingParams params;
  params.epochs = 4, params.batch = 7;
  return params;
}

}  // namespace

TEST_CASE("changes of spiking counter-current learning are the three factors of plain loops", "[protocols][layers]") {
  auto rule = small_spiking_rule();
  const auto inputs = spiking_samples(6);
  const std::vector<std::int32_t> labels = {0, 2, 1, 2, 0, 1};
  rule.learn({inputs, labels}, {2, true});
  const auto &forward = rule.forward_network(), &feedback = rule.feedback_network();
  std::vector<PlainChain> up, down;
  for (std::size_t n = 0; n < 6; ++n) up.push_back(plain_chain(rule.spikes_of_sample(inputs.row(n)), forward));
  for (std::size_t k = 0; k < spiking_classes; ++k) down.push_back(plain_chain(rule.spikes_of_class(k), feedback));
  const auto groups = rule.groups();
  std::size_t moved = 0;
  for (std::size_t level = 1; level <= 2; ++level) {
    const auto back = 3 - level;  // the same level, counted from the labels
    const auto d = static_cast<double>(up[0][level].activity.size());
    const double factor = 2 * 0.5 * 256 / (d * 3) / 6;
    const auto error = [&](std::size_t n, std::size_t k) {
      return (static_cast<std::size_t>(labels[n]) == k ? 1 : 0) -
             product_of(up[n][level].activity, down[k][back].activity);
    };
    const auto &by_up = groups[0].parameters[level - 1], &by_down = groups[1].parameters[back - 1];
    const auto units = up[0][level].activity.size();
    for (std::size_t j = 0; j < by_up.inputs; ++j)
      for (std::size_t i = 0; i < units; ++i) {
        double change = 0;
        for (std::size_t n = 0; n < 6; ++n)
          for (std::size_t k = 0; k < spiking_classes; ++k)
            change += factor * error(n, k) * down[k][back].activity[i] * up[n][level].readiness[i] *
                      up[n][level - 1].activity[j];
        CHECK(-static_cast<double>(by_up.gradient[j * units + i]) == Approx(change).epsilon(1e-4).margin(1e-6));
        moved += std::abs(change) > 1e-5 ? 1 : 0;
      }
    for (std::size_t j = 0; j < by_down.inputs; ++j)
      for (std::size_t i = 0; i < units; ++i) {
        double change = 0;
        for (std::size_t n = 0; n < 6; ++n)
          for (std::size_t k = 0; k < spiking_classes; ++k)
            change += factor * error(n, k) * up[n][level].activity[i] * down[k][back].readiness[i] *
                      down[k][back - 1].activity[j];
        CHECK(-static_cast<double>(by_down.gradient[j * units + i]) == Approx(change).epsilon(1e-4).margin(1e-6));
        moved += std::abs(change) > 1e-5 ? 1 : 0;
      }
  }
  CHECK(moved > 100);
}

TEST_CASE("the engine finds the spikes of both networks of counter-current learning", "[protocols][layers][engine]") {
  auto rule = small_spiking_rule();
  const auto inputs = spiking_samples(3);
  std::size_t above_input = 0;
  for (std::size_t n = 0; n < 3; ++n) {
    ExperimentSpec experiment;
    experiment.name = "both_ways", experiment.resolution = 1, experiment.duration = 30;
    auto& network = experiment.network;
    add_spiking_chain(network, "input", "forward", rule.forward_network(), {});
    add_presentation(network.populations[0], rule.spikes_of_sample(inputs.row(n)), 0, {});
    add_spiking_chain(network, "labels", "feedback", rule.feedback_network(), {});
    add_presentation(network.populations[3], rule.spikes_of_class(n), 0, {});
    for (const auto& population : experiment.network.populations) experiment.record.spikes.push_back({population.name});
    StepsAndNeurons expected, happened;
    NeuronId first = 0;
    const auto up = rule.upwards(inputs.row(n)), down = rule.downwards(n);
    add_expected(expected, up, rule.forward_network(), first);
    add_expected(expected, down, rule.feedback_network(), first);
    std::sort(expected.begin(), expected.end());
    const auto stretch = build(experiment, 2).engine->run_until(30, false);
    for (const auto& spike : stretch.spikes) happened.emplace_back(spike.step, spike.neuron);
    REQUIRE(happened == expected);
    above_input += expected.size() - up.front().spikes() - down.front().spikes();
  }
  CHECK(above_input > 60);
}

TEST_CASE("spiking counter-current learning trains hidden populations, and needs the right targets for it",
          "[protocols][layers][numbers]") {
  const double intact = spiking_accuracy(""), shuffled = spiking_accuracy(", local_targets: shuffled");
  INFO(intact << " " << shuffled);
  CHECK(intact >= 0.9);
  CHECK(shuffled <= intact - 0.25);
}

TEST_CASE("spiking counter-current learning has the same bits on any number of threads, and when resumed",
          "[protocols][layers][threads]") {
  const auto data = few_points();
  const Split<DenseData> split{data, data.part(0, 10), data};
  std::vector<std::uint64_t> hashes;
  const std::string where = GENERATE("mini_batches", "engine");
  const auto make = [&] { return spiking_learner(data, where); };
  for (const int threads : {1, 2, 3, 8}) {
    const auto learner = make();
    Training training(*learner, split, short_training(), 1, threads);
    while (!training.is_over()) training.epoch();
    hashes.push_back(state_hash(training.state()));
  }
  for (const auto hash : hashes) CHECK(hash == hashes.front());
  const auto first_learner = make(), second_learner = make();
  CHECK(state_hash(first_learner->state()) == state_hash(second_learner->state()));
  Training first(*first_learner, split, short_training(), 1, 1), second(*second_learner, split, short_training(), 1, 2);
  first.epoch(), first.epoch();
  copy_state(first.state(), second.state());
  while (!second.is_over()) second.epoch();
  CHECK(state_hash(second.state()) == hashes.front());
}

TEST_CASE("spiking inference never reads the feedback network", "[protocols][layers]") {
  const auto data = few_points();
  const Split<DenseData> split{data, data, data};
  const auto learner = spiking_learner(data);
  Training training(*learner, split, short_training(), 1, 1);
  while (!training.is_over()) training.epoch();
  const auto before = training.evaluate(data);
  std::size_t overwritten = 0;
  for (const auto& array : learner->state())
    if (array.name.starts_with("feedback"))
      for (auto& value : std::get<std::span<float>>(array.values)) value = 7, ++overwritten;
  CHECK(overwritten == 2 * 10 + 10 * 20);
  CHECK(training.evaluate(data).loss == before.loss);
}

TEST_CASE("in the engine, both networks of counter-current learning learn what plain loops learn",
          "[protocols][layers][engine]") {
  EngineCounterCurrent rule({.hidden = {14, 9}, .weight_scale = 3}, {}, {.eta = 0.5}, spiking_values, spiking_classes,
                            5);
  const auto& networks = rule.networks();
  PlainRunning up(networks.forward_network()), down(networks.feedback_network());
  const auto before = up.weights.front();
  const auto inputs = spiking_samples(6);
  const std::vector<std::int32_t> labels = {0, 2, 1, 2, 0, 1};
  const auto spec = rule.experiment({inputs, labels});
  const auto& shown = spec.network.populations[3];  // the label population
  REQUIRE(shown.name == "labels");
  std::vector<std::size_t> classes;  // of the presentations
  for (std::size_t k = 0; k < shown.spike_neurons.size(); k += 20) classes.push_back(shown.spike_neurons[k]);
  REQUIRE(classes.size() == 12);
  for (std::size_t k = 0; k < classes.size(); ++k) {
    CHECK((classes[k] == static_cast<std::size_t>(labels[k / 2])) == (k % 2 == 0));
    const auto sample = networks.spikes_of_sample(inputs.row(k / 2)), label = networks.spikes_of_class(classes[k]);
    for (std::ptrdiff_t step = 0; step < 60; ++step) {
      const bool over = step >= 20;
      up.step(over ? std::span<const std::uint32_t>() : sample.at(step));
      down.step(over ? std::span<const std::uint32_t>() : label.at(step));
      if (step != 22) continue;  // step 20 + levels + 1, counted from 1
      const auto a = up.trace, c = down.trace;
      for (std::size_t level = 1; level <= 2; ++level) {
        const double factor = 0.5 * ((k % 2 == 0 ? 1 : 0) - product_of(a[level], c[3 - level]));
        up.learn(level, factor, c[3 - level]);
        down.learn(3 - level, factor, a[level]);
      }
    }
  }
  rule.learn({inputs, labels}, {1, true});
  double moved = 0;
  for (std::size_t l = 0; l < 2; ++l) {
    const auto &forward = networks.forward_network()[l].weights(), &feedback = networks.feedback_network()[l].weights();
    for (std::size_t w = 0; w < forward.size(); ++w)
      CHECK(forward.values()[w] == Approx(up.weights[l].values()[w]).margin(1e-5));
    for (std::size_t w = 0; w < feedback.size(); ++w)
      CHECK(feedback.values()[w] == Approx(down.weights[l].values()[w]).margin(1e-5));
    for (std::size_t w = 0; l == 0 && w < before.size(); ++w)
      moved = std::max(moved, static_cast<double>(std::abs(forward.values()[w] - before.values()[w])));
  }
  CHECK(moved > 1e-3);
}

TEST_CASE("counter-current learning in the engine needs the right targets", "[protocols][layers][slow]") {
  const std::string in_engine = ", training: engine, eta_engine: 0.3";
  const double intact = spiking_accuracy(in_engine, 1500, 1);
  const double shuffled = spiking_accuracy(in_engine + ", local_targets: shuffled", 1500, 1);
  INFO(intact << " " << shuffled);
  CHECK(intact >= 0.8);
  CHECK(shuffled <= intact - 0.25);
}

TEST_CASE("an exported spiking network fires in the engine as it does in the trainer", "[protocols][layers][engine]") {
  const auto data = few_points();
  const Split<DenseData> split{data, data, data};
  const auto learner = spiking_learner(data);
  Training training(*learner, split, short_training(), 1, 1);
  while (!training.is_over()) training.epoch();
  std::size_t above_input = 0;
  for (std::uint32_t k = 0; k < 6; ++k) {
    auto network = learner->network_of_values(data[k]);
    REQUIRE(network);
    network->name = "exported";
    // What the YAML says, not the struct: that is what `spikeloom export` prints and `spikeloom run` reads.
    const auto experiment = io::parse_experiment(io::expand_experiment(*network), "exported.yaml");
    auto built = build(experiment, 1);
    const auto stretch = built.engine->run_until(std::llround(experiment.duration), false);
    StepsAndNeurons expected, happened;
    NeuronId first = 0;
    const std::vector<NeuronId> sizes = {12, 20, 10};
    const auto rasters = learner->rasters_of_values(data[k]);
    REQUIRE(rasters.size() == 3);
    for (std::size_t level = 0; level < 3; first += sizes[level++])
      for (std::size_t s = 0; s < rasters[level].times.size(); ++s)
        expected.emplace_back(std::llround(rasters[level].times[s]), first + rasters[level].neurons[s]);
    std::sort(expected.begin(), expected.end());
    for (const auto& spike : stretch.spikes) happened.emplace_back(spike.step, spike.neuron);
    REQUIRE(happened == expected);
    above_input += expected.size() - rasters[0].times.size();
    const auto scores = std::span(stretch.frames.at(0).values).last(2);
    std::vector<Answer> answers(1);
    const std::vector<std::uint32_t> one = {k};
    learner->evaluate({data, one, 0}, answers, 1);
    CHECK((scores[1] > scores[0] ? 1 : 0) == answers[0].label);
  }
  CHECK(above_input > 10);
}

TEST_CASE("input cells spike as often as their numbers say", "[layers]") {
  const std::vector<float> values = {0, 0.5f, 1, -1, 9, 0.01f};
  const SpikingNeurons neurons{.duration = 40};
  const auto both = spikes_of(values, 0.5, true, neurons).counts(12);
  CHECK(both == std::vector<std::uint32_t>{0, 10, 20, 0, 40, 0, 0, 0, 0, 20, 0, 0});
  const auto on = spikes_of(values, 0.5, false, neurons).counts(6);
  CHECK(std::equal(on.begin(), on.end(), both.begin()));
}

TEST_CASE("spiking networks that make no sense are refused before training", "[protocols][layers]") {
  const auto complaint = [](const std::string& module_params, const std::string& protocol) -> std::string {
    try {
      run_protocol_text("experiment: {name: test}\nmodule: {name: counter_current_spiking, params: {" + module_params +
                        "}}\nprotocol: " + protocol + "\n");
    } catch (const SpecError& error) {
      return error.what();
    }
    return "";
  };
  using Catch::Matchers::Contains;
  const std::string clusters = "{name: gaussian_clusters, params: {epochs: 1}}";
  CHECK_THAT(complaint("duration: 20.5 ms", clusters), Contains("whole number of steps"));
  CHECK_THAT(complaint("input_rate: 1500 Hz", clusters), Contains("more than one spike per step"));
  CHECK_THAT(complaint("hidden: []", clusters), Contains("needs a hidden population"));
  CHECK_THAT(complaint("momentum: 0.9", clusters), Contains("optimiser: momentum"));
  CHECK_THAT(complaint("eta: .nan", clusters), Contains("eta"));
  CHECK_THAT(complaint("training: engine, pause: 2 ms", clusters), Contains("shorter than spikes need"));
  CHECK_THAT(complaint("training: engine, local_loss: cosine", clusters), Contains("product of traces"));
  CHECK_THAT(complaint("", "{name: image_learning, params: {task: image}}"), Contains("draws images"));
}
