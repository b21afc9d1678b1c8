/// A fixed recurrent population of Izhikevich neurons with a readout state: what reservoir modules learn from.
///
///     I_i = bias_i + sigma_n xi_i + C(t) q_i + gE_i + gS_i + gI_i + sum_k Q_ik f_k       step 1 ms
///
/// gE, gI: currents that jump by w_ij at a spike of j, one ms later, and decay with tau_e, tau_i; gS: a slow share
/// rho tau_e / tau_s of the excitatory jumps that decays with tau_s. Dale's law: the weights of a neuron have one sign.
/// Neurons are Izhikevich's of 2003 in the published scheme, excitatory ones with recovery rates spread over 1.7
/// decades. Readout state: r_i decays with tau_r and jumps by kappa at a spike.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/aligned.hpp"
#include "core/models/izhikevich.hpp"

namespace spikeloom {

struct ReservoirParams {
  int neurons = 1000;
  double excitatory = 0.8, probability = 0.1, w_exc = 0.1, w_inh = 0.2;
  double tau_e = 5, tau_i = 10, tau_s = 100, rho = 0.3;
  double bias_mean = 6, bias_sd = 1, noise = 0.5;
  double cue_fraction = 0.8, cue_amplitude = 30, cue_duration = 50;
  double feedback = 1, tau_r = 50, kappa = 0.4;
};

/// What is drawn once from a seed and shared by every run on it. Columns are padded to whole tiles of 64; padding
/// neurons have no input, no synapses and no weight in the readout.
class ReservoirNetwork {
 public:
  ReservoirNetwork(const ReservoirParams& params, std::size_t channels, std::uint64_t seed);

  const ReservoirParams params;
  const std::size_t channels, count, padded;

 private:
  friend class IzhikevichReservoir;
  void draw_neurons(std::uint64_t seed);
  void draw_synapses(std::uint64_t seed);

  aligned_vector<float> step_a_, b_, c_, d_, bias_, cue_, v_initial_, u_initial_;
  std::vector<aligned_vector<float>> feedback_;  // per channel
  std::size_t excitatory_count_;
  std::vector<std::uint32_t> first_;  // synapses of neuron j: [first_[j], first_[j + 1])
  std::vector<std::uint16_t> targets_;
  std::vector<float> weights_;
};

/// The state that moves, and one step of it.
class IzhikevichReservoir {
 public:
  IzhikevichReservoir(std::shared_ptr<const ReservoirNetwork> network, std::uint64_t noise_seed, std::uint32_t stream);

  /// Back to the initial state of the network; `trial` numbers the noise that follows.
  void begin(std::uint32_t trial);
  /// One ms: `cue` on or off, `feedback` one number per channel.
  void step(bool cue, std::span<const float> feedback);

  /// r_i, padded.
  std::span<const float> rates() const noexcept { return r_; }
  std::span<const std::uint32_t> spiked() const noexcept { return {spiked_.data(), spiked_count_}; }
  const ReservoirNetwork& network() const noexcept { return *network_; }

 private:
  void sum_drive(bool cue, std::span<const float> feedback);
  void advance_neurons();
  void collect_spikes();
  void deliver();

  std::shared_ptr<const ReservoirNetwork> network_;
  std::uint64_t noise_seed_;
  std::uint32_t stream_, trial_ = 0, time_ = 0;
  IzhikevichPublished::Propagator<float> shared_;
  float decay_e_, decay_i_, decay_s_, slow_share_, decay_r_;
  aligned_vector<float> v_, u_, g_e_, g_i_, g_s_, arrived_exc_, arrived_inh_, r_, drive_, noise_;
  aligned_vector<std::uint32_t> words_, fired_, spiked_;
  std::size_t spiked_count_ = 0;
};

}  // namespace spikeloom
