/// Runs that go on step by step, each for itself: dealt out to ranks and threads, saved between steps, gone on with.
///
/// A protocol that is a list of runs (seeds, conditions, controls), or one long run, describes each as a SteppedRun and
/// hands them to carry_out(); that is all it has to know of threads, ranks and checkpoints. One of several stages, the
/// later ones after what the earlier ones found, has Stages (experiments/protocols/stages.hpp).
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/state_archive.hpp"
#include "networks/checkpoint.hpp"
#include "networks/protocol.hpp"

namespace spikeloom::experiments {

/// The user wants to stop. Leaves a step that can be begun again, and whatever has been waiting for its end.
struct StoppedByUser {};

/// One run. Runs share nothing that changes; calls to one of them come one after the other, from any thread.
class SteppedRun {
 public:
  virtual ~SteppedRun() = default;

  /// How many steps (trials, epochs) it has. Steps are what a wish to stop waits for: they should take a second at
  /// most.
  virtual std::uint64_t steps() const = 0;
  /// Makes what the steps need. Not called where none is left to do.
  virtual void begin() {}
  /// Step `number`, counted from 0.
  virtual void step(std::uint64_t number) = 0;
  /// After the last step: lets go what begin() made.
  virtual void end() {}

  /// Lists all that steps change and later ones need, between begin() and end(): to save it, and to restore it.
  virtual void state(StateArchive&) {}
  /// The same for what steps have found; from construction on.
  virtual void results(StateArchive& archive) = 0;
  /// state() as a checkpoint holds it; an engine brings its own columns.
  virtual std::vector<SavedColumn> saved_state();
  virtual void restore_state(std::vector<SavedColumn> columns);

  /// How far it is, and how it goes, in a few words.
  virtual std::string note(std::uint64_t steps_done) const = 0;
};

/// Lists arrays that stay where they are; a table, whose columns grow.
void list(StateArchive& archive, const std::vector<StateArray>& arrays);
void list(StateArchive& archive, TrialTable& table);

/// Takes all runs to their ends. Results do not depend on threads, ranks, and where it was stopped in between. False if
/// the user stopped it. With several ranks, only the first one's runs have all results.
bool carry_out(std::span<const std::unique_ptr<SteppedRun>> runs, const ProtocolRun& run);
bool carry_out(SteppedRun& one, const ProtocolRun& run);

/// Steps of all runs: what `carry_out` counts.
std::uint64_t steps_of(std::span<const std::unique_ptr<SteppedRun>> runs);

}  // namespace spikeloom::experiments
