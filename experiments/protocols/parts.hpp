/// A protocol of several experiments, of which the user chooses some.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "experiments/protocols/stages.hpp"

namespace spikeloom::experiments {

struct ProtocolPart {
  std::string name;
  std::function<void()> run;
};

/// Runs the parts that are `chosen`, in the order of `parts`; each counts as a trial. What they compute by `stages` is
/// kept in checkpoints.
inline ProtocolOutcome run_parts(const ProtocolRun& run, Stages& stages, const std::vector<std::string>& chosen,
                                 const std::vector<ProtocolPart>& parts) try {
  ProtocolOutcome outcome;
  for (const auto& part : parts) {
    if (std::find(chosen.begin(), chosen.end(), part.name) == chosen.end()) continue;
    stages.tell([&](std::uint64_t done, std::uint64_t of, const std::string&) {
      return run.progress(outcome.trials, chosen.size(), fmt::format("{}, {} of {}", part.name, done, of));
    });
    part.run();
    ++outcome.trials;
    run.progress(outcome.trials, chosen.size(), part.name);
    if (outcome.trials < chosen.size()) stages.pause();
  }
  return outcome;
} catch (const StoppedByUser&) {
  return {.stopped = true};
}

}  // namespace spikeloom::experiments
