/// Recursive least squares (FORCE; Sussillo & Abbott 2009, Neuron 63:544): the global reference for local rules.
///
///     c = P r;   Phi -= c error^T (step form of Nicola & Clopath 2017) or (c / (1 + r c)) error^T (textbook)
///     P -= c c^T / (1 + r c)
///
/// P is kept as a matrix and up to `pending` rank-one changes that are applied together: reading P once per update
/// instead of three times.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/aligned.hpp"
#include "core/state_archive.hpp"

namespace spikeloom {

class RecursiveLeastSquares {
 public:
  /// P = lambda I; weights [size][outputs] start at 0. `textbook` chooses the form of the weight change.
  RecursiveLeastSquares(std::size_t size, std::size_t outputs, double lambda, bool textbook = false);

  /// One update by the activity r [size] and errors [outputs]; `threads` share the work, to the same bits.
  void update(std::span<const double> r, std::span<const double> errors, int threads = 1);

  /// z_k = sum_i weights_ik r_i.
  void read_out(std::span<const double> r, std::span<double> z) const;

  /// [outputs][size]: output-major, so that reading out is sequential.
  std::span<const double> weights() const noexcept { return weights_; }
  std::span<double> weights() noexcept { return weights_; }
  /// P [size][size], with all changes applied.
  std::span<const double> inverse_correlation();
  /// Saves or restores everything that changes. Changes that wait stay apart: applied now, they would give other bits.
  void state(StateArchive& archive);

 private:
  static constexpr std::size_t max_pending = 16;
  void apply_pending(int threads);

  std::size_t size_, outputs_;
  bool textbook_;
  aligned_vector<double> p_, weights_, gain_;
  std::vector<aligned_vector<double>> pending_;  // P is p_ - sum of x x^T over these
};

}  // namespace spikeloom
