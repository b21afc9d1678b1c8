/// SuperSpike (Zenke & Ganguli 2018, Neural Comput 30:1514): layers of LIF neurons learn trains of spikes.
///
///     U_i = (eps * sum_j w_ji S_j)_i,  0 after a spike for t_ref          a spike when U_i >= v_th
///     sigma'(U) = (1 + beta |U - v_th|)^-2
///     h_ji = sigma'(U_i) (eps * S_j),   eligibility_ji = (alpha * h_ji)
///     error_i = alpha * (target_i - S_i) of an output, sum_k feedback_ki error_k of a hidden neuron
///     gradient_ji = -sum over steps of error_i eligibility_ji
///
/// eps (tau_syn, tau_m) and alpha (tau_rise, tau_decay) are double exponentials of peak 1, so that a weight is the peak
/// of its postsynaptic potential [mV]. A trial is run forward first; eligibilities then advance source by source.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/aligned.hpp"
#include "core/field.hpp"
#include "plasticity/gradient/double_exponential.hpp"
#include "plasticity/gradient/spike_raster.hpp"

namespace spikeloom {

struct SuperSpikeParams {
  double tau_m = 10, tau_syn = 5, v_th = 10, t_ref = 5, beta = 1, tau_rise = 5, tau_decay = 10;
};
inline constexpr std::array superspike_params = {
    Field{"tau_m", &SuperSpikeParams::tau_m, "ms", "membrane time constant", positive},
    Field{"tau_syn", &SuperSpikeParams::tau_syn, "ms", "synaptic time constant", positive},
    Field{"v_th", &SuperSpikeParams::v_th, "mV", "spike threshold above rest", positive},
    Field{"t_ref", &SuperSpikeParams::t_ref, "ms", "absolute refractory period", non_negative},
    Field{"beta", &SuperSpikeParams::beta, "1/mV", "sharpness of the surrogate derivative", positive},
    Field{"tau_rise", &SuperSpikeParams::tau_rise, "ms", "rise of the error and eligibility filter", positive},
    Field{"tau_decay", &SuperSpikeParams::tau_decay, "ms", "decay of the error and eligibility filter", positive}};

/// Feedback of errors to hidden neurons: the weights transposed, fixed normal numbers, or 1 for every neuron.
enum class SpikeFeedback { symmetric, random, uniform };
inline const std::vector<std::string>& spike_feedback_names() {
  static const std::vector<std::string> names = {"symmetric", "random", "uniform"};
  return names;
}

/// Inputs, at most one hidden layer, outputs. Weights are one column: [inputs][hidden] then [hidden][outputs], or
/// [inputs][outputs] if there is no hidden layer; the row is the source.
template <class Real>
struct SuperSpikeNetwork {
  std::uint32_t inputs = 0, hidden = 0, outputs = 0;
  DoubleExponential<Real> potential, filter;
  Real v_th = 0, beta = 0;
  double steps_ref = 0, resolution = 0.1;
  aligned_vector<Real> weights;
  aligned_vector<Real> feedback;  // [outputs][hidden]

  SuperSpikeNetwork() = default;
  /// Weights and feedback are zero; `resolution` [ms].
  SuperSpikeNetwork(std::uint32_t inputs, std::uint32_t hidden, std::uint32_t outputs, const SuperSpikeParams& params,
                    double resolution);

  std::size_t layers() const noexcept { return hidden > 0 ? 2 : 1; }
  std::uint32_t sources(std::size_t layer) const noexcept { return layer == 0 ? inputs : hidden; }
  std::uint32_t targets(std::size_t layer) const noexcept { return layer + 1 == layers() ? outputs : hidden; }
  std::span<Real> layer(std::size_t index) noexcept {
    return std::span(weights).subspan(index * inputs * hidden, std::size_t{sources(index)} * targets(index));
  }
  std::span<const Real> layer(std::size_t index) const noexcept {
    return std::span(weights).subspan(index * inputs * hidden, std::size_t{sources(index)} * targets(index));
  }

  /// Normal weights, mean `mean` / sources and standard deviation `sd` / sqrt(sources) [mV]; random feedback is
  /// standard normal. A function of the seed.
  void randomise(double mean, double sd, SpikeFeedback kind, std::uint64_t seed);
  /// feedback = weights of the last layer, transposed.
  void make_feedback_symmetric();
};

/// What a forward run leaves for the learning, per layer.
template <class Real>
struct SuperSpikeHistory {
  struct Layer {
    std::size_t stride = 0;
    SpikeRaster spikes;
    aligned_vector<Real> slope;  // [steps][stride]: sigma'(U)
    aligned_vector<Real> error;  // [steps][stride]: filtered errors
  };
  std::size_t steps = 0;
  std::vector<Layer> layers;
  const SpikeRaster& output() const { return layers.back().spikes; }
};

/// Runs one trial from rest.
template <class Real>
void run_forward(const SuperSpikeNetwork<Real>& network, const SpikeRaster& input, SuperSpikeHistory<Real>& history);

/// Fills in the errors of all layers; returns the van Rossum distance, the sum over outputs and time of the squared
/// filtered difference of the trains [ms].
template <class Real>
double spread_errors(const SuperSpikeNetwork<Real>& network, const SpikeRaster& target,
                     SuperSpikeHistory<Real>& history);

/// Replaces sigma' of every neuron by its mean over the trial: the ablation that must fail.
template <class Real>
void average_slopes(SuperSpikeHistory<Real>& history);

/// Adds the gradient of one trial (laid out like the weights). Rows are dealt out to `threads`; the bits do not depend
/// on their number.
template <class Real>
void add_gradient(const SuperSpikeNetwork<Real>& network, const SpikeRaster& input,
                  const SuperSpikeHistory<Real>& history, std::span<Real> gradient, int threads);

/// Van Rossum distance [ms] of two trains filtered by a kernel of peak 1.
template <class Real>
double van_rossum_distance(const DoubleExponential<Real>& filter, const SpikeRaster& a, const SpikeRaster& b,
                           std::size_t neurons, double resolution);

}  // namespace spikeloom
