/// A protocol in stages: what has been computed once is kept in checkpoints and not computed again.
///
/// A stage is a list of runs, or a table whose rows are computed one by one. When the protocol is resumed it goes
/// through the same stages: those that were over give what they gave, the next one goes on within, and the protocol
/// draws its conclusions as if nothing had happened in between. So stages must come in the same order every time, and
/// what they compute must follow from the experiment and the stages before.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <mutex>

#include "experiments/protocols/stepped_runs.hpp"

namespace spikeloom::experiments {

class Stages {
 public:
  /// Told the steps that are over and all there are: of all stages if `steps` of them are expected, or of those so far.
  /// False: the user wants to stop. From any thread.
  using Progress = std::function<bool(std::uint64_t done, std::uint64_t of, const std::string& note)>;

  explicit Stages(const ProtocolRun& run, std::uint64_t steps = 0)
      : run_(run), expected_(steps), progress_(run.progress) {}
  Stages(const Stages&) = delete;

  /// Who is told from now on; the steps are those of the stage alone.
  void tell(Progress progress);

  /// The next stage: takes all runs to their ends. Throws StoppedByUser. With several ranks, only the first one's runs
  /// have all results.
  void carry_out(std::span<SteppedRun* const> runs);
  void carry_out(std::span<const std::unique_ptr<SteppedRun>> runs);
  void carry_out(SteppedRun& one);

  /// The next stage: a table [count][width], row k filled in by compute(k, row), rows side by side on threads and
  /// ranks; all ranks have all of it then. Throws StoppedByUser.
  using Row = std::function<void(std::size_t k, std::span<double> row)>;
  std::vector<double> rows(std::size_t count, std::size_t width, const Row& compute);

  /// To be called now and then by what takes longer than a second: throws StoppedByUser if the user wants to stop. In a
  /// step, only if it can be begun again, from any thread. Between stages all ranks call it alike.
  void pause();

 private:
  bool report(std::uint64_t done, std::uint64_t of, const std::string& note);
  void list_over(StateList& list);
  /// Whether the run goes on from a state within this stage, or after it.
  bool holds_stage(std::size_t number) const;

  const ProtocolRun& run_;
  std::uint64_t expected_, before_ = 0;     // steps: of all stages, of those that are over
  bool by_stage_ = false, within_ = false;  // a stage
  Progress progress_;
  std::mutex last_mutex_;
  std::uint64_t last_done_ = 0, last_of_ = 1;  // what was reported last
  std::deque<SavedState> over_;                // of every stage that is over
};

}  // namespace spikeloom::experiments
