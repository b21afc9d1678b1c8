/// First spike times and their derivatives in closed form: the second road to EventProp's gradients.
///
/// A neuron that fires once, with tau_m = tau_s or tau_m = 2 tau_s, has an explicit spike time T of the inputs that
/// arrive before it, and explicit derivatives with respect to weights and arrival times (Goeltz, Weber, Kriener et al.
/// 2025, Nat Commun; arXiv 2404.19165).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "plasticity/eventprop/passes.hpp"

namespace spikeloom {

/// The spike of one neuron, with the sums over its causal arrivals that its derivatives need.
struct FirstSpike {
  double time = 0;
  std::size_t causes = 0;    // arrivals before it
  double a_1 = 0, root = 0;  // tau_m = 2 tau_s: root of a_2^2 - 4 a_1 c;  tau_m = tau_s: 1 + W
  /// dT/dw of an arrival, and dT/dt of it (which is w times a function of it too).
  struct Derivatives {
    double weight, time;
  };
  /// I - v_th at the spike: all derivatives are over it.
  double slope(const Membrane& membrane) const noexcept { return membrane.equal_constants() ? a_1 * root : root; }
  Derivatives of(const Membrane& membrane, const LayerArrival& arrival) const noexcept;
};

/// Whether there is a closed form: tau_m is tau_s or twice tau_s.
bool has_closed_form(const Membrane& membrane) noexcept;

/// The first spike of a neuron with these arrivals (in order of time), if it fires before `duration`.
std::optional<FirstSpike> first_spike(const Membrane& membrane, std::span<const LayerArrival> arrivals,
                                      double duration);

/// A trial of a feed-forward network whose neurons all fire at most once, readout included.
class ClosedFormTrial {
 public:
  explicit ClosedFormTrial(const EventPropNetwork& network);
  LossResult forward(const EventPropNetwork& network, const EventPropLoss& loss, std::span<const double> times,
                     std::span<const std::uint32_t> units, std::int32_t label);
  /// Adds the derivatives of the loss of the last `forward`.
  void backward(const EventPropNetwork& network, EventPropGradient& gradient);
  /// Spikes of a layer, inputs first, in order of time.
  const std::vector<Emission>& spikes(std::size_t layer) const { return spikes_[layer]; }
  /// First spike times of the readout; infinity where there is none.
  const std::vector<double>& readout() const { return loss_.values; }

 private:
  struct Neuron {
    std::uint32_t neuron;
    FirstSpike spike;
    std::vector<LayerArrival> arrivals;  // causal ones
  };
  std::vector<std::vector<Emission>> spikes_;
  std::vector<std::vector<Neuron>> fired_;  // [layer]; the first fired_count_[layer] of them count
  std::vector<std::size_t> fired_count_;
  std::vector<std::vector<double>> derivatives_;  // [layer][neuron]: dL/dT
  std::vector<LayerArrival> arrivals_;
  SortScratch sort_;
  LossState loss_;
};

}  // namespace spikeloom
