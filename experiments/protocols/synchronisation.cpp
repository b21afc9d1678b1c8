/// Synchronisation: axons are given shifted copies of one train; myelin plasticity takes the shifts away (Pajevic
/// 2023).
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "experiments/protocols/protocols.hpp"
#include "experiments/protocols/stepped_runs.hpp"
#include "networks/delays/synchroniser.hpp"

namespace spikeloom::experiments {
namespace {

struct Params {
  std::vector<std::string> inputs = {"correlated", "independent", "mixed"};
  double rate = 10, sigma_d = 10, sigma_j = 1, duration = 2'000'000, epoch = 10'000, synchronous = 3;
  int seeds = 10;
};

const ParamTable<Params>& params() {
  static const ParamTable<Params> table{
      {"inputs",
       &Params::inputs,
       "",
       "what the axons are given, each with a bundle of its own",
       finite,
       {"correlated", "independent", "mixed"}},
      {"rate", &Params::rate, "Hz", "of every axon", positive},
      {"sigma_d", &Params::sigma_d, "ms", "standard deviation of the axons' shifts", non_negative},
      {"sigma_j", &Params::sigma_j, "ms", "standard deviation of the jitter of every spike", non_negative},
      {"duration", &Params::duration, "ms", "biological time", positive},
      {"epoch", &Params::epoch, "ms", "interval at which sigma_tau is written down", positive},
      {"synchronous", &Params::synchronous, "ms", "a sigma_tau that counts as synchronous", positive},
      {"seeds", &Params::seeds, "", "number of bundles, with seeds from experiment.seed on", whole_positive}};
  return table;
}

BundleInput input_named(const std::string& name) {
  if (name == "independent") return BundleInput::independent;
  return name == "mixed" ? BundleInput::mixed : BundleInput::correlated;
}

/// One bundle: sigma_tau after every epoch, of all axons, or of the correlated half and the others.
struct Course {
  std::vector<double> sigma, others, mean;
  std::vector<double> shifts, totals;  // of every axon, at the end
  std::uint64_t hash = 0;
};

/// An epoch per step.
class Synchronising final : public SteppedRun {
 public:
  Synchronising(const MyelinBundleParams& module, const Params& task, BundleInput input, std::uint64_t seed)
      : module_(module), task_(task), input_(input), seed_(seed) {}

  std::uint64_t steps() const override {
    return static_cast<std::uint64_t>(std::max(1.0, std::round(task_.duration / task_.epoch)));
  }
  void begin() override {
    bundle_.emplace(module_, SynchroniserTask{input_, task_.rate, task_.sigma_d, task_.sigma_j}, seed_);
    if (course_.sigma.empty()) write_down();
  }
  void step(std::uint64_t) override {
    bundle_->run(task_.epoch);
    write_down();
  }
  void end() override {
    course_.shifts = bundle_->shifts();
    for (std::size_t a = 0; a < course_.shifts.size(); ++a) {
      course_.totals.push_back(course_.shifts[a] + bundle_->bundle().conduction(a));
      course_.hash += bundle_->bundle().hash_of(a);
    }
    bundle_.reset();
  }
  void state(StateArchive& archive) override { bundle_->state(archive); }
  void results(StateArchive& archive) override {
    archive.common_list("sigma", course_.sigma);
    archive.common_list("others", course_.others);
    archive.common_list("mean", course_.mean);
    archive.common_list("shifts", course_.shifts);
    archive.common_list("totals", course_.totals);
    archive.common("hash", course_.hash);
  }
  std::string note(std::uint64_t) const override { return fmt::format("spread {:.2f} ms", course_.sigma.back()); }
  const Course& course() const { return course_; }

 private:
  void write_down() {
    const auto axons = bundle_->shifts().size();
    const auto first = input_ == BundleInput::mixed ? bundle_->correlated_axons() : axons;
    course_.sigma.push_back(bundle_->spread(0, first));
    course_.others.push_back(first < axons ? bundle_->spread(first, axons) : 0);
    course_.mean.push_back(bundle_->mean_conduction());
  }

  const MyelinBundleParams& module_;
  const Params& task_;
  BundleInput input_;
  std::uint64_t seed_;
  std::optional<Synchroniser> bundle_;
  Course course_;
};

double median(std::vector<double> values) {
  std::ranges::sort(values);
  const auto n = values.size();
  return 0.5 * (values[(n - 1) / 2] + values[n / 2]);
}

/// One number per seed -> median over seeds.
template <class Number>
double median_of(std::span<const Course> courses, Number number) {
  std::vector<double> values;
  for (const auto& course : courses) values.push_back(number(course));
  return median(std::move(values));
}

void report_metrics(const ProtocolRun& run, const std::string& input, std::span<const Course> courses,
                    const Params& task) {
  const auto add = [&](const char* name, double value, const char* unit, const char* doc, bool headline = false) {
    run.output.add(Metric{fmt::format("{}_{}", input, name), value, unit, doc, headline});
  };
  add("sigma_start", median_of(courses, [](const Course& c) { return c.sigma.front(); }), "ms",
      "spread of total delays at the start, median over seeds");
  add("sigma_end", median_of(courses, [](const Course& c) { return c.sigma.back(); }), "ms",
      "spread of total delays at the end, median over seeds", true);
  const auto synchronous =
      std::ranges::count_if(courses, [&](const Course& c) { return c.sigma.back() <= task.synchronous; });
  add("synchronous", static_cast<double>(synchronous), "", "seeds that end synchronous", input == "correlated");
  add("sigma_worst", std::ranges::max(courses, {}, [](const Course& c) { return c.sigma.back(); }).sigma.back(), "ms",
      "largest spread of total delays at the end over seeds");
  add("mean_end", median_of(courses, [](const Course& c) { return c.mean.back(); }), "ms",
      "mean conduction time at the end, median over seeds");
  if (input != "mixed") return;
  add("others_start", median_of(courses, [](const Course& c) { return c.others.front(); }), "ms",
      "the same of the axons without a common train, at the start");
  add("others_end", median_of(courses, [](const Course& c) { return c.others.back(); }), "ms",
      "the same of the axons without a common train, at the end");
}

void show(const ProtocolRun& run, const std::string& input, std::span<const Course> courses, const Params& task) {
  const auto epochs = courses.front().sigma.size();
  TrialTable table{"epochs_" + input,
                   "medians over seeds",
                   {{"time", "s", "biological"},
                    {"sigma", "ms", "spread of total delays"},
                    {"lowest", "ms", "smallest over seeds"},
                    {"highest", "ms", "largest over seeds"},
                    {"mean", "ms", "mean conduction time"}}};
  if (input == "mixed") table.columns.push_back({"others", "ms", "spread of the axons without a common train"});
  for (std::size_t k = 0; k < epochs; ++k) {
    const auto sigma = [k](const Course& c) { return c.sigma[k]; };
    table.columns[0].values.push_back(1e-3 * task.epoch * static_cast<double>(k));
    table.columns[1].values.push_back(median_of(courses, sigma));
    table.columns[2].values.push_back(std::ranges::min(courses, {}, sigma).sigma[k]);
    table.columns[3].values.push_back(std::ranges::max(courses, {}, sigma).sigma[k]);
    table.columns[4].values.push_back(median_of(courses, [k](const Course& c) { return c.mean[k]; }));
    if (input == "mixed")
      table.columns[5].values.push_back(median_of(courses, [k](const Course& c) { return c.others[k]; }));
  }
  run.output.add(std::move(table));
  const auto path = [&](const char* column) { return DataSource{fmt::format("trials/epochs_{}/{}", input, column)}; };
  Picture picture{.name = "sigma_" + input,
                  .title = fmt::format("Input: {}.", input),
                  .caption = input == "independent" ? "Nothing to synchronise: the spread of total delays stays."
                             : input == "mixed"     ? "Only the axons that share a train get into step."
                                                    : "The spread of total delays falls: volleys arrive together.",
                  .x = {"time", "s"},
                  .y = {"spread of total delays", "ms"},
                  .series = {{"median", path("time"), path("sigma")},
                             {"smallest", path("time"), path("lowest"), Mark::dashed, 0},
                             {"largest", path("time"), path("highest"), Mark::dashed, 0}}};
  if (input == "mixed") picture.series.push_back({"axons without a common train", path("time"), path("others")});
  run.output.add(std::move(picture));
}

void show_axons(const ProtocolRun& run, const Course& course) {
  TrialTable table{
      "axons",
      "correlated input, first seed, at the end",
      {{"shift", "ms", "of the train of an axon", course.shifts}, {"conduction", "ms", "time through the bundle"}}};
  for (std::size_t a = 0; a < course.shifts.size(); ++a)
    table.columns[1].values.push_back(course.totals[a] - course.shifts[a]);
  run.output.add(std::move(table));
  run.output.add(Picture{.name = "axons",
                         .title = "Shift against conduction time.",
                         .caption = "One point per axon of the first seed: late axons have become fast.",
                         .x = {"shift", "ms"},
                         .y = {"conduction time", "ms"},
                         .series = {{"axons", {"trials/axons/shift"}, {"trials/axons/conduction"}, Mark::points}}});
}

ProtocolOutcome run(const ProtocolRun& run) {
  const auto module = myelin_bundle_params().read(run.experiment.module->arguments);
  const auto task = params().read(run.experiment.protocol->arguments);
  const auto seeds = static_cast<std::size_t>(task.seeds);
  std::vector<std::unique_ptr<SteppedRun>> runs;
  for (const auto& input : task.inputs)
    for (std::size_t k = 0; k < seeds; ++k)
      runs.push_back(std::make_unique<Synchronising>(module, task, input_named(input), run.experiment.seed + k));
  ProtocolOutcome outcome{.trials = steps_of(runs)};
  outcome.simulated_ms = static_cast<double>(outcome.trials) * task.epoch;
  outcome.stopped = !carry_out(runs, run);
  if (outcome.stopped || !run.ranks->is_first()) return outcome;
  std::vector<Course> courses;
  for (const auto& one : runs) courses.push_back(static_cast<const Synchronising&>(*one).course());

  NamedHash hash{"bundles", 0};
  for (const auto& course : courses) hash.hash = hash.hash * 0x9e3779b97f4a7c15ull + course.hash;
  for (std::size_t i = 0; i < task.inputs.size(); ++i) {
    const std::span<const Course> own(courses.data() + i * seeds, seeds);
    report_metrics(run, task.inputs[i], own, task);
    show(run, task.inputs[i], own, task);
    if (task.inputs[i] == "correlated") show_axons(run, own.front());
  }
  run.output.add(std::move(hash));
  return outcome;
}

void check(const ModelArguments& module, const ModelArguments&, std::vector<Problem>& problems) {
  if (myelin_bundle_params().read(module).axons < 2)
    problems.push_back({{}, "module.params.axons", "one axon has nothing to synchronise with", "give at least 2"});
}

}  // namespace

ProtocolInfo synchronisation_protocol() {
  return {.name = "synchronisation",
          .summary = "axons carry shifted copies of one train, trains of their own, or half of each",
          .modules = {"myelin_bundle"},
          .params = params().infos(),
          .run = run,
          .check = check,
          .spans_ranks = true};
}

}  // namespace spikeloom::experiments
