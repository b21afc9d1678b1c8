/// Networks with `timing: exact`: the same bits however they are cut, and what travels arrives when it should.
#include <catch2/catch.hpp>

#include <cmath>
#include <map>

#include "core/exact/exact_time.hpp"
#include "networks/build.hpp"

using namespace spikeloom;

namespace {

PopulationSpec population(const std::string& name, const std::string& model, std::uint32_t size,
                          std::map<std::string, Value> params = {}) {
  PopulationSpec spec;
  spec.name = name;
  spec.model = model;
  if (size > 0) spec.size = size;
  spec.params = std::move(params);
  if (model == "izhikevich") spec.texts["scheme"] = "accurate";
  return spec;
}

ProjectionSpec projection(const std::string& from, const std::string& to, ConnectRule connect, Value weight,
                          Value delay) {
  ProjectionSpec spec;
  spec.name = from + "_to_" + to;
  spec.from = from;
  spec.to = to;
  spec.connect = std::move(connect);
  spec.weight = std::move(weight);
  spec.delay = std::move(delay);
  return spec;
}

ExperimentSpec experiment(NetworkSpec network) {
  ExperimentSpec spec;
  spec.seed = 5;
  spec.timing = Timing::exact;
  spec.network = std::move(network);
  for (const auto& p : spec.network.populations)
    if (p.size) spec.record.spikes.push_back({p.name});
  return spec;
}

/// Excitation and inhibition with heterogeneous delays, driven by trains of their own and by a source population.
ExperimentSpec recurrent(const std::string& model) {
  const bool jumps = model == "lif_psc_delta" || model == "izhikevich";
  const double unit = jumps ? 0.01 : 1;
  NetworkSpec network;
  network.populations = {population("exc", model, 120), population("inh", model, 40),
                         population("drive", "poisson", 0, {{"rate", Constant{2000}}}),
                         population("noise", "poisson", 30, {{"rate", Constant{40}}})};
  const auto synapses = [&](const char* from, const char* to, std::uint32_t indegree, double weight) {
    network.projections.push_back(projection(
        from, to, FixedIndegree{indegree},
        Uniform{unit * (weight - 0.5 * std::abs(weight)), unit * (weight + 0.5 * std::abs(weight))}, Uniform{0.4, 3}));
  };
  for (const char* to : {"exc", "inh"}) {
    synapses("exc", to, 12, 60);
    synapses("inh", to, 6, -150);
    synapses("noise", to, 4, 90);
    network.projections.push_back(projection("drive", to, AllToAll{}, Constant{100 * unit}, Constant{1}));
  }
  return experiment(network);
}

struct Outcome {
  std::vector<Spike> spikes;
  std::vector<StateHash> hashes;
  std::uint64_t events;
};
Outcome run(ExperimentSpec spec, int partitions, int threads, const std::vector<Step>& ends) {
  spec.run.partitions = partitions;
  auto network = build(spec, threads);
  Outcome outcome{};
  for (const auto end : ends) {
    auto stretch = network.engine->run_until(end, true);
    outcome.spikes.insert(outcome.spikes.end(), stretch.spikes.begin(), stretch.spikes.end());
    outcome.hashes = std::move(stretch.hashes);
  }
  outcome.events = network.engine->events();
  return outcome;
}

double time_of(const Spike& spike, double resolution) {
  return static_cast<double>(spike.step) * resolution - spike.before;
}

}  // namespace

TEST_CASE("an exact network has the same bits for any threads, partitions, legs and records", "[networks][exact]") {
  const std::string model = GENERATE("lif_psc_delta", "lif_psc_exp", "lif_psc_alpha", "izhikevich");
  const auto spec = recurrent(model);
  const auto expected = run(spec, 1, 1, {2000});
  CAPTURE(model);
  REQUIRE(expected.spikes.size() > 200);
  const auto same = [&](const Outcome& outcome) {
    REQUIRE(outcome.spikes == expected.spikes);
    REQUIRE(outcome.events == expected.events);
    REQUIRE(outcome.hashes.size() == expected.hashes.size());
    for (std::size_t k = 0; k < expected.hashes.size(); ++k) {
      CAPTURE(expected.hashes[k].variable);
      REQUIRE(outcome.hashes[k].hash == expected.hashes[k].hash);
    }
  };
  same(run(spec, 3, 1, {2000}));
  same(run(spec, 7, 2, {2000}));
  same(run(spec, 3, 3, {2000}));
  same(run(spec, 8, 8, {2000}));
  same(run(spec, 3, 1, {1, 2, 13, 500, 777, 1999, 2000}));
  auto recorded = spec;
  recorded.record.states.push_back({"v", "v_m", "exc", {0, 1, 2, 50, 119}, 0.1});
  same(run(recorded, 2, 1, {2000}));
}

TEST_CASE("exact spikes arrive after their delay, at the time within the step", "[networks][exact]") {
  // A relay fires whenever something arrives, so that its spikes are the arrivals.
  NetworkSpec network;
  network.populations = {population("source", "poisson", 5, {{"rate", Constant{200}}}),
                         population("relay", "lif_psc_delta", 5, {{"t_ref", Constant{0}}})};
  network.projections = {projection("source", "relay", OneToOne{}, Constant{100}, Constant{1.3})};
  const auto outcome = run(experiment(network), 2, 1, {20000});
  std::vector<Spike> sent, relayed;
  for (const auto& spike : outcome.spikes) (spike.neuron < 5 ? sent : relayed).push_back(spike);
  REQUIRE(sent.size() > 1700);
  while (!sent.empty() && sent.back().step + 13 > 20000) sent.pop_back();
  REQUIRE(relayed.size() == sent.size());
  for (std::size_t k = 0; k < sent.size(); ++k)
    REQUIRE(relayed[k] == Spike{sent[k].step + 13, sent[k].neuron + 5, sent[k].before});
}

TEST_CASE("exact Poisson trains have exponential intervals and their rate", "[networks][exact]") {
  NetworkSpec network;
  network.populations = {population("source", "poisson", 50,
                                    {{"rate", Constant{100}}, {"start", Constant{50}}, {"stop", Constant{2050}}})};
  const auto outcome = run(experiment(network), 1, 1, {25000});
  // 50 trains for 2 s at 100 Hz: 10,000 +- 100
  REQUIRE(std::abs(static_cast<double>(outcome.spikes.size()) - 10000) < 400);
  std::map<NeuronId, double> last;
  double sum = 0, squares = 0, n = 0, within_step = 0;
  for (const auto& spike : outcome.spikes) {
    const double time = time_of(spike, 0.1);
    REQUIRE(time > 50);
    REQUIRE(time <= 2050);
    if (const auto before = last.find(spike.neuron); before != last.end()) {
      const double interval = time - before->second;
      sum += interval, squares += interval * interval, ++n;
    }
    last[spike.neuron] = time;
    within_step += spike.before;
  }
  const double mean = sum / n;
  REQUIRE(mean == Approx(10).epsilon(0.04));
  REQUIRE(std::sqrt(squares / n - mean * mean) / mean == Approx(1).epsilon(0.06));
  REQUIRE(within_step / static_cast<double>(outcome.spikes.size()) == Approx(0.05).epsilon(0.04));
}

TEST_CASE("regular sources and spike lists emit at their times with exact timing", "[networks][exact]") {
  NetworkSpec network;
  network.populations = {population("regular", "regular", 2, {{"interval", Constant{3.33}}, {"phase", Constant{0.05}}}),
                         population("list", "spike_list", 3)};
  network.populations[1].spike_times = {12.345, 0.07, 12.3, 12.345, 0};
  network.populations[1].spike_neurons = {2, 0, 1, 2, 1};
  const auto outcome = run(experiment(network), 2, 1, {100, 150});
  std::map<NeuronId, std::vector<double>> times;
  for (const auto& spike : outcome.spikes) times[spike.neuron].push_back(time_of(spike, 0.1));
  for (const NeuronId neuron : {0u, 1u}) {
    REQUIRE(times[neuron].size() == 5);
    for (std::size_t k = 0; k < 5; ++k)
      REQUIRE(times[neuron][k] == Approx(0.05 + 3.33 * static_cast<double>(k)).epsilon(1e-13));
  }
  REQUIRE(times[2].size() == 1);
  REQUIRE(times[2][0] == Approx(0.07).epsilon(1e-14));
  REQUIRE(times[3].size() == 2);
  REQUIRE(std::abs(times[3][0]) < 1e-12);  // what is listed at time 0 comes in the first instant
  REQUIRE(times[3][1] == Approx(12.3).epsilon(1e-14));
  REQUIRE(times[4].size() == 2);
  REQUIRE(times[4][0] == times[4][1]);
}

TEST_CASE("state of exact neurons is read in closed form between events", "[networks][exact]") {
  NetworkSpec network;
  network.populations = {population("list", "spike_list", 1),
                         population("cell", "lif_psc_exp", 1, {{"tau_syn_ex", Constant{3}}})};
  network.populations[0].spike_times = {2.55};
  network.populations[0].spike_neurons = {0};
  network.projections = {projection("list", "cell", OneToOne{}, Constant{500}, Constant{1})};
  auto spec = experiment(network);
  spec.record.states = {{"v", "v_m", "cell", {0}, 0.1}, {"i", "i_syn_ex", "cell", {0}, 0.5}};
  auto built = build(spec, 1);
  const auto stretch = built.engine->run_until(200, false);
  REQUIRE(stretch.frames.size() == 2);
  for (const auto& frames : stretch.frames) {
    const double every = frames.probe == 0 ? 0.1 : 0.5;
    REQUIRE(frames.frames == (frames.probe == 0 ? 200 : 40));
    for (std::size_t k = 0; k < frames.frames; ++k) {
      const double t = std::max(0.0, static_cast<double>(k) * every - 3.55), i = t > 0 ? 500 * std::exp(-t / 3) : 0;
      const double v = -70 + 500.0 / 250 / (1.0 / 3 - 1.0 / 10) * (std::exp(-t / 10) - std::exp(-t / 3));
      REQUIRE(frames.values[k] == Approx(frames.probe == 0 ? v : i).epsilon(1e-6));
    }
  }
}

TEST_CASE("what has no exact timing is named", "[networks][exact]") {
  NetworkSpec network;
  network.populations = {population("cells", "lif_cond_exp", 3)};
  try {
    build(experiment(network), 1);
    FAIL("built");
  } catch (const SpecError& error) {
    REQUIRE(error.problems()[0].path == "populations.cells.model");
    REQUIRE(error.problems()[0].what.find("no exact timing") != std::string::npos);
  }
  network.populations = {population("cells", "izhikevich", 3)};
  for (const char* scheme : {"", "published"}) {
    network.populations[0].texts.clear();
    if (*scheme) network.populations[0].texts["scheme"] = scheme;
    REQUIRE_THROWS_WITH(build(experiment(network), 1), Catch::Contains("scheme: accurate"));
  }
  for (const auto& model : model_catalogue()) REQUIRE(model.exact == (model.make_exact || model.make_exact_train));
}
