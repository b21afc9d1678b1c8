/// Direction detection: neurons that compete for moving dots, with delays that learn and delays that do not. No labels:
/// a neuron is given the direction for which it fired most, afterwards.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "experiments/protocols/engine_run.hpp"
#include "experiments/protocols/protocols.hpp"
#include "networks/delays/direction_detectors.hpp"
#include "networks/synapse_columns.hpp"

namespace spikeloom::experiments {
namespace {

struct Params : DotTask {
  std::vector<std::string> variants = {"aligning", "published", "frozen_delays"};
  int seeds = 5, scored = 200;
};

const ParamTable<Params>& params() {
  static const ParamTable<Params> table{
      {"side", &Params::side, "", "pixels of the retina, either way", whole_positive},
      {"dots", &Params::dots, "", "in a presentation, each in a lane of its own", whole_positive},
      {"presentations", &Params::presentations, "", "each in one of four directions", whole_positive},
      {"speed", &Params::speed, "", "of the dots, pixels per ms", positive},
      {"spread", &Params::spread, "ms", "dots enter up to so long after the onset", non_negative},
      {"jitter", &Params::jitter, "ms", "standard deviation of every spike of a dot", non_negative},
      {"rate", &Params::rate, "Hz", "background of every pixel", non_negative},
      {"interval", &Params::interval, "ms", "from onset to onset", positive},
      {"scored", &Params::scored, "",
       "last presentations, on which directions are told; as many before them say which neuron stands for what",
       whole_positive},
      {"seeds", &Params::seeds, "", "inputs and networks, with seeds from experiment.seed on", whole_positive},
      {"variants",
       &Params::variants,
       "",
       "what learns beside weights",
       finite,
       {"aligning", "published", "frozen_delays"}}};
  return table;
}

/// One seed: by variant, right answers in per cent, and the delays at the end, [neuron][pixel].
struct Seen {
  std::vector<double> accuracy;
  std::vector<std::vector<double>> delays;
  std::uint64_t hash = 0;
};

/// Every neuron stands for the direction in which it fires most; the neuron that fires most tells the direction.
/// `counts`: spikes [presentation][neuron].
double score(std::span<const double> counts, std::size_t neurons, const std::vector<std::uint32_t>& directions,
             std::size_t scored) {
  const auto end = directions.size(), begin = end - scored;
  const auto of = [&](std::size_t k) { return counts.subspan(k * neurons, neurons); };
  std::vector<std::array<double, dot_directions>> sums(neurons);
  for (std::size_t k = begin - scored; k < begin; ++k)
    for (std::size_t n = 0; n < neurons; ++n) sums[n][directions[k]] += of(k)[n];
  double right = 0;
  for (std::size_t k = begin; k < end; ++k) {
    const auto here = of(k);
    const auto loudest = std::ranges::max_element(here);
    if (*loudest == 0) continue;
    const auto& sum = sums[static_cast<std::size_t>(loudest - here.begin())];
    right += std::ranges::max_element(sum) - sum.begin() == static_cast<std::ptrdiff_t>(directions[k]) ? 1 : 0;
  }
  return 100 * right / static_cast<double>(scored);
}

std::vector<double> delays_of(const ExperimentSpec& experiment, const Engine& engine, std::size_t projection,
                              std::size_t neurons, std::size_t pixels) {
  const auto columns = synapses_of(experiment, engine, projection);
  std::vector<double> delays(neurons * pixels);
  for (std::size_t s = 0; s < columns.delays.size(); ++s)
    delays[columns.targets[s] * pixels + columns.sources[s]] =
        static_cast<double>(columns.delays[s]) * experiment.resolution;
  return delays;
}

/// The networks of one seed, a block of presentations per step.
class Seeing final : public EngineRun {
 public:
  Seeing(const DirectionDetectorParams& module, const Params& task, std::uint64_t seed)
      : module_(module),
        task_(task),
        seed_(seed),
        pixels_(static_cast<std::size_t>(task.side) * static_cast<std::size_t>(task.side)),
        neurons_(static_cast<std::size_t>(module.neurons)),
        counts_(task.variants.size() * presentations() * neurons_),
        delays_(task.variants.size() * neurons_ * pixels_) {}

  std::uint64_t steps() const override { return (presentations() + block - 1) / block; }
  void begin() override {
    input_ = draw_dot_input(task_, seed_);
    std::vector<DetectorVariant> variants;
    for (const auto& name : task_.variants)
      variants.push_back({.name = name, .delays_learn = name != "frozen_delays", .aligning = name != "published"});
    build_network(direction_network(module_, task_, input_, variants, seed_));
    input_.times = {}, input_.neurons = {};  // the network has them
    directions_.assign(input_.directions.begin(), input_.directions.end());
  }
  void step(std::uint64_t number) override {
    const auto done = std::min((number + 1) * block, presentations());
    const double until = done < presentations() ? input_.onsets[done] : input_.duration;
    for (const auto& spike : engine_->run_until(std::llround(until / module_.resolution), false).spikes) {
      const double time = static_cast<double>(spike.step) * module_.resolution - input_.onsets.front();
      if (time < 0) continue;
      const auto k = std::min(presentations() - 1, static_cast<std::size_t>(time / task_.interval));
      const auto n = static_cast<std::size_t>(spike.neuron) - pixels_;
      counts_[(n / neurons_ * presentations() + k) * neurons_ + n % neurons_] += 1;
    }
  }
  void end() override {
    for (std::size_t v = 0; v < task_.variants.size(); ++v)
      std::ranges::copy(delays_of(*experiment_, *engine_, 2 * v, neurons_, pixels_),
                        delays_.begin() + static_cast<std::ptrdiff_t>(v * neurons_ * pixels_));
    drop_network();
  }
  void results(StateArchive& archive) override {
    archive.column("counts", counts_);
    archive.column("delays", delays_);
    archive.common_list("directions", directions_);
    archive.common("hash", hash_);
  }
  std::string note(std::uint64_t) const override { return fmt::format("seed {}", seed_); }

  /// When it is over.
  Seen seen() const {
    Seen seen{{}, {}, hash_};
    const auto of = presentations() * neurons_, size = neurons_ * pixels_;
    for (std::size_t v = 0; v < task_.variants.size(); ++v) {
      seen.accuracy.push_back(
          score(std::span(counts_).subspan(v * of, of), neurons_, directions_, static_cast<std::size_t>(task_.scored)));
      const auto delays = std::span(delays_).subspan(v * size, size);
      seen.delays.emplace_back(delays.begin(), delays.end());
    }
    return seen;
  }

 private:
  static constexpr std::size_t block = 100;
  std::size_t presentations() const { return static_cast<std::size_t>(task_.presentations); }

  const DirectionDetectorParams& module_;
  const Params& task_;
  std::uint64_t seed_;
  DotInput input_;  // without its spikes, but for while the network is built
  std::vector<std::uint32_t> directions_;
  std::size_t pixels_, neurons_;
  std::vector<double> counts_;  // of spikes, [variant][presentation][neuron]
  std::vector<double> delays_;  // at the end, [variant][neuron][pixel]
};

void tell(const ProtocolRun& run, const Params& task, std::size_t neurons, const std::vector<Seen>& all) {
  TrialTable table{"accuracy", "directions told", {{"seed", "", "counted from 1"}}};
  for (std::size_t s = 0; s < all.size(); ++s) table.columns[0].values.push_back(static_cast<double>(s + 1));
  Picture picture{.name = "accuracy",
                  .title = "Directions told.",
                  .caption = "Of four; every point is a network.",
                  .x = {"seed"},
                  .y = {"directions told", "%"}};
  const double count = static_cast<double>(all.size());
  double frozen = -1, best = -1;
  for (std::size_t v = 0; v < task.variants.size(); ++v) {
    const auto& name = task.variants[v];
    std::vector<double> values;
    for (const auto& seen : all) values.push_back(seen.accuracy[v]);
    const double mean = std::accumulate(values.begin(), values.end(), 0.0) / count;
    double squares = 0;
    for (const double value : values) squares += (value - mean) * (value - mean);
    run.output.add(Metric{name + "_accuracy", mean, "%", "directions told, mean over seeds (chance 25)", true});
    run.output.add(Metric{name + "_deviation", count > 1 ? std::sqrt(squares / (count - 1)) : 0, "%", "over seeds"});
    (name == "frozen_delays" ? frozen : best) = std::max(name == "frozen_delays" ? frozen : best, mean);
    table.columns.push_back({name, "%", "directions told", values});
    picture.series.push_back({name, {"trials/accuracy/seed"}, {"trials/accuracy/" + name}, Mark::points});
    const auto pixels = static_cast<std::uint64_t>(task.side);
    run.output.add(NamedArray{"delays_" + name,
                              "ms",
                              "at the end, first seed",
                              {"neuron", "y", "x"},
                              {neurons, pixels, pixels},
                              all.front().delays[v]});
  }
  if (frozen >= 0 && best >= 0)
    run.output.add(Metric{"gain", best - frozen, "%", "of the best delays that learn over those that do not", true});
  run.output.add(std::move(table));
  run.output.add(std::move(picture));
}

ProtocolOutcome run(const ProtocolRun& run) {
  const auto module = direction_detector_params().read(run.experiment.module->arguments);
  const auto task = params().read(run.experiment.protocol->arguments);
  std::vector<std::unique_ptr<SteppedRun>> runs;
  for (std::uint64_t k = 0; k < static_cast<std::uint64_t>(task.seeds); ++k)
    runs.push_back(std::make_unique<Seeing>(module, task, run.experiment.seed + k));
  ProtocolOutcome outcome{
      .trials = static_cast<std::uint64_t>(task.seeds) * static_cast<std::uint64_t>(task.presentations),
      .stopped = !carry_out(runs, run)};
  outcome.simulated_ms = static_cast<double>(outcome.trials) * task.interval;
  if (outcome.stopped || !run.ranks->is_first()) return outcome;
  std::vector<Seen> all;
  for (const auto& one : runs) all.push_back(static_cast<const Seeing&>(*one).seen());
  tell(run, task, static_cast<std::size_t>(module.neurons), all);
  NamedHash hash{"networks", 0};
  for (const auto& seen : all) hash.hash = hash.hash * 0x9e3779b97f4a7c15ull + seen.hash;
  run.output.add(std::move(hash));
  return outcome;
}

void check(const ModelArguments&, const ModelArguments& protocol, std::vector<Problem>& problems) {
  const auto task = params().read(protocol);
  const auto wrong = [&](const char* name, const char* what, const char* remedy) {
    problems.push_back({{}, std::string("protocol.params.") + name, what, remedy});
  };
  if (task.dots > task.side) wrong("dots", "there are fewer lanes than dots", "lower it, or raise side");
  if (2 * task.scored > task.presentations) wrong("scored", "takes more than half of the presentations", "lower it");
  if (task.interval < task.spread + task.side / task.speed)
    wrong("interval", "ends before the dots have crossed", "raise it, or speed");
}

}  // namespace

ProtocolInfo direction_detection_protocol() {
  return {.name = "direction_detection",
          .summary = "dots cross a retina; competing neurons learn the four directions without labels, or do not",
          .modules = {"direction_detectors"},
          .params = params().infos(),
          .run = run,
          .check = check,
          .spans_ranks = true};
}

}  // namespace spikeloom::experiments
