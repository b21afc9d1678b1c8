/// Drawing events and scoring predictions.
#include "experiments/protocols/meet_task.hpp"

#include <algorithm>
#include <cmath>

#include "core/random.hpp"

namespace spikeloom::experiments {
namespace {

constexpr std::size_t channels = 2;
constexpr int half_boxcar = 10;  // ms

double bump(double time, double due, double sigma) {
  const double s = (time - due) / sigma;
  return std::exp(-0.5 * s * s);
}

/// Time of the maximum of the trace after a boxcar of 21 ms; at the borders the mean of what there is.
double latency_of(const std::vector<float>& trace) {
  const int end = static_cast<int>(trace.size());
  int best = 0;
  double highest = -HUGE_VAL;
  for (int t = 0; t < end; ++t) {
    const int first = std::max(0, t - half_boxcar), last = std::min(end - 1, t + half_boxcar);
    double sum = 0;
    for (int k = first; k <= last; ++k) sum += static_cast<double>(trace[static_cast<std::size_t>(k)]);
    if (const double mean = sum / (last - first + 1); mean > highest) highest = mean, best = t;
  }
  return best;
}

}  // namespace

std::size_t meet_event(std::uint64_t seed, std::uint32_t stream, std::uint32_t trial, double p) {
  const auto bits = draw(seed, Purpose::task, stream, (std::uint64_t{1} << 32) | trial);
  return uniform(bits[0], bits[1]) < p ? 0 : 1;
}

MeetScore meet_score(const WhatWhenReservoir::Test& test, const MeetBlock& block, double sigma_h) {
  MeetScore score;
  double error = 0, truth = 0, product = 0, object = 0;
  for (std::size_t k = 0; k < channels; ++k) {
    const double probability = k == 0 ? block.p : 1 - block.p, due = block.due[k];
    double near_object = 0, near_bump = 0;
    for (std::size_t t = 0; t < test.when[k].size(); ++t) {
      const double time = static_cast<double>(t), h = bump(time, due, sigma_h), g = probability * h;
      const double o = test.what[k] * std::max(static_cast<double>(test.when[k][t]), 0.0);
      error += (o - g) * (o - g), truth += g * g, product += o * g, object += o * o;
      if (std::abs(time - due) >= 2 * sigma_h) continue;
      near_object += o, near_bump += h;
    }
    score.latency[k] = latency_of(test.when[k]);
    score.amplitude[k] = near_bump > 0 ? near_object / near_bump : 0;
    const auto at = static_cast<std::size_t>(std::lround(due));
    score.peak[k] = at < test.when[k].size() ? static_cast<double>(test.when[k][at]) : 0;
    score.p[k] = test.what[k];
    score.p_sum += test.unclipped[k];
  }
  score.nrmse = std::sqrt(error / truth);
  score.correlation = object > 0 ? product / std::sqrt(object * truth) : 0;
  return score;
}

MeetScore mean_of(const std::vector<MeetScore>& scores) {
  MeetScore mean;
  const double share = 1 / static_cast<double>(scores.size());
  for (const auto& score : scores) {
    mean.nrmse += share * score.nrmse, mean.correlation += share * score.correlation, mean.p_sum += share * score.p_sum;
    for (std::size_t k = 0; k < channels; ++k) {
      mean.latency[k] += share * score.latency[k], mean.amplitude[k] += share * score.amplitude[k];
      mean.peak[k] += share * score.peak[k], mean.p[k] += share * score.p[k];
    }
  }
  return mean;
}

}  // namespace spikeloom::experiments
