/// A modulator: a named signal that learning rules listen to, driven by spikes, by a schedule, or from outside.
///
/// Every partition keeps modulators of its own and feeds them with the spikes of all, which it sees anyway: the same
/// signal everywhere, without a word between partitions.
#pragma once

#include <cstdint>
#include <optional>
#include <queue>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/comparison.hpp"
#include "core/plastic_projection.hpp"
#include "core/recorder.hpp"
#include "core/state_archive.hpp"
#include "core/types.hpp"

namespace spikeloom {

/// Every spike of some neurons adds to the modulator (volume transmission).
struct ModulatorFromSpikes {
  NeuronId first = 0, last = 0;  // global ids, both included
  double amount = 1;
  Step delay = 1;  // steps from the spike to its effect
};

/// Given steps, each with its own amount.
struct ModulatorFromSchedule {
  std::vector<Step> steps;  // ascending
  std::vector<double> amounts;
};

/// Random steps: each with the same probability (a Poisson process on the grid).
struct ModulatorFromPoisson {
  double probability = 0;  // per step
  double amount = 1;
};

/// A reward for a coincidence: if `second` fires up to `within` steps after `first` (not with or before it), the
/// modulator is raised a random while later.
struct ModulatorFromCoincidence {
  NeuronId first = 0, second = 0;  // global ids
  Step within = 1;
  Step shortest = 1, longest = 1;  // from the coincidence to its effect, both included
  double amount = 1;
};

/// The error of a linear readout: target less y. Spikes add their neuron's weight to y, which decays with the
/// modulator's tau; the target is a step function.
struct ModulatorFromReadout {
  NeuronId first = 0;           // global id of the neuron that weights[0] belongs to
  std::vector<double> weights;  // by neuron
  Step delay = 1;               // steps from the spike to its effect
  std::vector<Step> steps;      // ascending: where the target changes; it is 0 before
  std::vector<double> targets;  // from there on
};

using ModulatorSource = std::variant<ModulatorFromSpikes, ModulatorFromSchedule, ModulatorFromPoisson,
                                     ModulatorFromCoincidence, ModulatorFromReadout, ModulatorFromComparison>;

struct ModulatorDefinition {
  std::string name;
  double tau = 1;                        // decay [steps]
  double baseline = 0;                   // what it decays to
  std::vector<ModulatorSource> sources;  // one comparison at most
  std::uint64_t seed = 0;
  std::uint32_t stream = 0;  // number of the modulator: separates random streams
};

class Modulator {
 public:
  explicit Modulator(ModulatorDefinition definition);

  /// Spikes of a window, sorted by time then neuron.
  void collect(std::span<const Spike> spikes);
  /// Whether spikes of this neuron (global id) matter to it.
  bool listens_to(NeuronId neuron) const noexcept;
  /// Adds from outside, at a step that has not been advanced to yet.
  void add(Step step, double amount) { due_.emplace(step, amount); }
  /// Goes on to `step`, one after the last: decay, then everything due.
  void advance(Step step);
  /// From the step advanced to last on, for target neurons from this one (global id) on.
  ModulatorLevel level(NeuronId first_target) const noexcept {
    return {definition_.baseline + constant(), value_, definition_.tau,
            comparison_ ? comparison_->counterparts(first_target) : std::span<const float>{}};
  }
  double value() const noexcept { return definition_.baseline + constant() + value_; }
  /// How often it has been raised so far, whatever the amount.
  std::uint64_t raises() const noexcept { return raises_; }

  /// Keeps samples at every multiple of `every` steps from the next step on.
  void record(Step every) noexcept { every_ = every; }
  bool is_recorded() const noexcept { return every_ > 0; }
  /// What has been kept since the last call.
  ModulatorFrames take_frames() { return std::exchange(frames_, {}); }

  /// Saves or restores all that changes, alike in every partition.
  void state(StateArchive& archive);

  /// Shortest time from a spike to its effect [steps]; `longest_delay` if no spike has one.
  Step shortest_delay() const noexcept;
  const std::string& name() const noexcept { return definition_.name; }

 private:
  void on_spike(std::size_t source, const Spike& spike);
  void raise(double amount) noexcept { value_ += amount, ++raises_; }
  double constant() const noexcept { return target_ + (comparison_ ? comparison_->error() : 0); }
  double target_at(Step step) const noexcept;

  using Due = std::pair<Step, double>;
  ModulatorDefinition definition_;
  double decay_, value_ = 0;
  double target_ = 0;  // of all readouts, as of the step advanced to last: follows from it, no state
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
  std::optional<Comparison> comparison_;
  std::vector<Step> last_;  // by source: last spike of a coincidence's `first` neuron; -1: none
  std::uint64_t raises_ = 0;
  Step every_ = 0;  // 0: not recorded
  ModulatorFrames frames_;
};

}  // namespace spikeloom
