/// Pattern detection: neurons whose synapses learn delays find a repeating pattern, or do not (Nadafian 2020).
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "experiments/protocols/engine_run.hpp"
#include "experiments/protocols/protocols.hpp"
#include "networks/delays/delay_detector.hpp"
#include "networks/synapse_columns.hpp"

namespace spikeloom::experiments {
namespace {

struct Params : PatternTask {
  std::vector<std::string> variants = {"aligning", "frozen_weights", "frozen_delays", "published",
                                       "published_without_c"};
  int seeds = 10, block = 50;
  double response = 50, relevant = 0.2;
};

const ParamTable<Params>& params() {
  static const ParamTable<Params> table{
      {"pattern", &Params::pattern, "", "inputs that take part in the pattern", whole_positive},
      {"distractors", &Params::distractors, "", "inputs that do not", whole_positive},
      {"presentations", &Params::presentations, "", "of the pattern", whole_positive},
      {"span", &Params::span, "ms", "of the pattern: offsets are uniform in it", positive},
      {"jitter", &Params::jitter, "ms", "standard deviation of every spike of the pattern", non_negative},
      {"rate", &Params::rate, "Hz", "background of every input", non_negative},
      {"gap_low", &Params::gap_low, "ms", "shortest interval between presentations", positive},
      {"gap_high", &Params::gap_high, "ms", "longest one", positive},
      {"response", &Params::response, "ms", "a spike up to so long after the onset is a hit, others are false alarms",
       positive},
      {"relevant", &Params::relevant, "", "weight, relative to the largest, from which an input counts", fraction},
      {"block", &Params::block, "", "presentations per entry of the tables; figures are those of the last fifth",
       whole_positive},
      {"seeds", &Params::seeds, "", "patterns and networks, with seeds from experiment.seed on", whole_positive},
      {"variants",
       &Params::variants,
       "",
       "what learns, and how",
       finite,
       {"aligning", "frozen_weights", "frozen_delays", "published", "published_without_c"}}};
  return table;
}

DetectorVariant variant_named(const std::string& name) {
  DetectorVariant variant{.name = name};
  variant.weights_learn = name != "frozen_weights";
  variant.delays_learn = name != "frozen_delays";
  variant.aligning = !name.starts_with("published");
  variant.stops = name != "published_without_c";
  return variant;
}

/// Synapses of the pattern's inputs at one time.
struct Synapses {
  std::vector<double> weights, delays;  // relative to w_max; ms
};

/// One neuron of one network, block by block; the first entry is the start.
struct Course {
  std::vector<double> deviation, hits, false_alarms, latency, early_delay;
  double hit_rate = 0, alarm_rate = 0, correlation = 0, shortest_delay = 0;  // in the last fifth; at the end
  Synapses first, last;
};

double mean(std::span<const double> values) {
  return values.empty() ? 0.0 : std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}
double deviation(std::span<const double> values) {
  const double m = mean(values);
  double squares = 0;
  for (const double value : values) squares += (value - m) * (value - m);
  return values.empty() ? 0.0 : std::sqrt(squares / static_cast<double>(values.size()));
}
double median(std::vector<double> values) {
  std::ranges::sort(values);
  const auto n = values.size();
  return 0.5 * (values[(n - 1) / 2] + values[n / 2]);
}

std::vector<double> ranks(std::span<const double> values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t k) { return values[k]; });
  std::vector<double> out(values.size());
  for (std::size_t k = 0; k < order.size(); ++k) out[order[k]] = static_cast<double>(k);
  return out;
}
double rank_correlation(std::span<const double> x, std::span<const double> y) {
  const auto u = ranks(x), v = ranks(y);
  const double mu = mean(u), mv = mean(v);
  double uv = 0;
  for (std::size_t k = 0; k < u.size(); ++k) uv += (u[k] - mu) * (v[k] - mv);
  const double scale = static_cast<double>(u.size()) * deviation(u) * deviation(v);
  return scale > 0 ? uv / scale : 0;
}

/// Of the pattern's inputs that count: arrival times after the onset, offsets and delays.
struct Relevant {
  std::vector<double> arrivals, offsets, delays;
};
Relevant relevant(const Synapses& synapses, const PatternInput& input, double least_weight) {
  Relevant out;
  for (std::size_t i = 0; i < input.offsets.size(); ++i) {
    if (synapses.weights[i] <= least_weight) continue;
    out.arrivals.push_back(input.offsets[i] + synapses.delays[i]);
    out.offsets.push_back(input.offsets[i]), out.delays.push_back(synapses.delays[i]);
  }
  return out;
}

/// Hits, latencies and false alarms of presentations [begin, end).
struct Answers {
  double hits = 0, latency = 0, false_alarms = 0;  // fraction; ms, of the first spike of a hit; Hz
};
Answers answers_to(const PatternInput& input, std::span<const double> spikes, std::size_t begin, std::size_t end,
                   double response) {
  Answers answers;
  double silence = 0, alarms = 0, hits = 0, latency = 0;
  for (std::size_t k = begin; k < end; ++k) {
    const double onset = input.onsets[k], next = k + 1 < input.onsets.size() ? input.onsets[k + 1] : input.duration;
    const double until = std::min(onset + response, next);
    const auto first = std::ranges::lower_bound(spikes, onset), last = std::ranges::lower_bound(spikes, until);
    if (first != last) hits += 1, latency += *first - onset;
    alarms += static_cast<double>(std::ranges::lower_bound(spikes, next) - last);
    silence += next - until;
  }
  answers.hits = hits / static_cast<double>(end - begin);
  answers.latency = hits > 0 ? latency / hits : 0;
  answers.false_alarms = silence > 0 ? 1000 * alarms / silence : 0;
  return answers;
}

Synapses read_synapses(const ExperimentSpec& experiment, const Engine& engine, std::size_t projection,
                       std::size_t pattern) {
  const auto columns = synapses_of(experiment, engine, projection);
  Synapses synapses;
  for (std::size_t i = 0; i < pattern; ++i) {
    synapses.weights.push_back(static_cast<double>(columns.weights[i]));
    synapses.delays.push_back(static_cast<double>(columns.delays[i]) * experiment.resolution);
  }
  return synapses;
}

/// One network: a course per variant.
struct Detection {
  PatternInput input;
  std::vector<Course> courses;
  std::uint64_t hash = 0;
};

/// The network of one seed, a block of presentations per step.
class Detecting final : public EngineRun {
 public:
  Detecting(const DelayDetectorParams& module, const Params& task, std::uint64_t seed)
      : module_(module), task_(task), seed_(seed), spikes_(task.variants.size()) {
    for (const auto& name : task.variants) variants_.push_back(variant_named(name));
  }

  std::uint64_t steps() const override { return (presentations() + block() - 1) / block(); }
  void begin() override {
    input_ = draw_pattern_input(task_, seed_);
    build_network(detector_network(module_, task_, input_, variants_, seed_));
    input_.times = {}, input_.neurons = {};  // the network has them
    if (snapshots_.empty()) snapshot();
  }
  void step(std::uint64_t number) override {
    const auto done = presentations_after(number + 1);
    const double until = done < presentations() ? input_.onsets[done] : input_.duration;
    for (const auto& spike : engine_->run_until(std::llround(until / module_.resolution), false).spikes)
      spikes_[spike.neuron - static_cast<NeuronId>(task_.pattern + task_.distractors)].push_back(
          static_cast<double>(spike.step) * module_.resolution);
    snapshot();
  }
  void end() override { drop_network(); }
  void results(StateArchive& archive) override {
    for (std::size_t v = 0; v < spikes_.size(); ++v) archive.common_list("spikes_" + variants_[v].name, spikes_[v]);
    archive.common_list("snapshots", snapshots_);
    archive.common_list("offsets", input_.offsets);
    archive.common_list("onsets", input_.onsets);
    archive.common("duration", input_.duration);
    archive.common("hash", hash_);
  }
  std::string note(std::uint64_t) const override { return fmt::format("seed {}", seed_); }

  /// When it is over.
  Detection detection() const {
    Detection detection{input_, {}, hash_};
    for (std::size_t v = 0; v < variants_.size(); ++v) detection.courses.push_back(course(v));
    return detection;
  }

 private:
  std::size_t block() const { return static_cast<std::size_t>(task_.block); }
  std::size_t presentations() const { return static_cast<std::size_t>(task_.presentations); }
  std::size_t presentations_after(std::size_t blocks) const { return std::min(blocks * block(), presentations()); }

  void snapshot() {
    for (std::size_t v = 0; v < variants_.size(); ++v) {
      const auto synapses = read_synapses(*experiment_, *engine_, v, input_.offsets.size());
      snapshots_.insert(snapshots_.end(), synapses.weights.begin(), synapses.weights.end());
      snapshots_.insert(snapshots_.end(), synapses.delays.begin(), synapses.delays.end());
    }
  }
  Synapses snapshot(std::size_t blocks, std::size_t v) const {
    const auto size = input_.offsets.size();
    const auto weights = snapshots_.begin() + static_cast<std::ptrdiff_t>((blocks * variants_.size() + v) * 2 * size);
    const auto delays = weights + static_cast<std::ptrdiff_t>(size);
    return {{weights, delays}, {delays, delays + static_cast<std::ptrdiff_t>(size)}};
  }

  Course course(std::size_t v) const {
    Course course;
    const auto answers_of = [&](std::size_t begin, std::size_t end) {
      return answers_to(input_, spikes_[v], begin, end, task_.response);
    };
    course.first = snapshot(0, v), course.last = snapshot(steps(), v);
    // Inputs that arrive up to 10 ms before the first answers: those that the rule acts upon at the start.
    const double first_latency = answers_of(0, presentations_after(1)).latency;
    for (std::size_t k = 0; k <= steps(); ++k) {
      const auto synapses = snapshot(k, v);
      course.deviation.push_back(deviation(relevant(synapses, input_, task_.relevant).arrivals));
      std::vector<double> early;
      for (std::size_t i = 0; i < input_.offsets.size(); ++i) {
        const double lag = first_latency - input_.offsets[i] - course.first.delays[i];
        if (lag >= 0 && lag <= 10) early.push_back(synapses.delays[i]);
      }
      course.early_delay.push_back(mean(early));
      if (k == steps()) break;
      const auto answers = answers_of(k * block(), presentations_after(k + 1));
      course.hits.push_back(100 * answers.hits), course.latency.push_back(answers.latency);
      course.false_alarms.push_back(answers.false_alarms);
    }
    const auto all = presentations();
    const auto final = answers_of(all - std::max<std::size_t>(1, all / 5), all);
    course.hit_rate = 100 * final.hits, course.alarm_rate = final.false_alarms;
    const auto end = relevant(course.last, input_, task_.relevant);
    course.correlation = end.delays.size() > 2 ? rank_correlation(end.offsets, end.delays) : 0;
    course.shortest_delay = std::ranges::min(course.last.delays);
    return course;
  }

  const DelayDetectorParams& module_;
  const Params& task_;
  std::uint64_t seed_;
  PatternInput input_;  // without its spikes, but for while the network is built
  std::vector<DetectorVariant> variants_;
  std::vector<std::vector<double>> spikes_;  // [variant], ms
  std::vector<double> snapshots_;            // [block][variant][weights, then delays][input]
};

class Summary {
 public:
  Summary(const ProtocolRun& run, std::span<const Detection> detections, const Params& task)
      : run_(run), detections_(detections), task_(task) {}

  void variant(std::size_t v) {
    const auto& name = task_.variants[v];
    const auto add = [&](const char* what, double value, const char* unit, const char* doc, bool headline = false) {
      run_.output.add(Metric{fmt::format("{}_{}", name, what), value, unit, doc, headline});
    };
    add("hits", median_of(v, [](const Course& c) { return c.hit_rate; }), "%",
        "presentations answered in the last fifth, median over seeds", true);
    add("false_alarms", median_of(v, [](const Course& c) { return c.alarm_rate; }), "Hz",
        "spikes outside of answers in the last fifth, median over seeds");
    add("deviation", median_of(v, [](const Course& c) { return c.deviation.back(); }), "ms",
        "standard deviation of arrivals of the pattern at the end, median over seeds", true);
    add("correlation", median_of(v, [](const Course& c) { return c.correlation; }), "",
        "rank correlation of offsets and delays at the end, median over seeds");
    add("good", count(v, [](const Course& c) { return c.deviation.back() <= 1 && c.hit_rate >= 98; }), "",
        "seeds with arrivals within 1 ms and at least 98 % answered");
    add("shortest_delay", minimum(v, [](const Course& c) { return c.shortest_delay; }), "ms",
        "of the pattern's inputs at the end, over all seeds");
    add("latency_change", median_of(v, [](const Course& c) { return c.latency.back() - c.latency.front(); }), "ms",
        "first spike after the onset, last block less first block, median over seeds");
    add("early_delay_change", median_of(v, [&](const Course& c) { return early_change(c); }), "ms",
        "mean delay of inputs that arrive within 10 ms before the first answers, over 200 presentations");
    table(v);
  }

  void pictures() {
    const auto chart = [&](const char* column, const char* title, const char* caption, PictureAxis y) {
      Picture picture{.name = column, .title = title, .caption = caption, .x = {"presentation"}, .y = std::move(y)};
      for (const auto& name : task_.variants)
        picture.series.push_back(
            {name, {fmt::format("trials/{}/presentation", name)}, {fmt::format("trials/{}/{}", name, column)}});
      run_.output.add(std::move(picture));
    };
    chart("deviation", "Spread of arrivals.",
          "Standard deviation of the times at which the pattern's inputs arrive: with the aligning sign they fall "
          "together.",
          {"spread of arrivals", "ms"});
    chart("hits", "Answers.", "Presentations of the pattern that the neuron answers.", {"answered", "%"});
    chart("false_alarms", "False alarms.", "Spikes that answer nothing.", {"false alarms", "Hz"});
    chart("latency", "Latency.", "From the onset of the pattern to the first spike.", {"latency", "ms"});
    if (std::ranges::find(task_.variants, "aligning") == task_.variants.end()) return;
    run_.output.add(Picture{.name = "delays",
                            .title = "Offset against delay.",
                            .caption = "Inputs of the pattern, first seed, aligning sign: early ones end with long "
                                       "delays, late ones with short ones.",
                            .x = {"offset in the pattern", "ms"},
                            .y = {"delay", "ms"},
                            .series = {{"at the start",
                                        {"trials/synapses_aligning/offset"},
                                        {"trials/synapses_aligning/delay_start"},
                                        Mark::points},
                                       {"at the end",
                                        {"trials/synapses_aligning/offset"},
                                        {"trials/synapses_aligning/delay_end"},
                                        Mark::points}}});
  }

 private:
  template <class Number>
  std::vector<double> of_seeds(std::size_t v, Number number) const {
    std::vector<double> values;
    for (const auto& detection : detections_) values.push_back(number(detection.courses[v]));
    return values;
  }
  template <class Number>
  double median_of(std::size_t v, Number number) const {
    return median(of_seeds(v, number));
  }
  template <class Number>
  double minimum(std::size_t v, Number number) const {
    return std::ranges::min(of_seeds(v, number));
  }
  template <class Holds>
  double count(std::size_t v, Holds holds) const {
    double n = 0;
    for (const auto& detection : detections_) n += holds(detection.courses[v]) ? 1 : 0;
    return n;
  }
  double early_change(const Course& course) const {
    const auto after =
        std::min(course.early_delay.size() - 1, static_cast<std::size_t>(200 / std::min(task_.block, 200)));
    return course.early_delay[after] - course.early_delay.front();
  }

  void table(std::size_t v) {
    TrialTable table{task_.variants[v],
                     "medians over seeds, block by block; the synapses are those at its end",
                     {{"presentation", "", "last one of the block"},
                      {"deviation", "ms", "standard deviation of arrivals of the pattern"},
                      {"hits", "%", "presentations answered"},
                      {"false_alarms", "Hz", "spikes that answer nothing"},
                      {"latency", "ms", "from the onset to the first spike"},
                      {"early_delay", "ms", "mean delay of inputs that arrive within 10 ms before the first answers"}}};
    const auto blocks = detections_.front().courses[v].hits.size();
    for (std::size_t k = 0; k < blocks; ++k) {
      table.columns[0].values.push_back(std::min(static_cast<double>(task_.presentations),
                                                 static_cast<double>((k + 1) * static_cast<std::size_t>(task_.block))));
      table.columns[1].values.push_back(median_of(v, [k](const Course& c) { return c.deviation[k + 1]; }));
      table.columns[2].values.push_back(median_of(v, [k](const Course& c) { return c.hits[k]; }));
      table.columns[3].values.push_back(median_of(v, [k](const Course& c) { return c.false_alarms[k]; }));
      table.columns[4].values.push_back(median_of(v, [k](const Course& c) { return c.latency[k]; }));
      table.columns[5].values.push_back(median_of(v, [k](const Course& c) { return c.early_delay[k + 1]; }));
    }
    run_.output.add(std::move(table));
    const auto& course = detections_.front().courses[v];
    run_.output.add(TrialTable{"synapses_" + task_.variants[v],
                               "inputs of the pattern, first seed",
                               {{"offset", "ms", "in the pattern", detections_.front().input.offsets},
                                {"delay_start", "ms", "", course.first.delays},
                                {"delay_end", "ms", "", course.last.delays},
                                {"weight_end", "", "relative to the largest", course.last.weights}}});
  }

  const ProtocolRun& run_;
  std::span<const Detection> detections_;
  const Params& task_;
};

ProtocolOutcome run(const ProtocolRun& run) {
  const auto module = delay_detector_params().read(run.experiment.module->arguments);
  const auto task = params().read(run.experiment.protocol->arguments);
  std::vector<std::unique_ptr<SteppedRun>> runs;
  for (std::uint64_t k = 0; k < static_cast<std::uint64_t>(task.seeds); ++k)
    runs.push_back(std::make_unique<Detecting>(module, task, run.experiment.seed + k));
  ProtocolOutcome outcome{.trials = steps_of(runs), .stopped = !carry_out(runs, run)};
  if (outcome.stopped || !run.ranks->is_first()) return outcome;
  std::vector<Detection> detections;
  for (const auto& one : runs) detections.push_back(static_cast<const Detecting&>(*one).detection());
  for (const auto& detection : detections) outcome.simulated_ms += detection.input.duration;
  Summary summary(run, detections, task);
  for (std::size_t v = 0; v < task.variants.size(); ++v) summary.variant(v);
  summary.pictures();
  NamedHash hash{"networks", 0};
  for (const auto& detection : detections) hash.hash = hash.hash * 0x9e3779b97f4a7c15ull + detection.hash;
  run.output.add(std::move(hash));
  return outcome;
}

void check(const ModelArguments&, const ModelArguments& protocol, std::vector<Problem>& problems) {
  const auto task = params().read(protocol);
  const auto wrong = [&](const char* name, const char* what, const char* remedy) {
    problems.push_back({{}, std::string("protocol.params.") + name, what, remedy});
  };
  if (task.gap_high < task.gap_low) wrong("gap_high", "is below gap_low", "raise it");
  if (task.gap_low <= task.span) wrong("gap_low", "is not above the span of the pattern", "raise it");
  if (task.pattern < 3) wrong("pattern", "too few inputs for a pattern", "give at least 3");
}

}  // namespace

ProtocolInfo pattern_detection_protocol() {
  return {.name = "pattern_detection",
          .summary = "a pattern repeats amid background; neurons answer it once weights and delays are learned",
          .modules = {"delay_detector"},
          .params = params().infos(),
          .run = run,
          .check = check,
          .spans_ranks = true};
}

}  // namespace spikeloom::experiments
