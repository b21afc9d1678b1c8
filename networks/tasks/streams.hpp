/// What the generators of tasks share: which random streams they draw from, Poisson trains, how a sample is added.
#pragma once

#include <cmath>
#include <utility>
#include <vector>

#include "networks/tasks/draw_sequence.hpp"
#include "networks/tasks/tasks.hpp"

namespace spikeloom {

/// Append only: the value is in the bits.
enum class TaskStream : std::uint32_t {
  temporal_order = 1,
  coincidence,
  motifs,
  match_to_sample,
  inter_spike_interval,
  randman,
  spoken_digits
};

/// Numbers of what defines a task: the `which`-th thing of it.
inline DrawSequence definition_of(TaskStream task, std::uint64_t seed, std::uint64_t which) {
  return {seed, 0x1000u + 8 * static_cast<std::uint32_t>(task), which};
}

/// Numbers of sample k of a part.
inline DrawSequence sample_of(TaskStream task, std::uint64_t seed, Part part, std::size_t k) {
  return {seed, 0x1001u + 8 * static_cast<std::uint32_t>(task) + static_cast<std::uint32_t>(part), k};
}

/// (time [ms], unit) in any order.
using Spikes = std::vector<std::pair<double, std::uint32_t>>;

/// Adds a Poisson train of `rate` [Hz] between two times [ms].
inline void add_poisson(DrawSequence& random, double rate, double from, double to, std::uint32_t unit, Spikes& spikes) {
  if (rate <= 0) return;
  for (double t = from + random.waiting() * 1e3 / rate; t < to; t += random.waiting() * 1e3 / rate)
    spikes.emplace_back(t, unit);
}

/// Adds a sample whose times are cut to multiples of 2^-20 ms: the last bit of a logarithm, in which machines may
/// differ, then changes nothing.
inline void add_sample(SpikeData& data, Spikes spikes, std::uint32_t label) {
  for (auto& [time, unit] : spikes) time = std::floor(time * 0x1p20) * 0x1p-20;
  data.add(std::move(spikes), static_cast<std::int32_t>(label));
}

}  // namespace spikeloom
