/// Backpropagation through time for LIF neurons with adaptive thresholds, in plain double loops over nested vectors:
/// the oracle of the e-prop gradients. Written from the equations, shares no code with plasticity/.
#pragma once

#include <cmath>
#include <vector>

namespace spikeloom::reference {

using Matrix = std::vector<std::vector<double>>;

/// in[i][j], recurrent[i][j], out[j][k]: from row to column.
struct RecurrentNetwork {
  double tau_m, tau_out, tau_a, v_th, gamma;
  int refractory;
  std::vector<double> beta;
  Matrix in, recurrent, out;
  std::vector<double> bias;
};

struct Run {
  Matrix v, z, psi, y;  // [step][neuron or output]
};

struct Gradient {
  Matrix in, recurrent, out;
  std::vector<double> bias;
};

inline Matrix zeros(std::size_t rows, std::size_t columns) { return Matrix(rows, std::vector<double>(columns, 0.0)); }

/// x[t][i] is the number of input spikes.
inline Run run(const RecurrentNetwork& net, const Matrix& x) {
  const std::size_t steps = x.size(), n = net.beta.size(), outputs = net.bias.size();
  const double alpha = std::exp(-1 / net.tau_m), kappa = std::exp(-1 / net.tau_out), rho = std::exp(-1 / net.tau_a);
  Run run{zeros(steps, n), zeros(steps, n), zeros(steps, n), zeros(steps, outputs)};
  std::vector<double> a(n, 0);
  std::vector<int> last(n, -1000000);
  for (std::size_t t = 0; t < steps; ++t) {
    for (std::size_t j = 0; j < n; ++j) {
      double v = 0;
      if (t > 0) {
        v = alpha * run.v[t - 1][j] - net.v_th * run.z[t - 1][j];
        for (std::size_t i = 0; i < n; ++i) v += net.recurrent[i][j] * run.z[t - 1][i];
        a[j] = rho * a[j] + run.z[t - 1][j];
      }
      for (std::size_t i = 0; i < x[t].size(); ++i) v += net.in[i][j] * x[t][i];
      run.v[t][j] = v;
      if (static_cast<int>(t) - last[j] <= net.refractory) continue;
      const double distance = v - net.v_th - net.beta[j] * a[j];
      run.psi[t][j] = net.gamma / net.v_th * std::max(0.0, 1 - std::abs(distance) / net.v_th);
      if (distance >= 0) {
        run.z[t][j] = 1;
        last[j] = static_cast<int>(t);
      }
    }
    for (std::size_t k = 0; k < outputs; ++k) {
      run.y[t][k] = (t > 0 ? kappa * run.y[t - 1][k] : 0) + net.bias[k];
      for (std::size_t j = 0; j < n; ++j) run.y[t][k] += net.out[j][k] * run.z[t][j];
    }
  }
  return run;
}

/// Gradient of half the summed squared distance to `target` [step][output], plus `per_spike[j]` times the number of
/// spikes of j; no gradient through the reset.
inline Gradient backpropagate(const RecurrentNetwork& net, const Matrix& x, const Run& run, const Matrix& target,
                              const std::vector<double>& per_spike) {
  const std::size_t steps = x.size(), n = net.beta.size(), outputs = net.bias.size(), inputs = net.in.size();
  const double alpha = std::exp(-1 / net.tau_m), kappa = std::exp(-1 / net.tau_out), rho = std::exp(-1 / net.tau_a);
  Gradient g{zeros(inputs, n), zeros(n, n), zeros(n, outputs), std::vector<double>(outputs, 0)};
  std::vector<double> by_v(n, 0), by_a(n, 0), by_y(outputs, 0);
  for (std::size_t t = steps; t-- > 0;) {
    for (std::size_t k = 0; k < outputs; ++k) {
      by_y[k] = run.y[t][k] - target[t][k] + kappa * by_y[k];
      g.bias[k] += by_y[k];
    }
    std::vector<double> by_z(n, 0);
    for (std::size_t j = 0; j < n; ++j) {
      by_z[j] = by_a[j] + per_spike[j];  // a of the next step
      for (std::size_t k = 0; k < outputs; ++k) {
        by_z[j] += net.out[j][k] * by_y[k];
        g.out[j][k] += by_y[k] * run.z[t][j];
      }
      for (std::size_t l = 0; l < n; ++l) by_z[j] += net.recurrent[j][l] * by_v[l];  // v of the next step
    }
    for (std::size_t j = 0; j < n; ++j) {
      by_v[j] = alpha * by_v[j] + run.psi[t][j] * by_z[j];
      by_a[j] = rho * by_a[j] - net.beta[j] * run.psi[t][j] * by_z[j];
    }
    for (std::size_t j = 0; j < n; ++j) {
      for (std::size_t i = 0; i < inputs; ++i) g.in[i][j] += by_v[j] * x[t][i];
      if (t > 0)
        for (std::size_t i = 0; i < n; ++i)
          if (i != j) g.recurrent[i][j] += by_v[j] * run.z[t - 1][i];
    }
  }
  return g;
}

}  // namespace spikeloom::reference
