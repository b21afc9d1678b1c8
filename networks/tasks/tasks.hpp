/// Synthetic tasks that cannot be solved from spike counts: pure functions from parameters and seed to data.
///
/// The definitions are those of docs/tasks.md. Every function makes samples 0 .. size - 1 of one part of a task; what
/// defines the task (templates, codes, manifolds, voices) is drawn from `seed` too and is shared by all parts.
#pragma once

#include <array>

#include "networks/training/spike_data.hpp"

namespace spikeloom {

/// Which part of a task's samples: parts share what defines the task and no sample.
enum class Part : std::uint32_t { training, validation, test };

/// Volleys of two groups of five units, `gap` apart; label 0: units 0..4 first, label 1: units 5..9 first.
struct TemporalOrder {
  double gap = 60, jitter = 1, background = 1;  // ms, ms, Hz
};
SpikeData make_temporal_order(const TemporalOrder& task, std::uint64_t seed, Part part, std::size_t size);

/// Poisson trains on units 0..9, copied to units 10..19 with a shift of -20, -15, .. 20 ms: nine classes.
constexpr std::uint32_t coincidence_pairs = 10;
constexpr std::array<double, 9> coincidence_lags = {-20, -15, -10, -5, 0, 5, 10, 15, 20};  // ms, by class
struct Coincidence {
  double rate = 50, jitter = 0.5;  // Hz, ms
};
SpikeData make_coincidence(const Coincidence& task, std::uint64_t seed, Part part, std::size_t size);

/// One of ten templates (30 of 100 units, spread over 50 ms) once in a Poisson background that makes the expected count
/// of every unit the same in all classes.
struct Motifs {
  double jitter = 1, rate = 10, dropped = 0.1;  // ms, Hz, probability
};
SpikeData make_motifs(const Motifs& task, std::uint64_t seed, Part part, std::size_t size);

/// Two presentations of codes (8 of 40 units, within 5 ms), the second `delay` plus up to `spread` either way after the
/// first; label 1 if both are the same of ten codes.
struct MatchToSample {
  double delay = 100, spread = 0;  // ms
};
SpikeData make_match_to_sample(const MatchToSample& task, std::uint64_t seed, Part part, std::size_t size);

/// Unit 0 fires twice, 10, 20, .. 50 ms apart: five classes. Units 1..9 are Poisson trains.
struct InterSpikeInterval {
  double background = 20;  // Hz
};
SpikeData make_inter_spike_interval(const InterSpikeInterval& task, std::uint64_t seed, Part part, std::size_t size);

/// Smooth random manifolds (Zenke & Vogels 2021, Neural Comput 33:899): every unit fires `spikes` times, when is a
/// smooth function of `dimensions` hidden coordinates that are drawn anew for every sample.
struct Randman {
  int classes = 10, units = 100, dimensions = 2, spikes = 1;
  double alpha = 2, duration = 100;  // smoothness; ms
};
SpikeData make_randman(const Randman& task, std::uint64_t seed, Part part, std::size_t size);
/// Number of Fourier components: the smallest amplitude is 1e-3.
int randman_components(double alpha);

/// Twenty "digits" (five words of gliding formants, in four temporal orders each) spoken by twelve voices, as spikes of
/// a cochlea with `channels` channels. Test samples
/// are spoken by two voices known from training and by two new ones.
struct SpokenDigits {
  int channels = 140;
  bool count_matched = false;  // four spikes of every channel in every sample
  bool reversed = false;       // time runs backwards
};
SpikeData make_spoken_digits(const SpokenDigits& task, std::uint64_t seed, Part part, std::size_t size);

}  // namespace spikeloom
