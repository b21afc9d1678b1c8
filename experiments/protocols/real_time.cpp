/// Conditioning in real time: where the prediction error of dopamine is within a trial, and how it moves.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "experiments/protocols/parts.hpp"
#include "experiments/protocols/protocols.hpp"
#include "networks/conditioning/temporal_difference.hpp"

namespace spikeloom::experiments {
namespace {

using Module = TemporalDifference::Params;
using Course = TemporalDifference::Course;

struct Params {
  std::vector<std::string> schedules = {"dopamine_transfer", "backward_spread", "second_order",
                                        "delay_and_trace",   "interval",        "backward"};
  int trials = 300, cs = 10, us = 30, steps = 60;
  std::vector<double> intervals = {1, 2, 4, 8, 16, 24, 32, 40};
};

const ParamTable<Params>& params() {
  static const Predicate whole_step{[](double x) { return x >= 0 && x < 1e6 && x == std::floor(x); },
                                    "must be a whole number of steps"};
  static const ParamTable<Params> table{
      {"schedules", &Params::schedules, "", "which phenomena", finite, Params{}.schedules},
      {"trials", &Params::trials, "", "of acquisition", whole_positive},
      {"cs", &Params::cs, "", "step at which the CS begins (a step stands for 50 ms)", whole_step},
      {"us", &Params::us, "", "step at which the US comes", whole_step},
      {"steps", &Params::steps, "", "length of a trial", whole_positive},
      {"intervals", &Params::intervals, "", "interval effect: steps from CS to US", whole_positive}};
  return table;
}

class Schedules {
 public:
  explicit Schedules(const ProtocolRun& run)
      : run_(run),
        module_(TemporalDifference::params().read(run.experiment.module->arguments)),
        params_(params().read(run.experiment.protocol->arguments)),
        stages_(run) {}

  ProtocolOutcome all() {
    time_axis();
    return run_parts(run_, stages_, params_.schedules,
                     {{"dopamine_transfer", [this] { dopamine_transfer(); }},
                      {"backward_spread", [this] { backward_spread(); }},
                      {"second_order", [this] { second_order(); }},
                      {"delay_and_trace", [this] { delay_and_trace(); }},
                      {"interval", [this] { interval(); }},
                      {"backward", [this] { backward(); }}});
  }

 private:
  TimedTrial paired() const { return {{{params_.cs, params_.us}}, params_.us, 1, params_.steps}; }
  void metric(std::string name, double value, std::string doc, std::string unit = "", bool headline = false) {
    run_.output.add(Metric{std::move(name), value, std::move(unit), std::move(doc), headline});
  }
  void time_axis() {
    std::vector<double> steps(static_cast<std::size_t>(params_.steps));
    for (std::size_t t = 0; t < steps.size(); ++t) steps[t] = static_cast<double>(t);
    run_.output.add(NamedArray{"step", "", "of a trial", {"step"}, {steps.size()}, steps});
  }
  static std::size_t at(int step) { return static_cast<std::size_t>(step); }

  void dopamine_transfer() {
    TemporalDifference model(module_, 1);
    NamedArray map{"dopamine", "", "prediction error", {"trial", "step"}, {at(params_.trials), at(params_.steps)}, {}};
    for (int k = 0; k < params_.trials; ++k) {
      stages_.pause();
      const auto course = model.trial(paired());
      map.values.insert(map.values.end(), course.delta.begin(), course.delta.end());
    }
    auto omitted_trial = paired();
    omitted_trial.us_time.reset();
    const auto learned = model.trial(paired(), false), omitted = model.trial(omitted_trial, false);
    run_.output.add(std::move(map));
    const double onset =
        *std::max_element(learned.delta.begin() + std::max(0, params_.cs - 1), learned.delta.begin() + params_.cs + 1);
    metric("delta_us", learned.delta[at(params_.us)], "prediction error at the US after learning", "", true);
    metric("delta_cs", onset, "prediction error at the onset of the CS after learning", "", true);
    metric("delta_omission", omitted.delta[at(params_.us)], "prediction error when the US is left out", "", true);
    run_.output.add(NamedArray{"courses",
                               "",
                               "value, error, error without the US",
                               {"trace", "step"},
                               {3, at(params_.steps)},
                               joined({learned.value, learned.delta, omitted.delta})});
    run_.output.add(NamedHash{"dopamine_transfer", state_hash(model.state())});
    Picture heat{.kind = Picture::Kind::heat,
                 .name = "dopamine",
                 .title = "The prediction error moves from US to CS.",
                 .caption = fmt::format(
                     "delta(t) in every trial: blue where it is positive, red where it is negative. CS at step "
                     "{}, US at step {}.",
                     params_.cs, params_.us),
                 .x = {"step"},
                 .y = {"trial"},
                 .z = {"delta"}};
    heat.values = {"arrays/dopamine"};
    run_.output.add(std::move(heat));
    Picture lines{.name = "omission",
                  .title = "After learning.",
                  .caption = "Value and prediction error; where the US is left out the error dips at its time.",
                  .x = {"step"},
                  .y = {"value, delta"}};
    for (const auto& [label, row] : {std::pair{"V", 0}, {"delta", 1}, {"delta, US left out", 2}})
      lines.series.push_back({label, {"arrays/step"}, {"arrays/courses", static_cast<std::uint64_t>(row)}});
    run_.output.add(std::move(lines));
  }

  static std::vector<double> joined(const std::vector<std::vector<double>>& rows) {
    std::vector<double> all;
    for (const auto& row : rows) all.insert(all.end(), row.begin(), row.end());
    return all;
  }

  /// With lambda = 0 and one unit per step, each trial teaches the step before the first that is known.
  void backward_spread() {
    auto module = module_;
    module.lambda = 0, module.features = "serial_compound", module.presence = false;
    TemporalDifference model(module, 1);
    const int interval = params_.us - params_.cs;
    TrialTable table{"front", "first step with a value, lambda = 0"};
    table.columns = {{"trial", "", "counted from 1"}, {"front", "", "step"}};
    double mean_trial = 0, mean_front = 0, covariance = 0, variance = 0;
    for (int k = 1; k <= interval; ++k) {
      model.trial(paired());
      const auto value = model.trial(paired(), false).value;
      const auto first = std::find_if(value.begin(), value.end(), [](double v) { return v > 0; });
      table.columns[0].values.push_back(k);
      table.columns[1].values.push_back(static_cast<double>(first - value.begin()));
      mean_trial += 1.0 * k / interval, mean_front += table.columns[1].values.back() / interval;
    }
    for (int k = 0; k < interval; ++k) {
      const double x = table.columns[0].values[at(k)] - mean_trial;
      covariance += x * (table.columns[1].values[at(k)] - mean_front), variance += x * x;
    }
    metric("front_slope", -covariance / variance, "steps per trial by which learning spreads backwards, lambda = 0");
    run_.output.add(std::move(table));
    Picture picture{
        .name = "front",
        .title = "Learning spreads backwards.",
        .caption = "First step that has a value, without eligibility traces: one step earlier in every trial.",
        .x = {"trial"},
        .y = {"first step with a value"}};
    picture.series = {{"front", {"trials/front/trial"}, {"trials/front/front"}}};
    run_.output.add(std::move(picture));
  }

  void second_order() {
    constexpr int lead = 8, later_trials = 200;
    TemporalDifference model(module_, 2);
    for (int k = 0; k < params_.trials; ++k)
      model.trial({{{params_.cs, params_.us}, {}}, params_.us, 1, params_.steps});
    const int onset = std::max(0, params_.cs - lead);
    const TimedTrial later{{{params_.cs, params_.us}, {onset, params_.cs}}, std::nullopt, 1, params_.steps};
    TrialTable table{"second_order", "value of B before A begins, B then A without the US"};
    table.columns = {{"trial", "", "counted from 1"}, {"v_b", "", "largest value from the onset of B to that of A"}};
    for (int k = 1; k <= later_trials; ++k) {
      model.trial(later);
      const auto value = model.trial(later, false).value;
      table.columns[0].values.push_back(k);
      table.columns[1].values.push_back(*std::max_element(value.begin() + onset, value.begin() + params_.cs));
    }
    const auto& v = table.columns[1].values;
    metric("second_order_peak", *std::max_element(v.begin(), v.end()), "largest value that B gains from A alone");
    metric("second_order_end", v.back(), "value of B after 200 trials without the US");
    run_.output.add(std::move(table));
    Picture picture{
        .name = "second_order",
        .title = "Second-order conditioning.",
        .caption =
            "B is followed by A, which predicts the US that no longer comes: B first gains value, then all is "
            "extinguished.",
        .x = {"trial"},
        .y = {"value of B"}};
    picture.series = {{"B", {"trials/second_order/trial"}, {"trials/second_order/v_b"}}};
    run_.output.add(std::move(picture));
  }

  /// The same interval, the CS on until the US or for three steps only. Needs a unit that tells whether the CS is on.
  void delay_and_trace() {
    auto module = module_;
    module.features = "microstimuli", module.presence = true;
    TrialTable table{"delay_and_trace", "value just before the US"};
    table.columns = {
        {"trial", "", "counted from 1"}, {"delay", "", "CS on until the US"}, {"trace", "", "CS on for three steps"}};
    TemporalDifference delay(module, 1), trace(module, 1);
    for (int k = 1; k <= params_.trials; ++k) {
      stages_.pause();
      table.columns[0].values.push_back(k);
      table.columns[1].values.push_back(
          delay.trial({{{params_.cs, params_.us}}, params_.us, 1, params_.steps}).value[at(params_.us - 1)]);
      table.columns[2].values.push_back(
          trace.trial({{{params_.cs, params_.cs + 3}}, params_.us, 1, params_.steps}).value[at(params_.us - 1)]);
    }
    const auto reach = [&](std::size_t c) {
      const auto& v = table.columns[c].values;
      return static_cast<double>(std::find_if(v.begin(), v.end(), [](double x) { return x >= 0.3; }) - v.begin()) + 1;
    };
    metric("delay_trials", reach(1), "trials until the value before the US reaches 0.3, CS on until the US");
    metric("trace_trials", reach(2), "the same, CS of three steps");
    metric("delay_value", table.columns[1].values.back(), "value before the US in the end, CS on until the US");
    metric("trace_value", table.columns[2].values.back(), "the same, CS of three steps");
    run_.output.add(std::move(table));
    Picture picture{
        .name = "delay_and_trace",
        .title = "Delay and trace conditioning.",
        .caption = "Microstimuli and a unit that is on with the CS: a CS that stays on is learned faster and higher.",
        .x = {"trial"},
        .y = {"value just before the US"}};
    for (const char* name : {"delay", "trace"})
      picture.series.push_back(
          {name, {"trials/delay_and_trace/trial"}, {std::string("trials/delay_and_trace/") + name}});
    run_.output.add(std::move(picture));
  }

  void interval() {
    constexpr int early_trials = 40;
    auto module = module_;
    module.features = "microstimuli";
    TrialTable table{"interval", "after 40 trials, one row per interval"};
    table.columns = {{"interval", "", "steps from CS to US", params_.intervals},
                     {"value", "", "at the step before the US", {}},
                     {"onset", "", "at the onset of the CS", {}}};
    for (const double steps : params_.intervals) {
      const int us = params_.cs + static_cast<int>(steps);
      const TimedTrial trial{{{params_.cs, us}}, us, 1, us + params_.steps - params_.us};
      TemporalDifference model(module, 1);
      for (int k = 0; k < early_trials; ++k) model.trial(trial);
      const auto value = model.trial(trial, false).value;
      table.columns[1].values.push_back(value[at(us - 1)]);
      table.columns[2].values.push_back(value[at(params_.cs)]);
    }
    const auto& onset = table.columns[2].values;
    metric("interval_best",
           params_.intervals[static_cast<std::size_t>(std::max_element(onset.begin(), onset.end()) - onset.begin())],
           "interval with the largest value of the CS", "");
    metric("interval_longest_share", onset.back() / *std::max_element(onset.begin(), onset.end()),
           "value of the CS at the longest interval, of that at the best");
    run_.output.add(std::move(table));
    Picture picture{.name = "interval",
                    .title = "Interval effect.",
                    .caption = "Value after 40 trials with microstimuli: beyond the best interval it only falls.",
                    .x = {"interval", "steps", true},
                    .y = {"value"}};
    picture.series = {{"at the onset of the CS", {"trials/interval/interval"}, {"trials/interval/onset"}},
                      {"just before the US", {"trials/interval/interval"}, {"trials/interval/value"}}};
    run_.output.add(std::move(picture));
  }

  void backward() {
    TemporalDifference model(module_, 1);
    const TimedTrial trial{{{params_.us, params_.steps}}, params_.cs, 1, params_.steps};
    TrialTable table{"backward", "US before CS"};
    table.columns = {{"trial", "", "counted from 1"}, {"value", "", "of the CS at its onset"}};
    for (int k = 1; k <= params_.trials; ++k) {
      stages_.pause();
      table.columns[0].values.push_back(k);
      table.columns[1].values.push_back(model.trial(trial).value[at(params_.us)]);
    }
    metric("backward_value", table.columns[1].values.back(), "value of a CS that follows the US");
    run_.output.add(std::move(table));
    Picture picture{.name = "backward",
                    .title = "Backward conditioning.",
                    .caption = "A CS that follows the US predicts nothing.",
                    .x = {"trial"},
                    .y = {"value of the CS"}};
    picture.series = {{"CS", {"trials/backward/trial"}, {"trials/backward/value"}}};
    run_.output.add(std::move(picture));
  }

  const ProtocolRun& run_;
  Module module_;
  Params params_;
  Stages stages_;
};

ProtocolOutcome run(const ProtocolRun& run) { return Schedules(run).all(); }

void check(const ModelArguments&, const ModelArguments& arguments, std::vector<Problem>& problems) {
  const auto p = params().read(arguments);
  if (p.cs < 1 || p.cs >= p.us)
    problems.push_back(
        {{}, "protocol.params.cs", "must lie after step 0 and before the US", "write for example cs: 10, us: 30"});
  if (p.us >= p.steps)
    problems.push_back(
        {{}, "protocol.params.us", "must lie before the end of the trial", "lower `us` or raise `steps`"});
  if (p.intervals.empty())
    problems.push_back({{}, "protocol.params.intervals", "is empty", "write for example [4, 8, 16]"});
}

}  // namespace

ProtocolInfo real_time_protocol() {
  return {.name = "real_time",
          .summary = "conditioning within the trial: dopamine transfer, second order, delay and trace, intervals",
          .modules = {std::string(TemporalDifference::name)},
          .params = params().infos(),
          .run = run,
          .check = check};
}

}  // namespace spikeloom::experiments
