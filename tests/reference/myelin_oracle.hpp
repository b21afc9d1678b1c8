/// Myelin plasticity the slow way: all equations by Euler in tiny steps, spikes moved along by hand.
#pragma once

#include <cmath>
#include <vector>

#include "plasticity/glial_segment.hpp"

namespace spikeloom::reference {

/// A chain of glial segments; `segment` holds the parameters of one of them.
struct MyelinOracle {
  struct Segment {
    double g = 0, v = 0, lambda_r = 0;
    std::vector<double> tau, m;
  };
  MyelinParams segment;
  std::vector<Segment> chain;
  std::vector<std::vector<std::vector<double>>> waiting;  // [segment][axon]: times of entry [ms]
  std::vector<std::vector<double>> left;                  // [axon]: times at which spikes have left [ms]

  MyelinOracle(const MyelinParams& p, const std::vector<std::vector<double>>& tau)
      : segment(p), waiting(tau.size()), left(tau.front().size()) {
    for (const auto& of_axons : tau) {
      const auto n = static_cast<double>(of_axons.size());
      chain.push_back(
          {0, 0, p.recovery * p.lambda_m * n / (p.tau_s * p.tau_s), of_axons, std::vector<double>(of_axons.size())});
    }
    for (auto& of_segment : waiting) of_segment.resize(left.size());
  }

  void run(double begin, double end, double dt) {
    for (long k = 0; k < std::lround((end - begin) / dt); ++k) step(begin + static_cast<double>(k) * dt, dt);
  }

  void step(double time, double dt) {
    const auto& p = segment;
    for (std::size_t o = 0; o < chain.size(); ++o) {
      auto& s = chain[o];
      double jumps = 0;
      for (std::size_t a = 0; a < left.size(); ++a)
        std::erase_if(waiting[o][a], [&](double entry) {
          if (entry >= time + 0.5 * dt) return false;
          s.m[a] += p.lambda_m * s.g;
          jumps += 2 / (p.tau_g * p.tau_g);
          (o + 1 < chain.size() ? waiting[o + 1][a] : left[a]).push_back(entry + s.tau[a]);
          return true;
        });
      s.v += jumps;
      double mean = 0;
      for (const double tau : s.tau) mean += tau / static_cast<double>(s.tau.size());
      const double g = s.g, range = p.tau_max - p.tau_min;
      s.g += dt * s.v;
      s.v += dt * (-2 * g / (p.tau_g * p.tau_g) - 3 * s.v / p.tau_g);
      for (std::size_t a = 0; a < left.size(); ++a) {
        s.tau[a] +=
            dt * (s.lambda_r * (p.tau_max - s.tau[a]) / range - p.lambda_a * (s.tau[a] - p.tau_min) / range * s.m[a]);
        s.m[a] -= dt * p.lambda_a * s.m[a];
      }
      s.lambda_r += dt * p.lambda_h * s.lambda_r * (p.tau_nom - mean);
    }
  }
};

}  // namespace spikeloom::reference
