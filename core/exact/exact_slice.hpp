/// What an exact partition sees of its neurons and sources, whatever their equations.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/exact/arrivals.hpp"
#include "core/model.hpp"

namespace spikeloom {

/// Spike trains of a source as a function: nothing is remembered but the last spike and its number.
class ExactTrain {
 public:
  virtual ~ExactTrain() = default;
  /// When train `neuron` emits spike number `ordinal` (0, 1, ...), given when it emitted the one before (time 0 for the
  /// first); not before `last`, and end_of_time after its last spike.
  virtual ExactTime next(std::uint32_t neuron, std::uint64_t ordinal, const ExactTime& last) const = 0;
};

/// Neurons (or sources) of one population that belong to one exact partition. Their state moves at events only, never
/// because a window ends: the bits depend neither on windows nor on what is read.
class ExactSlice {
 public:
  explicit ExactSlice(std::uint32_t neurons) : arrivals(neurons) {}
  virtual ~ExactSlice() = default;

  /// Rows of input slots, as in NeuronSlice.
  virtual int row_count() const noexcept = 0;
  virtual int row_of(int receptor) const noexcept = 0;
  /// Gives every neuron its own train of `train`, arriving `delay` steps after emission with `weights` (one, or one per
  /// neuron of the population; no train where the weight is 0).
  virtual void attach(int row, std::shared_ptr<const ExactTrain> train, std::span<const float> weights, Step delay) = 0;

  /// Works off `arrivals` and all else that happens in the steps (begin, end]; appends spikes of slice-local neurons in
  /// any order.
  virtual void advance(Step begin, Step end, std::vector<Spike>& spikes) = 0;

  /// Reads a variable at the end of `step`, which is where the last advance() ended.
  virtual bool read(int variable, std::span<const std::uint32_t> neurons, Step step, std::span<float> out) const = 0;
  /// Saves or restores, after step `now`, all that changes.
  virtual void state(StateArchive& archive, Step now) = 0;
  /// The state as stored, by column, for hashing; valid until the next call.
  virtual std::vector<NeuronSlice::StateColumn> state_columns() = 0;

  /// What the partition has put in for the window to come.
  Arrivals arrivals;
};

}  // namespace spikeloom
