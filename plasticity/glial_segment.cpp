/// The dynamics of one glial segment, from spike to spike.
#include "plasticity/glial_segment.hpp"

#include <algorithm>

#include "core/models/exponential.hpp"

namespace spikeloom {

MyelinParams share_of(const MyelinParams& params) {
  auto share = params;
  share.tau_min /= params.segments, share.tau_max /= params.segments, share.tau_nom /= params.segments;
  return share;
}

void check_myelin(const MyelinParams& params, std::vector<Problem>& problems) {
  constexpr double most_segments = 1000;
  const auto wrong = [&](const char* name, const char* what, const char* remedy) {
    problems.push_back({{}, name, what, remedy});
  };
  if (params.tau_max <= params.tau_min)
    wrong("tau_max", "is not above tau_min", "raise it");
  else if (params.tau_nom < params.tau_min || params.tau_nom > params.tau_max)
    wrong("tau_nom", "does not lie between tau_min and tau_max", "choose a conduction time between them");
  if (params.segments > most_segments) wrong("segments", "exceeds 1000", "lower it");
}

GlialSegment::GlialSegment(const MyelinParams& params, std::vector<double> conduction, bool instantaneous, bool frozen)
    : params_(params),
      conduction_(std::move(conduction)),
      myelin_(conduction_.size()),
      lambda_r_(params.recovery * params.lambda_m * static_cast<double>(conduction_.size()) /
                (params.tau_s * params.tau_s)),
      instantaneous_(instantaneous),
      frozen_(frozen) {
  for (auto& tau : conduction_) tau = std::clamp(tau, params.tau_min, params.tau_max);
}

double GlialSegment::enter(std::size_t axon, double time) {
  advance(time);
  const auto& p = params_;
  const double met = conduction_[axon];
  if (!instantaneous_)
    myelin_[axon] += p.lambda_m * g_;
  else if (!frozen_)
    conduction_[axon] = std::max(p.tau_min, met - p.lambda_m * g_ * (met - p.tau_min) / (p.tau_max - p.tau_min));
  v_ += 2 / (p.tau_g * p.tau_g);
  return met;
}

void GlialSegment::advance(double time) {
  const double h = time - time_;
  if (h <= 0) return;
  time_ = time;
  const auto& p = params_;
  const double e = exponential(-h / p.tau_g), e_2 = e * e, slope = p.tau_g * v_;
  const double g = (2 * g_ + slope) * e - (g_ + slope) * e_2;
  v_ = -(2 * g_ / p.tau_g + v_) * e + 2 * (g_ / p.tau_g + v_) * e_2;
  g_ = g;

  const double kept = exponential(-p.lambda_a * h), range = p.tau_max - p.tau_min;
  double mean = 0;
  for (const double tau : conduction_) mean += tau;
  mean /= static_cast<double>(conduction_.size());
  for (std::size_t a = 0; a < conduction_.size(); ++a) {
    if (!frozen_) {
      double& tau = conduction_[a];
      // lambda_a times the integral of M over h is M (1 - exp(-lambda_a h)).
      tau += lambda_r_ * h * (p.tau_max - tau) / range - (tau - p.tau_min) / range * myelin_[a] * (1 - kept);
      tau = std::min(std::max(tau, p.tau_min), p.tau_max);
    }
    myelin_[a] *= kept;
  }
  if (!frozen_) lambda_r_ = std::max(0.0, lambda_r_ + h * p.lambda_h * lambda_r_ * (p.tau_nom - mean));
}

}  // namespace spikeloom
