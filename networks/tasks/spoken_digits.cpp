/// Synthetic spoken digits: formants that glide over the channels of a cochlea, in the manner of the Spiking Heidelberg
/// Digits (Cramer et al. 2022, IEEE TNNLS 33:2744).
#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "core/models/exponential.hpp"
#include "networks/tasks/sine.hpp"
#include "networks/tasks/streams.hpp"

namespace spikeloom {
namespace {

constexpr std::uint32_t n_words = 5, n_orders = 4, n_classes = n_words * n_orders, n_voices = 12,
                        n_training_voices = 10, n_tracks = 3;
constexpr double duration = 1000, refractory = 2, background = 1e-3, peak = 0.12;  // ms, ms, spikes per ms
constexpr std::size_t matched_count = 4, cells = 1000;                             // cells of 1 ms

/// The centre of a formant [channels] and its loudness, over the course u in [0, 1] of a digit.
struct Track {
  double start = 0;
  std::array<double, 3> amplitude{}, phase{};  // channels, turns
  struct Bump {
    double at = 0, width = 1;
  };
  std::vector<Bump> bumps;

  Track(DrawSequence& random, double channels) : start(random.uniform(0.1, 0.9) * channels) {
    for (std::size_t q = 0; q < 3; ++q) {
      amplitude[q] = random.normal(0.12 * channels / static_cast<double>(q + 1));
      phase[q] = random.uniform();
    }
    bumps.resize(2 + random.below(3));
    for (auto& bump : bumps) bump = {random.uniform(), random.uniform(0.1, 0.25)};
  }
  double centre(double u) const {
    double c = start;
    for (std::size_t q = 0; q < 3; ++q)
      c += amplitude[q] * sine_of_turns(0.5 * static_cast<double>(q + 1) * u + phase[q]);
    return c;
  }
  double loudness(double u) const {
    double sum = 0;
    for (const auto& bump : bumps)
      if (const double x = (u - bump.at) / bump.width; std::abs(x) < 0.5) sum += 0.5 * (1 + sine_of_turns(x + 0.25));
    return sum;
  }
};

struct Voice {
  double shift, tempo, loudness;  // channels, 1, 1
  Voice(DrawSequence random, double channels)
      : shift(random.uniform(-0.04, 0.04) * channels),
        tempo(random.uniform(0.8, 1.25)),
        loudness(random.uniform(0.8, 1.2)) {}
};

/// The moment of a word that is heard at `u`: digits with the same word are its forward, backward, halves-swapped and
/// both courses, with the same sounds in another order.
double moment(double u, std::uint32_t order) {
  const double shifted = order >= 2 ? (u < 0.5 ? u + 0.5 : u - 0.5) : u;
  return order % 2 == 1 ? 1 - shifted : shifted;
}

/// Rates [spikes per ms] of one utterance: [channel][ms].
void utter(DrawSequence& random, const std::vector<Track>& tracks, std::uint32_t order, const Voice& voice,
           std::size_t channels, std::vector<double>& rates) {
  const double width = 0.015 * static_cast<double>(channels), reach = 4 * width;
  const double length = random.uniform(500, 1000) * voice.tempo, warp = random.uniform(), onset = random.uniform(0, 50);
  rates.assign(channels * cells, background);
  for (std::size_t t = 0; t < cells; ++t) {
    const double course = (static_cast<double>(t) + 0.5 - onset) / length;
    if (course < 0 || course > 1) continue;
    const double u = moment(std::clamp(course + 0.05 * sine_of_turns(course + warp), 0.0, 1.0), order);
    for (const auto& track : tracks) {
      const double gain = peak * voice.loudness * track.loudness(u), centre = track.centre(u) + voice.shift;
      if (gain <= 0 || centre + reach < 0) continue;
      const auto first = static_cast<std::size_t>(std::max(0.0, std::ceil(centre - reach)));
      const auto end = std::min(channels, static_cast<std::size_t>(centre + reach) + 1);
      for (std::size_t n = first; n < end; ++n) {
        const double x = (static_cast<double>(n) - centre) / width;
        rates[n * cells + t] += gain * exponential(-0.5 * x * x);
      }
    }
  }
}

/// Spikes of every channel by time rescaling: the next one comes when the integral of the rate has reached an
/// exponentially distributed number, counted from the end of the refractory time.
void fire(DrawSequence& random, const std::vector<double>& rates, std::size_t channels, Spikes& spikes) {
  for (std::size_t n = 0; n < channels; ++n) {
    double left = random.waiting(), from = 0;
    while (from < duration) {
      const auto cell = static_cast<std::size_t>(from);
      const double rate = rates[n * cells + cell], until = static_cast<double>(cell) + 1;
      const double integral = rate * (until - from);
      if (integral < left) {
        left -= integral;
        from = until;
        continue;
      }
      const double spike = from + left / rate;
      if (spike < duration) spikes.emplace_back(spike, static_cast<std::uint32_t>(n));
      from = spike + refractory;
      left = random.waiting();
    }
  }
}

/// Removes or adds spikes at random until every channel has as many: timing is all that is left.
void match_counts(DrawSequence& random, std::size_t channels, Spikes& spikes) {
  std::vector<std::vector<double>> times(channels);
  for (const auto& [time, channel] : spikes) times[channel].push_back(time);
  spikes.clear();
  for (std::size_t n = 0; n < channels; ++n) {
    while (times[n].size() > matched_count) {
      std::swap(times[n][random.below(static_cast<std::uint32_t>(times[n].size()))], times[n].back());
      times[n].pop_back();
    }
    while (times[n].size() < matched_count) times[n].push_back(random.uniform(0, duration));
    for (const double time : times[n]) spikes.emplace_back(time, static_cast<std::uint32_t>(n));
  }
}

std::uint32_t choose_voice(DrawSequence& random, Part part) {
  if (part != Part::test) return random.below(n_training_voices);
  constexpr std::array<std::uint32_t, 4> voices = {0, 1, n_training_voices, n_voices - 1};
  return voices[random.below(4)];
}

}  // namespace

SpikeData make_spoken_digits(const SpokenDigits& task, std::uint64_t seed, Part part, std::size_t size) {
  SpikeData data(static_cast<std::uint32_t>(task.channels), n_classes, duration);
  const auto channels = static_cast<std::size_t>(task.channels);
  std::vector<std::vector<Track>> words(n_words);
  for (std::uint32_t k = 0; k < n_words; ++k) {
    auto random = definition_of(TaskStream::spoken_digits, seed, k);
    for (std::uint32_t m = 0; m < n_tracks; ++m) words[k].emplace_back(random, task.channels);
  }
  std::vector<Voice> voices;
  for (std::uint32_t k = 0; k < n_voices; ++k)
    voices.emplace_back(definition_of(TaskStream::spoken_digits, seed, n_classes + k), task.channels);
  std::vector<double> rates;
  Spikes spikes;
  for (std::size_t k = 0; k < size; ++k) {
    auto random = sample_of(TaskStream::spoken_digits, seed, part, k);
    const auto label = random.below(n_classes);
    spikes.clear();
    const auto& voice = voices[choose_voice(random, part)];
    utter(random, words[label / n_orders], label % n_orders, voice, channels, rates);
    fire(random, rates, channels, spikes);
    if (task.count_matched) match_counts(random, channels, spikes);
    if (task.reversed)
      for (auto& [time, channel] : spikes) time = std::min(duration - time, duration - 0x1p-20);
    add_sample(data, spikes, label);
  }
  return data;
}

}  // namespace spikeloom
