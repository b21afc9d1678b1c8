/// Two populations of one size, compared now and then neuron by neuron: an error that both can learn from.
///
/// Traces a_i and c_i of the spikes of neuron i of either population decay with the modulator's tau; each spike adds
/// `amount`. At given steps, and only then, the error becomes
///
///     e = target - sum_i a_i c_i
///
/// and stays so until the next one. In these steps a synapse onto neuron i of the one population is told the trace of
/// neuron i of the other, its counterpart. Sums run in order of neurons.
#pragma once

#include <deque>
#include <span>
#include <vector>

#include "core/state_archive.hpp"
#include "core/types.hpp"

namespace spikeloom {

struct ModulatorFromComparison {
  NeuronId first = 0, second = 0;  // global ids of the first neurons of both populations
  std::uint32_t count = 0;         // neurons of each
  double amount = 1;               // that a spike adds to its neuron's trace
  Step delay = 1;                  // steps from a spike to its effect
  std::vector<Step> steps;         // ascending: when they are compared
  std::vector<double> targets;     // of each comparison
};

class Comparison {
 public:
  /// `tau` [steps]: decay of the traces.
  Comparison(ModulatorFromComparison definition, double tau);

  /// Spikes of a window, sorted by time then neuron.
  void collect(std::span<const Spike> spikes);
  bool listens_to(NeuronId neuron) const noexcept;
  /// Goes on to `step`, one after the last; whether the populations are compared in it.
  bool advance(Step step);

  /// Of the last comparison; 0 before the first.
  double error() const noexcept { return error_; }
  /// In a step of comparison, for neurons from this one (global id) on: the traces of their counterparts. Empty in
  /// other steps, and for neurons of other populations.
  std::span<const float> counterparts(NeuronId first) const noexcept;

  /// Saves or restores all that changes, alike in every partition.
  void state(StateArchive& archive);

 private:
  ModulatorFromComparison definition_;
  float decay_, amount_;
  std::vector<float> first_, second_;  // traces
  std::deque<Spike> under_way_;        // in order
  double error_ = 0;
  std::uint64_t next_ = 0;  // number of the next comparison
  bool compared_ = false;   // in the step advanced to last
};

}  // namespace spikeloom
