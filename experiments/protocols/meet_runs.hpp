/// The runs of the what/when experiments: one learner through blocks of trials, tested now and then.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "experiments/protocols/meet_task.hpp"

namespace spikeloom::experiments {

struct MeetRunSpec {
  std::string label;  // "stationary", "switching", "grid", "baseline", or the name of a control
  WhatWhenReservoir::Params module;
  std::uint64_t seed = 1;
  std::uint32_t stream = 0;  // runs of one seed and stream see the same events and the same noise
  std::vector<MeetBlock> blocks;
  int trials_per_block = 100, test_trials = 2;
  std::vector<int> tests;       // after so many trials
  std::vector<int> open_gates;  // channels whose attention gate may open
};

/// A test: scores averaged over its trials, and the mean prediction object [channel][ms].
struct MeetTest {
  int trial = 0;
  MeetScore score;
  std::vector<std::vector<double>> object;
};

struct MeetRunResult {
  std::vector<MeetTest> tests;
  std::vector<std::vector<double>> what, when;  // weights [channel][neuron]
  double rate = 0;                              // Hz
  std::uint64_t hash = 0;
  int trials = 0;  // trained and tested
  bool complete = false;

  const MeetTest& after(int trial) const;
};

/// Carries out all runs; results stand in the order of the specs. Networks are drawn and calibrated once per seed and
/// set of reservoir parameters. With several ranks, only the first one has the results of all.
std::vector<MeetRunResult> carry_out(const std::vector<MeetRunSpec>& specs, const ProtocolRun& run);

}  // namespace spikeloom::experiments
