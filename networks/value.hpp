/// Values of parameters, initial states, weights and delays: a number, a distribution, an expression or an array.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <variant>
#include <vector>

namespace spikeloom {

struct Constant {
  double value = 0;
};
struct Uniform {
  double low = 0, high = 1;
};  // [low, high)
/// Normal, restricted to [low, high] by redrawing if the limits are finite (exact truncated normal).
struct Normal {
  double mean = 0, sd = 1;
  double low = -std::numeric_limits<double>::infinity(), high = std::numeric_limits<double>::infinity();
};
struct LogNormal {
  double mu = 0, sigma = 1;
  double scale = 1;
};  // scale * exp(mu + sigma z)
struct Exponential {
  double mean = 1;
  double offset = 0;
};  // offset + mean * Exp(1)
struct UniformInteger {
  std::int64_t low = 0, high = 1;
  double scale = 1;
};  // {low..high} * scale, both included
/// A formula of x, y, z [um] (of the neuron; for synapses of the target), d [um] (distance of source and target,
/// synapses only), i (neuron id; of the target) and j (source id, synapses only), r and r1..r4 (uniform in (0,1), the
/// same for all values of one neuron: the random number shared by several parameters), times `unit`.
struct Expression {
  std::string text;
  double unit = 1;
};
/// One number per neuron (or per synapse in order of a table), already read and in coherent units.
struct Array {
  std::vector<double> values;
};

/// A value in the coherent unit of what it is for (ms, mV, pA, nS, pF, Hz for rates, um for positions).
using Value = std::variant<Constant, Uniform, Normal, LogNormal, Exponential, UniformInteger, Expression, Array>;

}  // namespace spikeloom
