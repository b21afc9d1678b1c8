/// What all spike sources with a size share: they have no input and no state.
#pragma once

#include <cassert>

#include "core/model.hpp"

namespace spikeloom {

/// Emits spikes as a function of the step alone, so that a run can begin at any step (resume) and anywhere be cut.
class SourceSlice : public NeuronSlice {
 public:
  int row_count() const noexcept final { return 0; }
  int row_of(int) const noexcept final { return 0; }
  void attach(int, std::shared_ptr<const Drive>) final { assert(false && "a source takes no input"); }
  void advance(Step step, float*, std::vector<std::uint32_t>& spiked) final { emit(step, spiked); }
  bool read(int, std::span<const std::uint32_t>, std::span<float>) const final { return false; }
  void state(StateArchive&) final {}
  std::vector<StateColumn> state_columns() final { return {}; }

 protected:
  /// Appends the slice-local indices that spike at the end of `step`, ascending, repeated for several spikes.
  virtual void emit(Step step, std::vector<std::uint32_t>& spiked) const = 0;
};

}  // namespace spikeloom
