/// What the engine hands over while it runs: finished stretches of biological time, in order.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/types.hpp"

namespace spikeloom {

/// A state probe: `variable` of some neurons of one population, sampled at every multiple of `every` steps, starting
/// with step 0 (the initial state).
struct Probe {
  std::string name;  // the record's name, unique
  PopulationId population = 0;
  int variable = 0;                    // index into ModelInfo::variables
  std::vector<std::uint32_t> neurons;  // population-local, ascending
  Step every = 1;
};

/// Frames of one probe inside a stretch: row-major [frame][neuron].
struct ProbeFrames {
  std::size_t probe = 0;  // index into the probes
  Step first_frame = 0;   // frame k is at step k * every
  std::size_t frames = 0;
  std::vector<float> values;
};

/// A modulator inside a stretch: its samples at 0 and at every multiple of its interval, those at the end included.
struct ModulatorFrames {
  std::size_t modulator = 0;          // index into the network's modulators
  std::vector<double> values;         // level at the end of the step
  std::vector<std::uint64_t> raises;  // how often it has been raised since the run began
};

/// One XXH3 hash per state variable and population; equal for any number of threads and partitions.
struct StateHash {
  PopulationId population = 0;
  std::string variable;  // a state column, or "spikes" (all spikes so far)
  std::uint64_t hash = 0;
};

/// Everything that happened in the steps (begin, end]. Spikes are sorted by (step, neuron) [exact: (time, neuron)].
struct Stretch {
  Step begin = 0, end = 0;
  std::vector<Spike> spikes;  // of the populations whose spikes or rates are recorded only
  std::vector<ProbeFrames> frames;
  std::vector<std::uint64_t> spike_counts;       // per population, all populations, in this stretch
  std::vector<StateHash> hashes;                 // state at `end`; empty unless hashing was due
  std::vector<ModulatorFrames> modulators = {};  // of those that are recorded, in order
};

class Recorder {
 public:
  virtual ~Recorder() = default;
  /// Called by one thread, stretches in order and without gaps; may block (bounded queue) and may throw RunError.
  virtual void commit(Stretch&& stretch) = 0;
};

}  // namespace spikeloom
