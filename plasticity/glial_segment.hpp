/// One stretch of an axon bundle under one oligodendrocyte: spikes on any axon release a signal, axons that fire while
/// it is high get myelin and conduct faster (Pajevic, Plenz, Basser & Fields 2023, eLife 12:e81982).
///
///     signal       dG/dt = v,  dv/dt = -2 G / tau_g^2 - 3 v / tau_g + 2 / tau_g^2 sum of all spikes      [G: 1/ms]
///                  one spike: R(t) = 2 / tau_g exp(-t / tau_g) (1 - exp(-t / tau_g)), whose integral is 1
///     myelin       M_a += lambda_m G at a spike of axon a (G just before it),  dM_a/dt = -lambda_a M_a
///     conduction   dtau_a/dt = lambda_r F_r(tau_a) - lambda_a F_a(tau_a) M_a
///                  F_r = (tau_max - tau) / (tau_max - tau_min),  F_a = (tau - tau_min) / (tau_max - tau_min), >= 0
///     homeostasis  dlambda_r/dt = lambda_h lambda_r (tau_nom - mean of tau)
///
/// From spike to spike G, v and M are propagated exactly; conduction times and lambda_r, ten thousand times slower, by
/// one step of Euler with the exact integral of M.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "core/errors.hpp"
#include "core/field.hpp"
#include "core/state_archive.hpp"

namespace spikeloom {

/// Of the whole bundle; a chain of segments shares tau_min, tau_max and tau_nom out equally.
struct MyelinParams {
  double tau_g = 20, lambda_m = 0.02, lambda_a = 0.1, lambda_h = 1e-6;
  double tau_min = 3, tau_max = 100, tau_nom = 40, spread = 0.05;
  double tau_s = 100, recovery = 1, segments = 10;
};
inline constexpr std::array myelin_params = {
    Field{"tau_g", &MyelinParams::tau_g, "ms", "time constant of the signal of a glial cell", positive},
    Field{"lambda_m", &MyelinParams::lambda_m, "1/ms", "myelin released per spike and signal", non_negative},
    Field{"lambda_a", &MyelinParams::lambda_a, "1/ms", "rate at which released myelin is built in", positive},
    Field{"lambda_h", &MyelinParams::lambda_h, "1/ms^2", "rate of homeostasis", non_negative},
    Field{"tau_min", &MyelinParams::tau_min, "ms", "shortest conduction time", positive},
    Field{"tau_max", &MyelinParams::tau_max, "ms", "longest conduction time", positive},
    Field{"tau_nom", &MyelinParams::tau_nom, "ms", "conduction time that homeostasis keeps, and mean at the start",
          positive},
    Field{"spread", &MyelinParams::spread, "", "standard deviation of conduction times at the start, relative",
          non_negative},
    Field{"tau_s", &MyelinParams::tau_s, "ms",
          "expected interval between spikes of an axon: sets lambda_r at the start", positive},
    Field{"recovery", &MyelinParams::recovery, "", "lambda_r at the start over lambda_m axons / tau_s^2", non_negative},
    Field{"segments", &MyelinParams::segments, "", "glial cells in a row along the bundle", whole_positive}};

/// Parameters of one of the equal stretches of a bundle.
MyelinParams share_of(const MyelinParams& params);
/// Problems that involve several parameters; their paths are the parameters' names alone.
void check_myelin(const MyelinParams& params, std::vector<Problem>& problems);

class GlialSegment {
 public:
  /// `params`: of this stretch (share_of). One entry of `conduction` [ms] per axon. `instantaneous`: released myelin is
  /// built in at once (lambda_a -> infinity). `frozen`: conduction times stay, myelin is kept account of.
  GlialSegment(const MyelinParams& params, std::vector<double> conduction, bool instantaneous = false,
               bool frozen = false);

  /// A spike enters on an axon at `time` [ms], not before the last one's. Returns the conduction time that it meets.
  double enter(std::size_t axon, double time);
  /// Brings everything to `time`, which must not lie before the last spike.
  void advance(double time);

  /// Saves or restores everything that changes, alike in all partitions; `name` begins the names of columns.
  void state(StateArchive& archive, const std::string& name) {
    archive.common(name + "conduction", std::span(conduction_));
    archive.common(name + "myelin", std::span(myelin_));
    archive.common(name + "g", g_);
    archive.common(name + "v", v_);
    archive.common(name + "lambda_r", lambda_r_);
    archive.common(name + "time", time_);
  }

  double signal() const noexcept { return g_; }
  double recovery_rate() const noexcept { return lambda_r_; }
  std::span<const double> conduction() const noexcept { return conduction_; }
  std::span<const double> myelin() const noexcept { return myelin_; }
  std::span<double> conduction() noexcept { return conduction_; }
  std::span<double> myelin() noexcept { return myelin_; }
  /// Everything about the segment that is not an axon's: signal, its derivative, lambda_r, time.
  std::array<double, 4> common() const noexcept { return {g_, v_, lambda_r_, time_}; }

 private:
  MyelinParams params_;
  std::vector<double> conduction_, myelin_;  // per axon
  double g_ = 0, v_ = 0, lambda_r_, time_ = 0;
  bool instantaneous_, frozen_;
};

}  // namespace spikeloom
