/// `spikeloom bench`: what the engine does per second here, beside what the machine allows.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>

#include "core/errors.hpp"
#include "core/sweep.hpp"
#include "experiments/commands.hpp"
#include "experiments/exact_costs.hpp"
#include "experiments/machine_limits.hpp"
#include "experiments/simulate.hpp"
#include "io/experiment_file.hpp"

namespace spikeloom::experiments {
namespace {

constexpr int repeats = 5;

struct Figure {
  std::string name;
  double value;
  std::string unit;
  double share = 0;     // of what the machine does in the measurement `of`
  std::string of = "";  // empty: nothing to compare with
};

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

/// ns per neuron and step of a model with its default parameters, in single precision.
double update_cost(const ModelInfo& model, bool with_poisson) {
  constexpr std::uint32_t neurons = 10'240;
  constexpr Step steps = 1000;
  const ModelArguments defaults, initial;
  auto slice = model.make_slice({defaults, initial, 0, neurons, 0, neurons, 1, 0.1, Precision::single});
  if (with_poisson) {
    ModelArguments rate;
    rate.numbers["rate"] = {16'000};
    const float weight = 1e-3f;
    slice->attach(0, find_model("poisson")->make_drive({rate, {&weight, 1}, 1, 0, 1, 1, 0.1}));
  }
  aligned_vector<float> input(static_cast<std::size_t>(neurons) *
                              static_cast<std::size_t>(std::max(1, slice->row_count())));
  std::vector<std::uint32_t> spiked;
  std::vector<double> costs;
  Step now = 0;
  for (int k = 0; k < repeats; ++k) {
    const auto start = std::chrono::steady_clock::now();
    for (const Step end = now + steps; now < end;) {
      spiked.clear();
      slice->advance(++now, input.data(), spiked);
    }
    costs.push_back(seconds_since(start) * 1e9 / neurons / steps);
  }
  std::vector<std::uint32_t> all(neurons);
  std::iota(all.begin(), all.end(), 0u);
  std::vector<float> values(neurons);
  if (slice->read(model.variable("v_m"), all, values) &&
      std::any_of(values.begin(), values.end(), [](float v) { return !std::isfinite(v); }))
    throw RunError("bench: " + model.name + " left the finite numbers");
  return median(std::move(costs));
}

/// Spike sources onto neurons that never fire: all the time goes into delivery and update.
ExperimentSpec delivery_experiment(bool with_synapses) {
  return io::parse_experiment(fmt::format(R"(
experiment: {{name: bench, seed: 1, duration: 1 s, resolution: 0.1 ms}}
populations:
  source: {{model: poisson, size: 20000, params: {{rate: 20 Hz}}}}
  target: {{model: lif_psc_exp, size: 20000}}
projections:
  - from: source
    to: target
    connect: {{rule: fixed_indegree, indegree: {}}}
    weight: {{normal: [0.001 pA, 0.0001 pA]}}
    delay: {{normal: [1.5 ms, 0.75 ms], min: 0.1 ms}}
)",
                                          with_synapses ? 2000 : 1),
                              "bench");
}

struct Delivery {
  double seconds, events, synapses, bytes_per_synapse, build_seconds;
};

Delivery run_delivery(bool with_synapses, int threads) {
  const auto experiment = delivery_experiment(with_synapses);
  const auto start = std::chrono::steady_clock::now();
  auto network = build(experiment, threads);
  Delivery result{
      .seconds = 0, .events = 0, .synapses = 0, .bytes_per_synapse = 0, .build_seconds = seconds_since(start)};
  std::vector<double> seconds;
  std::uint64_t spikes = 0;
  for (int k = 0; k < repeats; ++k) {
    const auto begin = std::chrono::steady_clock::now();
    const auto stretch = network.engine->run_until(network.engine->now() + 1000, false);
    seconds.push_back(seconds_since(begin));
    spikes += stretch.spike_counts[0];
  }
  result.seconds = median(std::move(seconds));
  result.synapses = static_cast<double>(network.engine->synapses());
  result.events = static_cast<double>(network.engine->events()) / repeats;
  result.bytes_per_synapse = static_cast<double>(network.engine->synapse_bytes()) / result.synapses;
  const double expected = static_cast<double>(spikes) * (with_synapses ? 2000 : 1);
  if (std::abs(static_cast<double>(network.engine->events()) - expected) > 0.02 * expected)
    throw RunError("bench: delivered events do not match the spikes");
  return result;
}

std::vector<Figure> measure(int threads) {
  std::vector<Figure> figures;
  const double bandwidth = triad_bandwidth(threads);
  figures.push_back({"machine: triad bandwidth", bandwidth / 1e9, "GB/s"});
  double in_cache = 0;
  for (const auto kib : {256, 4096, 65536}) {
    const double rate = scatter_add_rate(static_cast<std::size_t>(kib) * 1024);
    if (kib == 256) in_cache = rate;
    figures.push_back({fmt::format("machine: random adds into {} KiB", kib), rate / 1e6, "M/s"});
  }

  const auto with = run_delivery(true, threads), without = run_delivery(false, threads);
  const double seconds = std::max(with.seconds - without.seconds, 1e-9), rate = with.events / seconds;
  figures.push_back({fmt::format("delivery, {} threads", threads), rate / 1e6, "M events/s",
                     rate / (in_cache * threads),
                     "random adds into 256 KiB (segments are sorted by target, hence quicker)"});
  figures.push_back({"delivery per event and thread", 1e9 * threads / rate, "ns"});
  figures.push_back({"table, normal weights and delays", with.bytes_per_synapse, "bytes/synapse"});
  figures.push_back({fmt::format("construction, {} threads", threads), with.synapses / with.build_seconds / 1e6,
                     "M synapses/s", with.synapses * with.bytes_per_synapse / with.build_seconds / bandwidth,
                     "triad bandwidth"});
  for (const auto& model : model_catalogue())
    if (model.kind == ModelKind::neuron)
      figures.push_back({"update, " + model.name, update_cost(model, false), "ns/neuron/step"});
  figures.push_back(
      {"update, lif_psc_exp with Poisson input", update_cost(*find_model("lif_psc_exp"), true), "ns/neuron/step"});
  const auto exact = measure_exact_costs();
  figures.push_back({"exact timing, 4000 events/neuron/s", 1e3 / exact.busy_ns, "M events/s/thread"});
  figures.push_back({"exact timing, 200 events/neuron/s", 1e3 / exact.sparse_ns, "M events/s/thread"});
  figures.push_back({"exact timing, time at half that rate", 100 * exact.half_the_rate, "%"});
  figures.push_back({"exact timing is ahead of the grid below", exact.overtakes, "events/neuron/s"});
  return figures;
}

}  // namespace

void add_bench(CLI::App& app, int& exit_code) {
  struct Options {
    int threads = 0;
    bool json = false;
  };
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("bench", "measure delivery, update and construction beside the machine's limits");
  command->add_option("--threads", options->threads, "threads (default: all this process may use)")
      ->check(CLI::Range(1, 4096));
  command->add_flag("--json", options->json, "print JSON instead of a table");
  command->callback([options, &exit_code] {
    const auto figures = measure(options->threads > 0 ? options->threads : available_threads());
    auto json = nlohmann::json::array();
    for (const auto& figure : figures) {
      json.push_back({{"name", figure.name},
                      {"value", figure.value},
                      {"unit", figure.unit},
                      {"share", figure.share},
                      {"of", figure.of}});
      if (!options->json)
        fmt::print("{:42} {:10.3f} {:17}{}\n", figure.name, figure.value, figure.unit,
                   figure.of.empty() ? "" : fmt::format("{:4.0f} % of {}", 100 * figure.share, figure.of));
    }
    if (options->json) fmt::print("{}\n", json.dump(2));
    exit_code = done;
  });
}

}  // namespace spikeloom::experiments
