/// Which runs the what/when experiments are made of.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "experiments/protocols/meet_runs.hpp"

namespace spikeloom::experiments {

struct MeetParams {
  std::vector<std::string> experiments = {"stationary", "switching", "grid", "controls"};
  std::vector<std::string> controls;
  std::string baseline = "least_squares";
  int seeds = 5, control_seeds = 3, block = 100, test_trials = 2, test_every = 10;
  double p = 0.8, p_switched = 0.2;
  std::vector<double> due = {300, 600}, due_switched = {450, 800};
  std::vector<double> levels = {0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1};
  std::vector<double> grid_levels = {0.1, 0.3, 0.5, 0.7, 0.9}, grid_shifts = {0, 100, 200};
  std::vector<double> open_gates = {0, 1};

  MeetParams();  // every control but that of the learner exploration
};

const ParamTable<MeetParams>& meet_params();

/// One control: what it changes in the module, and what should come of it.
struct MeetControl {
  std::string name, doc;
  void (*change)(WhatWhenReservoir::Params&);
};
const std::vector<MeetControl>& meet_controls();

/// All runs in a fixed order, the expensive ones first.
std::vector<MeetRunSpec> plan_runs(const MeetParams& params, const WhatWhenReservoir::Params& module,
                                   std::uint64_t seed);

/// Cross checks for the language.
void check_meet(const ModelArguments& module, const ModelArguments& protocol, std::vector<Problem>& problems);

}  // namespace spikeloom::experiments
