/// The multi-event expectation task (MEET): what is drawn for a trial, and how a prediction is scored.
#pragma once

#include <cstdint>
#include <vector>

#include "networks/reservoir/what_when_reservoir.hpp"

namespace spikeloom::experiments {

/// One block of trials: P(A), and when A and B are due [ms after the cue].
struct MeetBlock {
  double p = 0.8;
  std::vector<double> due = {300, 600};
};

/// Whether A (0) or B (1) comes in a trial; `stream` separates runs of one seed.
std::size_t meet_event(std::uint64_t seed, std::uint32_t stream, std::uint32_t trial, double p);

/// How good a prediction object o_k(t) = p_k max(y_k(t), 0) is, against g_k(t) = P(k) h(t - t_k).
struct MeetScore {
  double nrmse = 0;          // 1 for a silent network
  double correlation = 0;    // of o and g over channels and time, not centred; 0 for a silent network
  double latency[2] = {};    // ms: maximum of y_k after a boxcar of 21 ms
  double amplitude[2] = {};  // sum of o_k within 2 sigma_h of the event over the same sum of h
  double peak[2] = {};       // y_k at its event
  double p[2] = {};          // clipped
  double p_sum = 0;          // before clipping
};
MeetScore meet_score(const WhatWhenReservoir::Test& test, const MeetBlock& block, double sigma_h);

/// Mean of every number.
MeetScore mean_of(const std::vector<MeetScore>& scores);

}  // namespace spikeloom::experiments
