/// The backward pass: adjoints of a layer as closed forms between the few times at which they jump.
///
/// lambda_v and lambda_i of a neuron jump at its own spikes (and at sources of the loss) and nowhere else: not where
/// spikes arrive. So a layer's adjoint is a short list of knots per neuron, and what an arrival reads is evaluated from
/// the next knot after it. Memory is that of the spikes (Meszaros, Knight & Nowotny 2025, arXiv 2501.07331):
///
///     arrival of spike k of i at j:  dL/dw_ji -= tau_s lambda_i,  dL/dd_ji += w_ji (lambda_v - lambda_i)
///     emission of spike k of n:      lambda_v += (v_th lambda_v + dl/dt_k + sum over arrivals of w (lambda_v -
///     lambda_i))
///                                                / (I - v_th)
#pragma once

#include <span>
#include <vector>

#include "core/aligned.hpp"
#include "plasticity/eventprop/loss.hpp"
#include "plasticity/eventprop/network.hpp"

namespace spikeloom {

/// The adjoint just before (earlier than) one of a neuron's events. `scaled` counts from time 0: earlier than `time`,
/// and until the next knot, lambda_v = v exp(t/tau_m), lambda_i = i exp(t/tau_s) + v mix(t) (see `AdjointBasis`).
struct Knot {
  double time = 0;
  double v = 0, i = 0;
};

/// exp(t/tau_m), exp(t/tau_s) and what lambda_v adds to lambda_i, at one time.
struct AdjointBasis {
  double m, s, mix;
};
AdjointBasis basis_at(const Membrane& membrane, double time) noexcept;
/// Of a time that is reached by a delay, from the exponentials of both.
AdjointBasis basis_after(const Membrane& membrane, const AdjointBasis& at, double time, double growth_m,
                         double growth_s) noexcept;
/// The knot at `time` for adjoint values there, and the values of a knot somewhere before it.
Knot knot_of(const Membrane& membrane, double time, const Membrane::Adjoint& adjoint) noexcept;
inline Membrane::Adjoint adjoint_of(const Knot& knot, const AdjointBasis& basis) noexcept {
  return {knot.v * basis.m, knot.i * basis.s + knot.v * basis.mix};
}

/// The knots of a layer, per neuron in descending time. After its first knot a neuron's adjoint is 0.
class LayerAdjoint {
 public:
  void reset(std::size_t neurons);
  void add(std::uint32_t neuron, const Knot& knot) { knots_[neuron].push_back(knot); }
  const std::vector<Knot>& of(std::uint32_t neuron) const noexcept { return knots_[neuron]; }
  std::size_t neurons() const noexcept { return knots_.size(); }
  std::size_t bytes() const noexcept;

 private:
  std::vector<std::vector<Knot>> knots_;
};

struct BackwardScratch {
  struct Due {
    double time;
    std::uint32_t of, number;  // a neuron and its knot; or a spike
  };
  std::vector<Due> knots, arrivals;
  std::vector<std::uint32_t> at;  // per neuron: the knot that holds now
  aligned_vector<double> v, i, lambda_v, lambda_i, difference;
};

/// What a projection's targets send back to the spikes of its sources.
class ProjectionBackward {
 public:
  /// `derivatives` (one per spike of `in`) take dL/dt by the arrivals; `weights` and `delays` the gradient.
  ProjectionBackward(const EventPropNetwork& network, const EventPropProjection& projection, BackwardScratch& scratch,
                     std::vector<double>& weights, std::vector<double>& delays);

  /// All spikes of `in`, latest first, against complete adjoints of the targets.
  void all(const std::vector<Emission>& in, const LayerAdjoint& targets, std::vector<double>& derivatives);
  /// The same for a readout whose adjoints are `factors[m]` times one course.
  void all(const std::vector<Emission>& in, const WeightedMean& course, std::span<const double> factors,
           std::vector<double>& derivatives);
  /// One spike against what is known of the targets: everything later than it. For recurrent layers.
  double one(const Emission& spike, const LayerAdjoint& targets);

 private:
  void common(const std::vector<Emission>& in, const LayerAdjoint& targets, std::vector<double>& derivatives);
  void sort_arrivals(const std::vector<Emission>& in);
  void evaluate(const AdjointBasis& basis);
  double common_arrival(std::uint32_t source);
  void synapse(std::uint32_t source, std::uint32_t target, const Membrane::Adjoint& adjoint);
  double sum_row(std::uint32_t source) const;

  const EventPropNetwork& network_;
  const EventPropProjection& projection_;
  BackwardScratch& scratch_;
  std::vector<double>&weights_, &delays_;
};

/// The knots of a layer from those of its targets: walks its spikes from the last to the first. `derivatives` hold
/// dL/dt of every spike by loss and next layer; the recurrent projection, if there is one, adds its part.
void backward_layer(const EventPropNetwork& network, std::size_t layer, const std::vector<Emission>& spikes,
                    std::span<const double> pull, std::vector<double>& derivatives, LayerAdjoint& adjoint,
                    ProjectionBackward* recurrent);

}  // namespace spikeloom
