/// The spiking reservoir of Nicola & Clopath 2017 (Nat Commun 8:2208): sparse recurrent currents, a decoder z = Phi^T r
/// and its feedback E z. FORCE (recursive_least_squares.hpp) or any other rule trains Phi.
///
///     Izhikevich: c_m dv/dt = k (v - v_r)(v - v_t) - u + I,   du/dt = a (b (v - v_r) - u);
///                 v >= v_peak: v = v_reset, u += d                        (Euler; u uses the old v, v the old u)
///     LIF:        tau_m dv/dt = -v + I for t > t_ref after a spike;  v >= v_peak: v = v_reset
///     I = I_syn + E z + bias
///     dI_syn/dt = -I_syn/tau_r + h,   dh/dt = -h/tau_d + sum_j Omega_ij delta_j / (tau_r tau_d)
///     and the same pair for r, with unit weight
///     Omega_ij = g normal(0, 1) / (p sqrt(N)) with probability p;   E_i = q uniform(-1, 1)
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/aligned.hpp"
#include "core/field.hpp"
#include "core/state_archive.hpp"

namespace spikeloom {

enum class ForceNeuron { izhikevich, lif };
inline const std::vector<std::string>& force_neuron_names() {
  static const std::vector<std::string> names = {"izhikevich", "lif"};
  return names;
}

/// Times in ms, potentials in mV, currents in pA (LIF: mV). Defaults are those of the 5 Hz sine with Izhikevich
/// neurons.
struct ForceParams {
  double neurons = 1000, p = 0.1, g = 5000, q = 5000, bias = 1000, tau_r = 2, tau_d = 20;
  double c_m = 250, k = 2.5, v_r = -60, v_t = -19.2, v_peak = 30, v_reset = -65, a = 0.01, b = -2, d = 200;
  double tau_m = 10, t_ref = 2;
  /// Those of the LIF variant that differ (its paper counts in seconds: g is a thousand times larger here).
  static ForceParams lif();
};
inline constexpr std::array force_params = {
    Field{"neurons", &ForceParams::neurons, "", "number of neurons", whole_positive},
    Field{"p", &ForceParams::p, "", "probability of a recurrent synapse", fraction},
    Field{"g", &ForceParams::g, "pA*ms", "strength of the recurrent currents (LIF: mV ms)", non_negative},
    Field{"q", &ForceParams::q, "pA", "strength of the feedback (LIF: mV)", non_negative},
    Field{"bias", &ForceParams::bias, "pA", "constant current (LIF: mV)"},
    Field{"tau_r", &ForceParams::tau_r, "ms", "rise time of synaptic currents", positive},
    Field{"tau_d", &ForceParams::tau_d, "ms", "decay time of synaptic currents", positive},
    Field{"c_m", &ForceParams::c_m, "pF", "membrane capacitance (Izhikevich)", positive},
    Field{"k", &ForceParams::k, "nS/mV", "gain of the parabola (Izhikevich)", positive},
    Field{"v_r", &ForceParams::v_r, "mV", "resting potential (Izhikevich)"},
    Field{"v_t", &ForceParams::v_t, "mV", "instantaneous threshold (Izhikevich)"},
    Field{"v_peak", &ForceParams::v_peak, "mV", "cut-off of a spike; threshold of LIF neurons"},
    Field{"v_reset", &ForceParams::v_reset, "mV", "v after a spike"},
    Field{"a", &ForceParams::a, "1/ms", "rate of recovery (Izhikevich)", positive},
    Field{"b", &ForceParams::b, "nS", "coupling of recovery to v (Izhikevich)"},
    Field{"d", &ForceParams::d, "pA", "jump of recovery at a spike (Izhikevich)"},
    Field{"tau_m", &ForceParams::tau_m, "ms", "membrane time constant (LIF)", positive},
    Field{"t_ref", &ForceParams::t_ref, "ms", "absolute refractory period (LIF)", non_negative}};

class ForceReservoir {
 public:
  /// `resolution` [ms]; weights, feedback and initial potentials are functions of the seed.
  ForceReservoir(ForceNeuron kind, const ForceParams& params, std::size_t outputs, double resolution,
                 std::uint64_t seed);

  /// One step with the decoder's output z [outputs] fed back; returns the indices that spiked, ascending.
  std::span<const std::uint32_t> advance(std::span<const double> z);

  std::size_t size() const noexcept { return v_.size(); }
  /// Filtered spikes r [neurons], [1/ms].
  std::span<const double> rates() const noexcept { return r_; }
  std::span<const double> potentials() const noexcept { return v_; }
  std::size_t synapses() const noexcept { return target_.size(); }
  /// Saves or restores everything that changes from step to step.
  void state(StateArchive& archive);

 private:
  void wire(std::uint64_t seed);
  void advance_izhikevich();
  void advance_lif();

  ForceNeuron kind_;
  ForceParams params_;
  std::size_t outputs_;
  double resolution_, keep_r_, keep_d_, gain_;
  aligned_vector<double> v_, u_, current_, held_, i_syn_, h_, r_, h_r_;
  aligned_vector<double> feedback_;          // [outputs][neurons]
  std::vector<std::uint32_t> row_, target_;  // synapses of source j: [row_[j], row_[j + 1])
  std::vector<double> weight_;
  std::vector<std::uint32_t> spiked_;
};

}  // namespace spikeloom
