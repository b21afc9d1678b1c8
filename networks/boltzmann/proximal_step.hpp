/// The damped softmax of monotone Boltzmann machines, and its derivative.
///
/// p = prox_alpha(v) of a group of states solves
///
///     alpha ln p_j + (1 - alpha) p_j + alpha = v_j + nu,    sum_j p_j = 1
///
/// (Feng, Winston & Kolter 2023, arXiv 2307.04990). alpha = 1 is the softmax; small alpha nears the projection onto
/// the simplex. Newton's method on ln p and nu together: one exponential per state and iteration.
#pragma once

#include <cstddef>
#include <span>

namespace spikeloom {

/// prox_alpha of every group of `states` numbers of `v`, into `p` (may be the same); 0 < alpha <= 1. Finite for any
/// finite v: every p is positive, at least 1e-38 or so. What a number becomes depends on its own row of `v` alone.
template <class Real>
void proximal_step(std::span<const Real> v, std::size_t states, Real alpha, std::span<Real> p);

/// Where p = prox_alpha(v): derivative with respect to v, times `by_p`; for one group.
///
///     (dp/dv) x = w (x - <w, x> / sum w),    w = p / (alpha + (1 - alpha) p),    symmetric
template <class Real>
void proximal_derivative(std::span<const Real> p, Real alpha, std::span<const Real> by_p, std::span<Real> by_v);

/// The same for a derivative with respect to ln p, which may be taken where p is next to 0.
template <class Real>
void proximal_log_derivative(std::span<const Real> p, Real alpha, std::span<const Real> by_log_p, std::span<Real> by_v);

}  // namespace spikeloom
