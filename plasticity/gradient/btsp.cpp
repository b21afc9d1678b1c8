/// One step of behavioural time-scale plasticity.
#include "plasticity/gradient/btsp.hpp"

#include <algorithm>
#include <cmath>

#include "core/models/exponential.hpp"

namespace spikeloom {

Btsp::Sigmoid Btsp::Sigmoid::make(double a, double b) {
  const double at_0 = 1 / (1 + exponential(b * a)), at_1 = 1 / (1 + exponential(-b * (1 - a)));
  return {a, b, at_0, 1 / (at_1 - at_0)};
}

double Btsp::Sigmoid::operator()(double x) const noexcept {
  return (1 / (1 + exponential(-b * (x - a))) - offset) * factor;
}

Btsp::Btsp(const BtspParams& params, std::size_t synapses, double resolution, double weight)
    : params_(params),
      resolution_(resolution),
      keep_et_(std::exp(-resolution / params.tau_et)),
      keep_is_(std::exp(-resolution / params.tau_is)),
      plus_(Sigmoid::make(params.a_plus, params.b_plus)),
      minus_(Sigmoid::make(params.a_minus, params.b_minus)),
      weight_(synapses, weight),
      trace_(synapses) {}

void Btsp::advance(std::span<const double> rates, double plateau) {
  instructive_ = plateau + (instructive_ - plateau) * keep_is_;
  const double instructive = smaller(1.0, instructive_ / params_.is_scale);
  for (std::size_t i = 0; i < weight_.size(); ++i) {
    trace_[i] = rates[i] + (trace_[i] - rates[i]) * keep_et_;
    const double x = smaller(1.0, trace_[i] / params_.et_scale) * instructive;
    const double up = params_.k_plus * larger(0.0, plus_(x)), down = params_.k_minus * larger(0.0, minus_(x));
    const double rate = up + down, goal = rate > 0 ? params_.w_max * (up / rate) : weight_[i];
    weight_[i] = goal + (weight_[i] - goal) * exponential(-rate * resolution_);
  }
}

void Btsp::rest() {
  std::fill(trace_.begin(), trace_.end(), 0.0);
  instructive_ = 0;
}

}  // namespace spikeloom
