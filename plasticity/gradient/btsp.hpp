/// Behavioural time-scale plasticity (Bittner et al. 2017, Science 357:1033; Milstein et al. 2021, eLife 10:e73046):
/// plateau potentials write and move place fields in one lap.
///
///     tau_et det_i/dt = -et_i + rate_i,   tau_is dis/dt = -is + plateau          (rate and plateau between 0 and 1)
///     x_i = min(1, et_i / et_scale) min(1, is / is_scale)
///     dw_i/dt = (w_max - w_i) k_plus q_plus(x_i) - w_i k_minus q_minus(x_i)
///     q(x) = (s(x) - s(0)) / (s(1) - s(0)),  s(x) = 1 / (1 + exp(-b (x - a)))
///
/// Every equation is linear in its own variable and solved exactly over a step with the others held, so that weights
/// stay within [0, w_max] whatever the step.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "core/field.hpp"
#include "core/state_archive.hpp"

namespace spikeloom {

struct BtspParams {
  double tau_et = 1500, tau_is = 500, et_scale = 0.42, is_scale = 0.45, k_plus = 1.1e-3, k_minus = 0.4e-3;
  double a_plus = 0.2, b_plus = 5, a_minus = 0.05, b_minus = 44, w_max = 1;
};
inline constexpr std::array btsp_params = {
    Field{"tau_et", &BtspParams::tau_et, "ms", "time constant of the eligibility traces", positive},
    Field{"tau_is", &BtspParams::tau_is, "ms", "time constant of the instructive signal", positive},
    Field{"et_scale", &BtspParams::et_scale, "", "eligibility that counts as 1", positive},
    Field{"is_scale", &BtspParams::is_scale, "", "instructive signal that counts as 1", positive},
    Field{"k_plus", &BtspParams::k_plus, "1/ms", "rate of potentiation", non_negative},
    Field{"k_minus", &BtspParams::k_minus, "1/ms", "rate of depression", non_negative},
    Field{"a_plus", &BtspParams::a_plus, "", "midpoint of potentiation"},
    Field{"b_plus", &BtspParams::b_plus, "", "steepness of potentiation", positive},
    Field{"a_minus", &BtspParams::a_minus, "", "midpoint of depression"},
    Field{"b_minus", &BtspParams::b_minus, "", "steepness of depression", positive},
    Field{"w_max", &BtspParams::w_max, "", "largest weight", positive}};

/// The synapses of one neuron, in double precision.
class Btsp {
 public:
  /// `resolution` [ms] is the time of one step; all weights start at `weight`.
  Btsp(const BtspParams& params, std::size_t synapses, double resolution, double weight = 0);

  /// One step with the rates of the inputs and the plateau, each between 0 and 1.
  void advance(std::span<const double> rates, double plateau);
  /// Lets traces and instructive signal vanish (a pause between laps).
  void rest();

  std::span<const double> weights() const noexcept { return weight_; }
  std::span<double> weights() noexcept { return weight_; }
  std::span<const double> traces() const noexcept { return trace_; }
  double instructive_signal() const noexcept { return instructive_; }
  /// Saves or restores everything that changes.
  void state(StateArchive& archive) {
    archive.column("weights", weight_);
    archive.column("traces", trace_);
    archive.common("instructive", instructive_);
  }

 private:
  /// q as 1/(1 + exp(-b (x - a))) less an offset, times a factor.
  struct Sigmoid {
    double a, b, offset, factor;
    static Sigmoid make(double a, double b);
    double operator()(double x) const noexcept;
  };

  BtspParams params_;
  double resolution_, keep_et_, keep_is_;
  Sigmoid plus_, minus_;
  std::vector<double> weight_, trace_;
  double instructive_ = 0;
};

}  // namespace spikeloom
