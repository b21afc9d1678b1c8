/// Wiring and steps of the FORCE reservoir.
#include "plasticity/gradient/force_reservoir.hpp"

#include <algorithm>
#include <cmath>

#include "core/models/select.hpp"
#include "core/random.hpp"

namespace spikeloom {
namespace {

constexpr std::uint32_t stream = 30;

}  // namespace

ForceParams ForceParams::lif() {
  ForceParams params;
  params.neurons = 2000;
  params.g = 40;
  params.q = 10;
  params.bias = -40;
  params.v_peak = -40;
  return params;
}

ForceReservoir::ForceReservoir(ForceNeuron kind, const ForceParams& params, std::size_t outputs, double resolution,
                               std::uint64_t seed)
    : kind_(kind),
      params_(params),
      outputs_(outputs),
      resolution_(resolution),
      keep_r_(std::exp(-resolution / params.tau_r)),
      keep_d_(std::exp(-resolution / params.tau_d)),
      gain_(1 / (params.tau_r * params.tau_d)) {
  const auto n = static_cast<std::size_t>(params.neurons);
  for (auto* column : {&v_, &u_, &current_, &held_, &i_syn_, &h_, &r_, &h_r_}) column->assign(n, 0.0);
  const double low = kind == ForceNeuron::lif ? params.v_reset : params.v_r;
  const double high = kind == ForceNeuron::lif ? 30 : params.v_peak;  // some LIF neurons begin with a spike
  for (std::size_t i = 0; i < n; ++i) {
    const auto bits = draw(seed, Purpose::parameter, stream, i);
    v_[i] = low + (high - low) * uniform(bits[0], bits[1]);
  }
  feedback_.resize(n * outputs);
  for (std::size_t k = 0; k < feedback_.size(); ++k) {
    const auto bits = draw(seed, Purpose::weight, stream, k);
    feedback_[k] = params.q * (2 * uniform(bits[0], bits[1]) - 1);
  }
  wire(seed);
}

void ForceReservoir::wire(std::uint64_t seed) {
  const std::size_t n = size();
  const double scale = params_.g / (params_.p * std::sqrt(static_cast<double>(n)));
  row_.assign(1, 0);
  for (std::size_t j = 0; j < n; ++j) {
    for (std::size_t i = 0; i < n; ++i) {
      const auto bits = draw(seed, Purpose::connect, stream, j * n + i);
      if (uniform(bits[0]) >= params_.p) continue;
      target_.push_back(static_cast<std::uint32_t>(i));
      weight_.push_back(scale * normal_quantile(uniform(bits[1], bits[2])) * gain_);
    }
    row_.push_back(static_cast<std::uint32_t>(target_.size()));
  }
}

std::span<const std::uint32_t> ForceReservoir::advance(std::span<const double> z) {
  const std::size_t n = size();
  // 1. currents of the last step and the feedback
  for (std::size_t i = 0; i < n; ++i) current_[i] = i_syn_[i] + params_.bias;
  for (std::size_t k = 0; k < outputs_; ++k)
    for (std::size_t i = 0; i < n; ++i) current_[i] += feedback_[k * n + i] * z[k];
  // 2. membranes; spikes
  spiked_.clear();
  if (kind_ == ForceNeuron::izhikevich)
    advance_izhikevich();
  else
    advance_lif();
  // 3. synaptic filters decay, then take the spikes, sources ascending
  for (std::size_t i = 0; i < n; ++i) {
    i_syn_[i] = keep_r_ * i_syn_[i] + resolution_ * h_[i];
    h_[i] *= keep_d_;
    r_[i] = keep_r_ * r_[i] + resolution_ * h_r_[i];
    h_r_[i] *= keep_d_;
  }
  for (const auto j : spiked_) {
    h_r_[j] += gain_;
    for (std::uint32_t s = row_[j]; s < row_[j + 1]; ++s) h_[target_[s]] += weight_[s];
  }
  return spiked_;
}

void ForceReservoir::state(StateArchive& archive) {
  const std::pair<const char*, aligned_vector<double>*> columns[] = {
      {"v", &v_}, {"u", &u_}, {"held", &held_}, {"i_syn", &i_syn_}, {"h", &h_}, {"r", &r_}, {"h_r", &h_r_}};
  for (const auto& [name, column] : columns) archive.column(name, std::span(*column));
}

void ForceReservoir::advance_izhikevich() {
  const auto p = params_;
  const double per_c = resolution_ / p.c_m;
  const std::size_t n = size();
  for (std::size_t i = 0; i < n; ++i) {
    const double old = v_[i];
    v_[i] = old + per_c * (p.k * (old - p.v_r) * (old - p.v_t) - u_[i] + current_[i]);
    u_[i] += resolution_ * p.a * (p.b * (old - p.v_r) - u_[i]);
    held_[i] = v_[i] >= p.v_peak ? 1.0 : 0.0;
    u_[i] += held_[i] * p.d;
    v_[i] = v_[i] >= p.v_peak ? p.v_reset : v_[i];
  }
  for (std::size_t i = 0; i < n; ++i)
    if (held_[i] != 0) spiked_.push_back(static_cast<std::uint32_t>(i));
}

void ForceReservoir::advance_lif() {
  const auto p = params_;
  const double rate = resolution_ / p.tau_m, steps_ref = std::round(p.t_ref / resolution_);
  const std::size_t n = size();
  for (std::size_t i = 0; i < n; ++i) {
    const bool free = held_[i] <= 0;
    const double v = free ? v_[i] + rate * (current_[i] - v_[i]) : v_[i];
    const bool fired = v >= p.v_peak;
    v_[i] = fired ? p.v_reset : v;
    held_[i] = fired ? steps_ref : larger(held_[i] - 1, 0.0);
    u_[i] = fired ? 1.0 : 0.0;
  }
  for (std::size_t i = 0; i < n; ++i)
    if (u_[i] != 0) spiked_.push_back(static_cast<std::uint32_t>(i));
}

}  // namespace spikeloom
