/// The parameters of the what/when experiments, the controls, and the list of runs.
#include "experiments/protocols/meet_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace spikeloom::experiments {
namespace {

using Module = WhatWhenReservoir::Params;

/// Streams of runs of one seed: levels and conditions see other events and noise than the switching experiment, whose
/// first block the controls share.
enum Streams : std::uint32_t { switching = 0, stationary = 1000, grid = 2000 };

std::vector<std::string> control_names() {
  std::vector<std::string> names;
  for (const auto& control : meet_controls()) names.push_back(control.name);
  return names;
}

bool chosen(const std::vector<std::string>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

MeetParams::MeetParams() : controls(control_names()) { std::erase(controls, "random_reward"); }

const std::vector<MeetControl>& meet_controls() {
  static const std::vector<MeetControl> controls{
      {"shuffled_error", "teaching bump permuted in time: nothing is learned", [](Module& m) { m.bump = "shuffled"; }},
      {"random_gate", "the channel that learns is drawn at random: timing loses its channel",
       [](Module& m) { m.gate = "random"; }},
      {"no_error", "the teaching bump in place of the error: weights diverge",
       [](Module& m) { m.error = "bump_only"; }},
      {"no_channel_gate", "all channels learn, absent events towards 0: timing absorbs the probability",
       [](Module& m) { m.gate = "all"; }},
      {"strict_gate", "gate shut outside the window: crosstalk between times stays", [](Module& m) { m.outside = 0; }},
      {"random_reward", "learner exploration: rewarded by chance: nothing is learned",
       [](Module& m) { m.reward = "random"; }},
      {"quiet", "no noise, no feedback", [](Module& m) { m.noise = 0, m.feedback = 0; }},
      {"quiet_strict_gate", "no noise, no feedback, gate shut outside the window",
       [](Module& m) { m.noise = 0, m.feedback = 0, m.outside = 0; }}};
  return controls;
}

const ParamTable<MeetParams>& meet_params() {
  using P = MeetParams;
  static const ParamTable<P> table{
      {"experiments",
       &P::experiments,
       "",
       "which experiments",
       finite,
       {"stationary", "switching", "grid", "controls"}},
      {"controls", &P::controls, "", "which ablations", finite, control_names()},
      {"baseline",
       &P::baseline,
       "",
       "switching: the learner that runs beside the module's own",
       finite,
       {"least_squares", "local"}},
      {"seeds", &P::seeds, "", "runs of every experiment, from the experiment's seed upwards", whole_positive},
      {"control_seeds", &P::control_seeds, "", "runs of every control", whole_positive},
      {"block", &P::block, "", "trials per block", whole_positive},
      {"test_trials", &P::test_trials, "", "trials without learning per test", whole_positive},
      {"test_every", &P::test_every, "", "switching: trials between tests", whole_positive},
      {"p", &P::p, "", "probability of A in the first block", fraction},
      {"p_switched", &P::p_switched, "", "probability of A afterwards", fraction},
      {"due", &P::due, "ms", "when A and B come", non_negative},
      {"due_switched", &P::due_switched, "ms", "when A and B come in the third block", non_negative},
      {"levels", &P::levels, "", "stationary: probabilities of A", fraction},
      {"grid_levels", &P::grid_levels, "", "grid: probabilities of A", fraction},
      {"grid_shifts", &P::grid_shifts, "ms", "grid: common shifts of both events", non_negative},
      {"open_gates", &P::open_gates, "", "channels, from 0, whose attention gate may open", non_negative}};
  return table;
}

std::vector<MeetRunSpec> plan_runs(const MeetParams& params, const Module& module, std::uint64_t seed) {
  std::vector<MeetRunSpec> specs;
  const auto seeds = static_cast<std::uint64_t>(params.seeds);
  const MeetBlock first{params.p, params.due};
  const auto add = [&](std::string label, const Module& changed, std::uint64_t k, std::uint32_t stream,
                       std::vector<MeetBlock> blocks, std::vector<int> tests) {
    specs.push_back({std::move(label),
                     changed,
                     seed + k,
                     stream,
                     std::move(blocks),
                     params.block,
                     params.test_trials,
                     std::move(tests),
                     {params.open_gates.begin(), params.open_gates.end()}});
  };
  if (chosen(params.experiments, "switching")) {
    const std::vector<MeetBlock> blocks{
        first, {params.p_switched, params.due}, {params.p_switched, params.due_switched}};
    std::vector<int> tests;
    for (int trial = 0; trial <= 3 * params.block; ++trial)
      if (trial % params.test_every == 0 || trial % params.block == 0 || 2 * trial % params.block == 0)
        tests.push_back(trial);
    auto global = module;
    global.learner = params.baseline;
    for (std::uint64_t k = 0; k < seeds; ++k) add("baseline", global, k, switching, blocks, tests);
    for (std::uint64_t k = 0; k < seeds; ++k) add("switching", module, k, switching, blocks, tests);
  }
  if (chosen(params.experiments, "stationary"))
    for (std::size_t i = 0; i < params.levels.size(); ++i)
      for (std::uint64_t k = 0; k < seeds; ++k)
        add("stationary", module, k, stationary + static_cast<std::uint32_t>(i), {{params.levels[i], params.due}},
            {params.block});
  if (chosen(params.experiments, "grid"))
    for (std::size_t i = 0; i < params.grid_levels.size() * params.grid_shifts.size(); ++i) {
      MeetBlock block{params.grid_levels[i / params.grid_shifts.size()], params.due};
      for (auto& due : block.due) due += params.grid_shifts[i % params.grid_shifts.size()];
      for (std::uint64_t k = 0; k < seeds; ++k)
        add("grid", module, k, grid + static_cast<std::uint32_t>(i), {block}, {});
    }
  if (chosen(params.experiments, "controls"))
    for (const auto& control : meet_controls()) {
      if (!chosen(params.controls, control.name)) continue;
      auto changed = module;
      control.change(changed);
      for (std::uint64_t k = 0; k < static_cast<std::uint64_t>(params.control_seeds); ++k)
        add(control.name, changed, k, switching, {first}, {params.block});
    }
  return specs;
}

void check_meet(const ModelArguments& module_arguments, const ModelArguments& arguments,
                std::vector<Problem>& problems) {
  const auto module = WhatWhenReservoir::params().read(module_arguments);
  const auto params = meet_params().read(arguments);
  const auto report = [&](const char* path, std::string what, std::string remedy) {
    problems.push_back({{}, path, std::move(what), std::move(remedy)});
  };
  if (module.channels != 2)
    report("module.params.channels", fmt::format("{} channels where the task has two events", module.channels),
           "write channels: 2");
  for (const double gate : params.open_gates)
    if (gate != std::floor(gate) || gate >= module.channels)
      report("protocol.params.open_gates", fmt::format("there is no channel {}", gate),
             fmt::format("channels count from 0 to {}", module.channels - 1));
  const auto check_due = [&](const char* path, const std::vector<double>& due, double shift) {
    if (due.size() != 2)
      report(path, fmt::format("has {} times for two events", due.size()), "write two times, [300 ms, 600 ms]");
    for (const double time : due)
      if (time + shift >= module.trial)
        report(path, fmt::format("{} ms is not before the end of the trial at {} ms", time + shift, module.trial),
               "come earlier, or make module.params.trial longer");
  };
  const double largest_shift =
      params.grid_shifts.empty() ? 0 : *std::max_element(params.grid_shifts.begin(), params.grid_shifts.end());
  check_due("protocol.params.due", params.due, largest_shift);
  check_due("protocol.params.due_switched", params.due_switched, 0);
  if (params.grid_levels.size() * params.grid_shifts.size() < 4)
    report("protocol.params.grid_levels", "fewer than four conditions have no subspaces", "name more levels or shifts");
  if (params.levels.empty()) report("protocol.params.levels", "is empty", "name probabilities between 0 and 1");
}

}  // namespace spikeloom::experiments
