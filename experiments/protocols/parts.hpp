/// A protocol of several experiments, of which the user chooses some.
#pragma once

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "networks/protocol.hpp"

namespace spikeloom::experiments {

struct ProtocolPart {
  std::string name;
  std::function<void()> run;
};

/// Runs the parts that are `chosen`, in the order of `parts`; each counts as a trial.
inline ProtocolOutcome run_parts(const ProtocolRun& run, const std::vector<std::string>& chosen,
                                 const std::vector<ProtocolPart>& parts) {
  ProtocolOutcome outcome;
  for (const auto& part : parts) {
    if (std::find(chosen.begin(), chosen.end(), part.name) == chosen.end()) continue;
    part.run();
    outcome.stopped = !run.progress(++outcome.trials, chosen.size(), part.name);
    if (outcome.stopped) break;
  }
  return outcome;
}

}  // namespace spikeloom::experiments
