/// The multi-event expectation task: stationary probabilities, switches without notice, a grid of conditions, controls
/// (Yamada & Chao 2026).
#include <algorithm>

#include "experiments/protocols/meet_analysis.hpp"
#include "experiments/protocols/protocols.hpp"

namespace spikeloom::experiments {
namespace {

ProtocolOutcome run(const ProtocolRun& run) {
  const auto module = WhatWhenReservoir::params().read(run.experiment.module->arguments);
  const auto params = meet_params().read(run.experiment.protocol->arguments);
  const auto specs = plan_runs(params, module, run.experiment.seed);
  const auto results = carry_out(specs, run);

  ProtocolOutcome outcome;
  for (const auto& result : results) {
    outcome.trials += static_cast<std::uint64_t>(result.trials);
    outcome.stopped = outcome.stopped || !result.complete;
  }
  if (!run.ranks->is_first()) return outcome;
  outcome.simulated_ms = static_cast<double>(outcome.trials) * (module.settling + module.trial);
  write_tests(specs, results, run.output);
  if (!outcome.stopped) analyse(params, specs, results, run.output);
  return outcome;
}

}  // namespace

ProtocolInfo meet_protocol() {
  return {.name = "meet",
          .summary = "multi-event expectation task: what comes after a cue, and when (Yamada & Chao 2026)",
          .modules = {std::string(WhatWhenReservoir::name)},
          .params = meet_params().infos(),
          .run = run,
          .check = check_meet,
          .spans_ranks = true};
}

}  // namespace spikeloom::experiments
