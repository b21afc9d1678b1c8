/// What the partitions of one rank hand over at the end of a leg, and how the parts of all ranks become a stretch.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/ranks/bytes.hpp"
#include "core/recorder.hpp"

namespace spikeloom {

struct LegPart {
  /// Columns [column, column + width) of a probe's frames.
  struct Frames {
    std::uint64_t probe = 0, column = 0, width = 0;
    std::vector<float> values;  // row-major [frame][neuron]
  };
  std::uint64_t events = 0;                 // since the run began
  std::vector<std::uint64_t> spike_counts;  // by population, in this leg
  std::vector<Spike> spikes;                // of recorded populations, sorted
  std::vector<Frames> frames;
};

Bytes encoded(const LegPart& part);
LegPart decoded_part(std::span<const std::byte> bytes);

/// Fills spikes, counts and frames of a stretch whose begin and end are known.
void join(std::vector<LegPart> parts, std::span<const Probe> probes, Stretch& stretch);

}  // namespace spikeloom
