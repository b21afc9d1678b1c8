/// Runs that go on step by step, each for itself: dealt out to ranks and threads, saved between steps, gone on with.
///
/// A protocol that is a list of runs (seeds, conditions, controls) describes one as a SteppedRun and hands all to
/// carry_out(); that is all it has to know of threads, ranks and checkpoints.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "networks/protocol.hpp"

namespace spikeloom::experiments {

/// One run. Runs share nothing that changes; calls to one of them come one after the other, from any thread.
class SteppedRun {
 public:
  virtual ~SteppedRun() = default;

  /// How many steps (trials, epochs) it has.
  virtual std::uint64_t steps() const = 0;
  /// Makes what the steps need. Not called where none is left to do.
  virtual void begin() = 0;
  /// Step `number`, counted from 0.
  virtual void step(std::uint64_t number) = 0;
  /// After the last step: lets go what begin() made.
  virtual void end() = 0;

  /// All that steps change and later ones need, between begin() and end(); of fixed shapes.
  virtual std::vector<StateArray> state() = 0;
  /// What steps have found; from construction on, of fixed shapes.
  virtual std::vector<StateArray> results() = 0;

  /// How far it is, and how it goes, in a few words.
  virtual std::string note(std::uint64_t steps_done) const = 0;
};

/// Takes all runs to their ends. Results do not depend on threads, ranks, and where it was stopped in between. False if
/// the user stopped it. With several ranks, only the first one's runs have all results.
bool carry_out(std::span<const std::unique_ptr<SteppedRun>> runs, const ProtocolRun& run);

/// Steps of all runs: what `carry_out` counts.
std::uint64_t steps_of(std::span<const std::unique_ptr<SteppedRun>> runs);

}  // namespace spikeloom::experiments
