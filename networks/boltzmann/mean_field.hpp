/// Mean-field inference in a monotone Boltzmann machine: the damped proximal iteration, with any groups clamped, and
/// the way of a derivative back through its fixed point.
#pragma once

#include <cstdint>
#include <functional>

#include "networks/boltzmann/monotone_coupling.hpp"

namespace spikeloom {

/// Which groups are given: [layer](sample, group), 1 for clamped.
using ClampedGroups = std::vector<Matrix<std::uint8_t>>;
ClampedGroups no_group_clamped(const CouplingPlan& plan, std::size_t samples);

struct InferenceOptions {
  double alpha = 0.125, alpha_least = 1e-4;
  double tolerance = 1e-2;  // of |q' - q| / |q| in one iteration, of the sample that changes most
  int most = 50;            // iterations with one alpha
};

/// How an iteration ended. `alpha` is the one that got there: halved whenever `most` iterations were not enough.
struct Convergence {
  int iterations = 0;
  double alpha = 0, change = 0;
  bool converged = false;
};

/// The fixed point of q_i = softmax((Phi q + b)_i) for the groups that are not clamped, by
/// q <- prox_alpha((1 - alpha) q + alpha (Phi q + b)).
///
/// With centres c the biases that are learned are others, b' = b + Phi c, so that the field is Phi (q - c) + b'. The
/// machines are the same; but a weight that learns then moves fields by what deviates from c only, not by what all
/// samples have in common, which is far more where most states hardly ever change (Montavon & Mueller 2012, Neural
/// Networks: Tricks of the Trade, 621).
template <class Real>
class MeanField {
 public:
  /// Borrows the couplings; a bias per state, per layer.
  MeanField(MonotoneCoupling<Real>& coupling, std::vector<aligned_vector<Real>>& biases)
      : coupling_(coupling), biases_(biases) {}

  /// A number per state, per layer, from now on; empty: zeros.
  void set_centres(const std::vector<aligned_vector<Real>>& centres) { centres_ = centres; }

  /// All groups uniform.
  LayerStates<Real> uniform(std::size_t samples) const;
  /// From q, whose clamped groups never change, to the fixed point. `watch`, if given, is called after every iteration.
  Convergence solve(LayerStates<Real>& q, const ClampedGroups& clamped, const InferenceOptions& options, int threads,
                    const std::function<void(int iteration)>& watch = {});
  /// One damped step; the largest relative change of a sample.
  double step(LayerStates<Real>& q, const ClampedGroups& clamped, double alpha, int threads) {
    find_potentials(threads);
    return advance(q, clamped, alpha, threads);
  }

  /// At a fixed point q: from the derivative of a loss by ln q to its gradients by couplings (their parameters') and
  /// biases (replaced; centres stay). By the same iteration: u <- D (by_q + (1 - alpha) u + alpha Phi u), D the
  /// derivative of prox; then d loss / d (Phi q + b) = alpha u.
  Convergence differentiate(const LayerStates<Real>& q, const ClampedGroups& clamped, const LayerStates<Real>& by_log_q,
                            const InferenceOptions& options, std::vector<aligned_vector<Real>>& by_biases, int threads);

  /// Of every sample: -(q^T Phi q / 2 + b^T q) - entropy(q), whose gradient on the simplices vanishes at the fixed
  /// point.
  std::vector<double> free_energy(const LayerStates<Real>& q, int threads);
  /// Largest |q - softmax(Phi q + b)| over groups that are not clamped.
  double residual(const LayerStates<Real>& q, const ClampedGroups& clamped, int threads);

 private:
  /// Biases without centres, b = b' - Phi c: to be called when couplings, biases or centres may have changed.
  void find_potentials(int threads);
  double advance(LayerStates<Real>& q, const ClampedGroups& clamped, double alpha, int threads);
  Convergence iterate(const InferenceOptions& options, const std::function<double(double alpha)>& step);

  MonotoneCoupling<Real>& coupling_;
  std::vector<aligned_vector<Real>>& biases_;
  std::vector<aligned_vector<Real>> centres_, potentials_;
  LayerStates<Real> field_, source_, u_, next_;
};

extern template class MeanField<float>;
extern template class MeanField<double>;

}  // namespace spikeloom
