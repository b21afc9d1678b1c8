/// Runs that are alone in their protocol, and what runs list.
#include "experiments/protocols/stepped_runs.hpp"

#include "experiments/protocols/stages.hpp"

namespace spikeloom::experiments {

std::vector<SavedColumn> SteppedRun::saved_state() {
  StateArchive archive;
  state(archive);
  return archive.take();
}

void SteppedRun::restore_state(std::vector<SavedColumn> columns) {
  StateArchive archive(std::move(columns));
  archive.enter("");
  state(archive);
  archive.finish();
}

void list(StateArchive& archive, const std::vector<StateArray>& arrays) {
  for (const auto& array : arrays) std::visit([&](auto values) { archive.column(array.name, values); }, array.values);
}

void list(StateArchive& archive, TrialTable& table) {
  for (auto& column : table.columns) archive.common_list(table.name + "." + column.name, column.values);
}

bool carry_out(std::span<const std::unique_ptr<SteppedRun>> runs, const ProtocolRun& run) try {
  Stages(run).carry_out(runs);
  return true;
} catch (const StoppedByUser&) {
  return false;
}

bool carry_out(SteppedRun& one, const ProtocolRun& run) try {
  Stages(run).carry_out(one);
  return true;
} catch (const StoppedByUser&) {
  return false;
}

std::uint64_t steps_of(std::span<const std::unique_ptr<SteppedRun>> runs) {
  std::uint64_t sum = 0;
  for (const auto& run : runs) sum += run->steps();
  return sum;
}

}  // namespace spikeloom::experiments
