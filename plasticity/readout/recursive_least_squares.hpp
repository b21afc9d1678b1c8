/// Recursive least squares (FORCE; Sussillo & Abbott 2009, Neuron 63:544): the global rule that local ones are held to.
///
///     g = P x      P <- P - g g^T / (1 + x^T g)      dw_k = e_k g / (1 + x^T g)        P(0) = I / alpha
///
/// It never forgets: P shrinks along every direction that was ever seen.
#pragma once

#include <span>
#include <vector>

namespace spikeloom::readout {

class RecursiveLeastSquares {
 public:
  RecursiveLeastSquares(std::size_t size, double alpha);

  /// Takes x into P and returns the gain g / (1 + x^T g), by which every channel is corrected: dw_k = e_k gain. Valid
  /// until the next call.
  std::span<const double> gain(std::span<const float> x);
  /// The upper triangle of P, row by row: what is kept of it. Brings P up to date.
  std::span<double> matrix();

 private:
  std::size_t size_;
  std::vector<double> upper_;  // row i holds P_ij for j = i .. size - 1
  std::vector<double> x_, product_, gain_;
  double pending_ = 0;  // 1 / (1 + x^T g) of the last x, whose change of P is made in the next pass over P
};

}  // namespace spikeloom::readout
