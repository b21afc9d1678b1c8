/// When sources act: times in ms to steps of the grid, and values that are constant piece by piece.
///
/// One convention for all of them (docs/sources.md): a spike source emits at the ends of steps, so start and stop
/// enclose start < t <= stop; a current holds from the start of a step to its end, so it acts for start <= t < stop.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "core/model.hpp"

namespace spikeloom {

/// The grid point nearest to a time in ms; times beyond all simulations (infinity) become `never`.
inline constexpr Step never = Step{1} << 60;
Step nearest_step(double time, double resolution) noexcept;

/// Pieces of time, each one from its first step to the next one's, the last for ever; before the first, and where a
/// piece is no_piece, there is nothing.
class Schedule {
 public:
  static constexpr int no_piece = -1;
  /// `first` does not lie before the last piece's, which a piece of equal `first` replaces.
  void append(Step first, int piece);
  /// The piece of a step, or no_piece.
  int at(Step step) const noexcept;

 private:
  std::vector<Step> first_;
  std::vector<int> piece_;
};

/// Piece k holds from times[k] [ms, ascending] on, cut to the source's start and stop; `shift` is the first step that
/// belongs to time 0: 1 for the steps that spikes are emitted in, 0 for those in whose beginning a current is set.
Schedule schedule_of(const ModelArguments& arguments, std::span<const double> times, double resolution, Step shift);

/// One number of a source's arguments: the user's, or `fallback`.
double value_or(const ModelArguments& arguments, std::string_view name, double fallback, std::size_t neuron = 0);
/// Entries of a list argument; empty if the user gave none.
std::span<const double> list_of(const ModelArguments& arguments, std::string_view name);

/// `start` and `stop`, which every source has, and the check that they lie in this order.
void append_start_stop(std::vector<ParamInfo>& params);
void require_start_before_stop(const ModelArguments& arguments, std::vector<Problem>& problems);
/// A list of times that ascends and is as long as the list of values that belongs to it.
void require_matching_times(const ModelArguments& arguments, std::string_view times, std::string_view values,
                            std::vector<Problem>& problems);

}  // namespace spikeloom
