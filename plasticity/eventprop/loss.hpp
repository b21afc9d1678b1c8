/// Losses of classification on first spike times and on the membrane of a leaky readout, with what they send back.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "plasticity/eventprop/network.hpp"

namespace spikeloom {

/// What a loss reads. `c` is the true class, p the softmax, T the duration.
///
///   ttfs          first spikes t_i: -log softmax_c(-t/tau_0) + alpha (exp(t_c/tau_1) - 1)
///   delta_mse     first spikes: sum_{i != c} (t_i - t_c - delta)^2 / 2
///   max_voltage   -log softmax_c(v),  v_i = max over t of V_i
///   tempotron     likewise v_i: max(0, v_th - v_c) + sum over i != c of max(0, v_i - v_th) (Guetig & Sompolinsky 2006;
///   on
///                 delays: Hussain et al. 2012)
///   mean_voltage  ... v_i = integral of V_i / T
///   sum_linear    ... v_i = integral of (1 - t/T) V_i / T
///   sum_exp       ... v_i = integral of exp(-t/T) V_i / T (Nowotny, Turner & Knight 2025)
///   per_time      mean over times readout_step, 2 readout_step, ... of -log softmax_c(V(t))
enum class LossKind { ttfs, delta_mse, max_voltage, tempotron, mean_voltage, sum_linear, sum_exp, per_time };
const std::vector<std::string>& loss_names();  // in the order of LossKind
constexpr bool reads_spikes(LossKind kind) noexcept { return kind == LossKind::ttfs || kind == LossKind::delta_mse; }

constexpr bool reads_peaks(LossKind kind) noexcept {
  return kind == LossKind::max_voltage || kind == LossKind::tempotron;
}

struct EventPropLoss {
  LossKind kind = LossKind::mean_voltage;
  double tau_0 = 2, tau_1 = 10, alpha = 0.01;  // ms, ms, 1: of ttfs
  double delta = 2;                            // ms, of delta_mse
  double readout_step = 1;                     // ms, of per_time
  double v_th = 1;                             // of tempotron
};

/// `label` is the class that the network chose, -1 if no output neuron fired.
struct LossResult {
  double loss = 0;
  std::int32_t label = -1;
};

/// What a loss keeps between forward and backward pass.
struct LossState {
  std::vector<double> values;       // [class]: v_i, or the time of the first spike (infinity: none)
  std::vector<double> peak_times;   // [class], of losses on peaks
  std::vector<double> traces;       // [time][class], of per_time
  std::vector<double> derivatives;  // [class]: dL/dv_i or dL/dt_i; [time][class] of per_time
};

/// lambda_v and lambda_i of a leaky readout whose membrane is weighted by 1, 1 - t/T or exp(-t/T), over T: for a unit
/// derivative dL/dv_i. The weighted mean itself follows from it, v_i = -tau_s sum over arrivals of w lambda_i(arrival).
class WeightedMean {
 public:
  WeightedMean(const Membrane& membrane, double duration, LossKind kind);
  Membrane::Adjoint at(double time) const noexcept;

 private:
  Membrane::Adjoint particular(double time) const noexcept;

  Membrane membrane_;
  double duration_;
  LossKind kind_;
  Membrane::Adjoint end_{};
};

/// First spikes: `values` must hold the times; sets `derivatives`.
LossResult loss_of_spike_times(const EventPropLoss& loss, double duration, std::int32_t label, LossState& state);
/// Cross entropy of softmax(values); sets `derivatives`.
LossResult loss_of_values(std::int32_t label, LossState& state);
/// What peaks lack to `v_th` in the true class, and exceed it in the others; sets `derivatives`.
LossResult loss_of_peaks(double v_th, std::int32_t label, LossState& state);
/// Mean cross entropy over the rows of `traces`; sets `values` (means) and `derivatives`.
LossResult loss_of_traces(std::int32_t label, std::size_t classes, LossState& state);

}  // namespace spikeloom
