/// Drawing the reservoir, and one millisecond of it.
///
/// Order within a step: `sum_drive`, `advance_neurons` (currents decay, then take what the spikes of the step before
/// delivered) before `collect_spikes` before `deliver` (into the input of the next step): a delay of one step.
#include "networks/reservoir/izhikevich_reservoir.hpp"

#include <algorithm>
#include <cmath>

#include "core/normal_pairs.hpp"
#include "core/random.hpp"
#include "core/random_columns.hpp"
#include "core/step_draws.hpp"
#include "core/sweep.hpp"

namespace spikeloom {
namespace {

/// Random streams of the network; the noise of the runs has others.
enum Stream : std::uint32_t { neurons = 0xFFFF0001, cue = 0xFFFF0002, feedback = 0xFFFF0003, synapses = 0xFFFF0004 };

double normal(std::uint32_t bits) { return normal_quantile(uniform(bits)); }

}  // namespace

ReservoirNetwork::ReservoirNetwork(const ReservoirParams& given, std::size_t number_of_channels, std::uint64_t seed)
    : params(given),
      channels(number_of_channels),
      count(static_cast<std::size_t>(given.neurons)),
      padded(whole_tiles(count)),
      excitatory_count_(static_cast<std::size_t>(std::lround(given.excitatory * given.neurons))) {
  draw_neurons(seed);
  draw_synapses(seed);
}

void ReservoirNetwork::draw_neurons(std::uint64_t seed) {
  for (auto* column : {&step_a_, &b_, &c_, &d_, &bias_, &cue_, &v_initial_, &u_initial_}) column->assign(padded, 0.0f);
  feedback_.assign(channels, aligned_vector<float>(padded, 0.0f));
  std::fill(c_.begin(), c_.end(), -65.0f);
  const double log_low = std::log(0.001), log_high = std::log(0.05);
  for (std::size_t i = 0; i < padded; ++i) {
    const bool is_real = i < count, is_excitatory = i < excitatory_count_;
    const auto bits = draw(seed, Purpose::parameter, Stream::neurons, i);
    const double z = uniform(bits[0]);
    const double a = is_excitatory ? std::exp(log_low + (log_high - log_low) * uniform(bits[1])) : 0.02 + 0.08 * z;
    const double b = is_excitatory ? 0.2 : 0.25 - 0.05 * z;
    const double v = -65 + 10 * uniform(bits[3]);
    step_a_[i] = static_cast<float>(a), b_[i] = static_cast<float>(b);
    v_initial_[i] = static_cast<float>(v), u_initial_[i] = static_cast<float>(b * v);
    if (!is_real) {
      bias_[i] = -5;  // noise alone must not make padding fire
      continue;
    }
    c_[i] = static_cast<float>(is_excitatory ? -65 + 15 * z * z : -65);
    d_[i] = static_cast<float>(is_excitatory ? 0.5 * (8 - 6 * z * z) : 2);
    bias_[i] = static_cast<float>(params.bias_mean + params.bias_sd * normal(bits[2]));
    const auto cue_bits = draw(seed, Purpose::parameter, Stream::cue, i);
    if (uniform(cue_bits[0]) < params.cue_fraction)
      cue_[i] = static_cast<float>(params.cue_amplitude * uniform(cue_bits[1]));
    for (std::size_t k = 0; k < channels; ++k)
      feedback_[k][i] = static_cast<float>(params.feedback * normal(draw(seed, Purpose::parameter, Stream::feedback, i,
                                                                         static_cast<std::uint32_t>(k))[0]));
  }
}

void ReservoirNetwork::draw_synapses(std::uint64_t seed) {
  std::vector<std::uint32_t> chosen(padded), sizes(padded);
  first_.assign(1, 0);
  for (std::size_t j = 0; j < count; ++j) {
    const auto id = static_cast<std::uint32_t>(j);
    draw_column(seed, Purpose::connect, Stream::synapses, id, 0, chosen);
    draw_column(seed, Purpose::weight, Stream::synapses, id, 0, sizes);
    const double largest = j < excitatory_count_ ? params.w_exc : -params.w_inh;
    for (std::size_t i = 0; i < count; ++i) {
      if (i == j || uniform(chosen[i]) >= params.probability) continue;
      targets_.push_back(static_cast<std::uint16_t>(i));
      weights_.push_back(static_cast<float>(largest * uniform(sizes[i])));
    }
    first_.push_back(static_cast<std::uint32_t>(targets_.size()));
  }
  first_.resize(padded + 1, first_.back());
}

IzhikevichReservoir::IzhikevichReservoir(std::shared_ptr<const ReservoirNetwork> network, std::uint64_t noise_seed,
                                         std::uint32_t stream)
    : network_(std::move(network)),
      noise_seed_(noise_seed),
      stream_(stream),
      shared_(IzhikevichPublished::prepare<float>({}, 1.0)) {
  const auto& p = network_->params;
  const auto decay = [](double tau) { return static_cast<float>(std::exp(-1 / tau)); };
  decay_e_ = decay(p.tau_e), decay_i_ = decay(p.tau_i), decay_s_ = decay(p.tau_s), decay_r_ = decay(p.tau_r);
  slow_share_ = static_cast<float>(p.rho * p.tau_e / p.tau_s);
  for (auto* column : {&v_, &u_, &g_e_, &g_i_, &g_s_, &arrived_exc_, &arrived_inh_, &r_, &drive_, &noise_})
    column->resize(network_->padded);
  for (auto* column : {&words_, &fired_, &spiked_}) column->resize(network_->padded);
}

void IzhikevichReservoir::begin(std::uint32_t trial) {
  trial_ = trial, time_ = 0, spiked_count_ = 0;
  v_ = network_->v_initial_, u_ = network_->u_initial_;
  for (auto* column : {&g_e_, &g_i_, &g_s_, &arrived_exc_, &arrived_inh_, &r_})
    std::fill(column->begin(), column->end(), 0.0f);
}

void IzhikevichReservoir::step(bool cue, std::span<const float> feedback) {
  sum_drive(cue, feedback);
  advance_neurons();
  collect_spikes();
  deliver();
  ++time_;
}

void IzhikevichReservoir::sum_drive(bool cue, std::span<const float> feedback) {
  const std::size_t n = network_->padded;
  if (network_->params.noise > 0) {
    step_draws(noise_seed_, Purpose::noise, stream_, static_cast<std::uint64_t>(trial_) << 32, time_, words_);
    normal_pairs(words_, noise_);
  }
  const float sigma = static_cast<float>(network_->params.noise), cue_on = cue ? 1.0f : 0.0f;
  float* __restrict drive = drive_.data();
  const float *__restrict bias = network_->bias_.data(), *__restrict noise = noise_.data(),
              *__restrict q = network_->cue_.data();
  for (std::size_t i = 0; i < n; ++i) drive[i] = bias[i] + sigma * noise[i] + cue_on * q[i];
  for (std::size_t k = 0; k < feedback.size(); ++k) {
    if (feedback[k] == 0) continue;
    const float* __restrict weights = network_->feedback_[k].data();
    for (std::size_t i = 0; i < n; ++i) drive[i] += weights[i] * feedback[k];
  }
}

void IzhikevichReservoir::advance_neurons() {
  const std::size_t n = network_->padded;
  float *__restrict v = v_.data(), *__restrict u = u_.data(), *__restrict g_e = g_e_.data(),
        *__restrict g_i = g_i_.data(), *__restrict g_s = g_s_.data(), *__restrict arrived_exc = arrived_exc_.data(),
        *__restrict arrived_inh = arrived_inh_.data(), *__restrict r = r_.data();
  const float *__restrict step_a = network_->step_a_.data(), *__restrict b = network_->b_.data(),
              *__restrict c = network_->c_.data(), *__restrict d = network_->d_.data(), *__restrict drive = drive_.data();
  std::uint32_t* __restrict fired = fired_.data();
  auto h = shared_;
  const float decay_e = decay_e_, decay_i = decay_i_, decay_s = decay_s_, slow_share = slow_share_, decay_r = decay_r_;
  const float kappa = static_cast<float>(network_->params.kappa);
  SPIKELOOM_INDEPENDENT
  for (std::size_t i = 0; i < n; ++i) {
    const float exc = g_e[i] * decay_e + arrived_exc[i];
    const float inh = g_i[i] * decay_i + arrived_inh[i];
    const float slow = g_s[i] * decay_s + slow_share * arrived_exc[i];
    g_e[i] = exc, g_i[i] = inh, g_s[i] = slow;
    arrived_exc[i] = 0, arrived_inh[i] = 0;
    h.step_a = step_a[i], h.b = b[i], h.c = c[i], h.d = d[i];
    IzhikevichPublished::State<float, 1> state{v[i], u[i]};
    const bool spiked = IzhikevichPublished::advance<float, 1>(h, state, {exc + inh + slow}, drive[i]);
    v[i] = state.v_m, u[i] = state.u;
    fired[i] = spiked ? 1u : 0u;
    r[i] = r[i] * decay_r + (spiked ? kappa : 0.0f);
  }
}

void IzhikevichReservoir::collect_spikes() {
  constexpr std::size_t block = 16;
  spiked_count_ = 0;
  for (std::size_t begin = 0; begin < fired_.size(); begin += block) {
    std::uint32_t any = 0;
    for (std::size_t i = begin; i < begin + block; ++i) any |= fired_[i];
    if (any == 0) continue;
    for (std::size_t i = begin; i < begin + block; ++i) {
      spiked_[spiked_count_] = static_cast<std::uint32_t>(i);
      spiked_count_ += fired_[i];
    }
  }
}

void IzhikevichReservoir::deliver() {
  for (std::size_t k = 0; k < spiked_count_; ++k) {
    const auto j = spiked_[k];
    float* arrived = (j < network_->excitatory_count_ ? arrived_exc_ : arrived_inh_).data();
    for (auto s = network_->first_[j]; s < network_->first_[j + 1]; ++s)
      arrived[network_->targets_[s]] += network_->weights_[s];
  }
}

}  // namespace spikeloom
