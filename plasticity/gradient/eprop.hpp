/// e-prop (Bellec et al. 2020, Nat Commun 11:3625): a recurrent network of LIF neurons with fixed or adaptive
/// thresholds, its leaky readout, and the gradient that eligibility traces and learning signals give.
///
///     v_j^t = alpha v_j^(t-1) - v_th z_j^(t-1) + sum_i rec_ij z_i^(t-1) + sum_i in_ij x_i^t
///     a_j^t = rho a_j^(t-1) + z_j^(t-1),   A_j^t = v_th + beta_j a_j^t,   z_j^t = [v_j^t >= A_j^t, not refractory]
///     y_k^t = kappa y_k^(t-1) + sum_j out_jk z_j^t + bias_k
///     p_i^t = alpha p_i^(t-1) + s_i^t,  where s_i^t is x_i^t or z_i^(t-1): the trace of a source
///     e_ij^t = psi_j^t (p_i^t - beta_j eps_ij^t),   eps_ij^(t+1) = rho eps_ij^t + e_ij^t: the eligibility
///     ebar_ij^t = kappa ebar_ij^(t-1) + e_ij^t,   gradient_ij = sum_t L_j^t ebar_ij^t + R_j e_ij^t
///
/// (eps^(t+1) = psi p + (rho - psi beta) eps, as in the paper, is rho eps + e.) The reset passes no gradient, and psi =
/// 0 while refractory. A trial is run forward first, which keeps psi and the spikes; eligibilities are then advanced
/// one source after the other over the whole trial, so that the traces of a few rows stay in the L1 cache.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "core/aligned.hpp"
#include "core/field.hpp"
#include "plasticity/gradient/spike_raster.hpp"
#include "plasticity/gradient/surrogate.hpp"

namespace spikeloom {

struct EpropParams {
  double tau_m = 20, tau_out = 20, tau_a = 2000, v_th = 0.6, t_ref = 5, beta = 0.07, gamma = 0.3, sharpness = 1;
};
inline constexpr std::array eprop_params = {
    Field{"tau_m", &EpropParams::tau_m, "ms", "membrane time constant", positive},
    Field{"tau_out", &EpropParams::tau_out, "ms", "time constant of the readout", positive},
    Field{"tau_a", &EpropParams::tau_a, "ms", "time constant of the threshold's adaptation", positive},
    Field{"v_th", &EpropParams::v_th, "", "spike threshold, without adaptation", positive},
    Field{"t_ref", &EpropParams::t_ref, "ms", "absolute refractory period", non_negative},
    Field{"beta", &EpropParams::beta, "", "rise of an adaptive threshold per spike", non_negative},
    Field{"gamma", &EpropParams::gamma, "", "height of the pseudo-derivative", non_negative},
    Field{"sharpness", &EpropParams::sharpness, "", "inverse width of the pseudo-derivative, in thresholds", positive}};

struct EpropShape {
  std::uint32_t inputs = 0, neurons = 0, outputs = 0;
  std::uint32_t adaptive = 0;  // the last so many neurons have an adaptive threshold
};

/// Weights and constants. All weights are one column (for one optimiser): in [inputs][neurons], recurrent
/// [neurons][neurons], out [neurons][outputs], bias [outputs]; the row is the source.
template <class Real>
struct EpropNetwork {
  EpropShape shape;
  SurrogateShape<Real> surrogate;
  Real alpha = 0, kappa = 0, rho = 0, v_th = 0, steps_ref = 0;
  double resolution = 1;          // ms
  aligned_vector<Real> beta;      // [neurons]: 0 for a fixed threshold
  aligned_vector<Real> weights;   // see above
  aligned_vector<Real> feedback;  // [outputs][neurons]: errors to learning signals

  EpropNetwork() = default;
  /// Weights are zero; `resolution` [ms].
  EpropNetwork(const EpropShape& size, const EpropParams& params, Surrogate shape_of_surrogate, double resolution);

  std::size_t sources() const noexcept { return std::size_t{shape.inputs} + shape.neurons; }
  /// Weights of inputs and recurrent neurons, [sources][neurons].
  std::span<Real> synapses() noexcept { return std::span(weights).first(sources() * shape.neurons); }
  std::span<const Real> synapses() const noexcept { return std::span(weights).first(sources() * shape.neurons); }
  /// [neurons][outputs]
  std::span<Real> out() noexcept { return std::span(weights).subspan(sources() * shape.neurons, out_size()); }
  std::span<const Real> out() const noexcept {
    return std::span(weights).subspan(sources() * shape.neurons, out_size());
  }
  std::span<Real> bias() noexcept { return std::span(weights).last(shape.outputs); }
  std::span<const Real> bias() const noexcept { return std::span(weights).last(shape.outputs); }

  /// Normal weights of standard deviation 1 / sqrt(number of sources of the kind), 1 / sqrt(neurons) for the readout;
  /// no autapses; a random feedback of the readout's distribution. A function of the seed.
  void randomise(std::uint64_t seed);
  /// feedback = the readout's weights, transposed.
  void make_feedback_symmetric();

 private:
  std::size_t out_size() const noexcept { return std::size_t{shape.neurons} * shape.outputs; }
};

/// What a forward run leaves for the learning: rows of `stride` numbers per step, padded with zeros.
template <class Real>
struct EpropHistory {
  std::size_t steps = 0, stride = 0;
  SpikeRaster spikes;           // of the recurrent neurons
  aligned_vector<Real> psi;     // [steps][stride]
  aligned_vector<Real> signal;  // [steps][stride]: learning signals L
  std::vector<Real> output;     // [steps][outputs]: y
  std::vector<Real> error;      // [steps][outputs]: derivative of the loss by y, filled in by a loss
};

/// Runs one trial from rest; fills spikes, psi and output, sizes signal and error (zero).
template <class Real>
void run_forward(const EpropNetwork<Real>& network, const SpikeRaster& input, EpropHistory<Real>& history);

/// signal_j^t = sum_k feedback_kj error_k^t, added for k = 0, 1, ...
template <class Real>
void spread_errors(const EpropNetwork<Real>& network, EpropHistory<Real>& history);

/// Reassigns the learning signals to other steps, at random: the ablation that must fail. A function of the seed.
template <class Real>
void permute_signals(EpropHistory<Real>& history, std::uint64_t seed);

/// Rows of eligibilities advanced together; `source_blocks` counts them.
inline constexpr std::size_t eprop_block = 8;
template <class Real>
std::size_t source_blocks(const EpropNetwork<Real>& network) {
  return (network.sources() + eprop_block - 1) / eprop_block;
}

/// Adds the gradient of one trial for the sources of one block to `gradient` (laid out like the weights). `input` and
/// `spikes` are the trial's spikes by neuron; `rate_error` [neurons] is R, and may be empty.
template <class Real>
void add_synapse_gradient(const EpropNetwork<Real>& network, const SpikeTrains& input, const SpikeTrains& spikes,
                          const EpropHistory<Real>& history, std::span<const Real> rate_error, std::size_t block,
                          std::span<Real> gradient);

/// Adds the gradient of one trial for the readout and its bias.
template <class Real>
void add_readout_gradient(const EpropNetwork<Real>& network, const EpropHistory<Real>& history,
                          std::span<Real> gradient);

}  // namespace spikeloom
