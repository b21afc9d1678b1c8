/// Predictions in words, and memory and disk as the kernel tells them.
#include "experiments/dry_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include "core/errors.hpp"
#include "networks/prediction.hpp"

namespace spikeloom::experiments {
namespace {

std::string gibibytes(std::uint64_t bytes) {
  const double mebibytes = static_cast<double>(bytes) / (1 << 20);
  return mebibytes < 1000 ? fmt::format("{:.3g} MiB", mebibytes) : fmt::format("{:.3g} GiB", mebibytes / 1024);
}

std::optional<std::uint64_t> number_in_file(const char* path) {
  std::ifstream file(path);
  std::uint64_t number = 0;
  return file >> number ? std::optional(number) : std::nullopt;
}

/// Bytes that new processes can have, as the kernel estimates it, within the limits of a container or job.
std::optional<std::uint64_t> available_memory() {
  std::ifstream file("/proc/meminfo");
  std::optional<std::uint64_t> available;
  for (std::string key, line; file >> key && std::getline(file, line);)
    if (key == "MemAvailable:") available = std::stoull(line) * 1024;
  const auto limit = number_in_file("/sys/fs/cgroup/memory.max");  // "max" is no number
  const auto used = number_in_file("/sys/fs/cgroup/memory.current");
  if (available && limit && used) available = std::min(*available, *limit - std::min(*limit, *used));
  return available;
}

/// The first folder on the way up that is there.
std::filesystem::path existing(std::filesystem::path path) {
  path = std::filesystem::absolute(path);
  while (!std::filesystem::exists(path) && path.has_relative_path()) path = path.parent_path();
  return path;
}

}  // namespace

void print_prediction(const ExperimentSpec& experiment, const DryRun& options) {
  const auto all = predict(experiment, options.ranks, options.threads, options.rate);
  const auto line = [](const char* name, const std::string& text) { fmt::print("  {:<14}{}\n", name, text); };
  fmt::print("{}: what {} of {} {} will need\n", experiment.name,
             options.ranks == 1 ? "one process" : fmt::format("{} ranks", options.ranks), options.threads,
             options.threads == 1 ? "thread" : "threads");
  line("neurons", fmt::format("{}", all.neurons));
  line("synapses", fmt::format("{}", all.synapses));
  line("memory", gibibytes(all.memory) + (options.ranks == 1 ? "" : " per rank"));
  line("building", fmt::format("{:.2g} s", all.build_seconds));
  line("running",
       fmt::format("{:.3g} s per second, if neurons fire at {:g} Hz (--rate)", all.real_time_factor(), options.rate));
  line("", fmt::format("delivery {:.2g}, neurons {:.2g}, spikes {:.2g}, exchange {:.2g}", all.delivery, all.updates,
                       all.lookup, all.exchange));
  line("results", fmt::format("{} of traces and weights, {} of spikes at most", gibibytes(all.recorded),
                              gibibytes(static_cast<std::uint64_t>(16 * static_cast<double>(all.neurons) *
                                                                   options.rate * experiment.duration / 1000))));
  fmt::print("costs were measured on one machine (docs/scaling.md): expect a factor of two, and ratios to be better\n");
}

void require_room(const ExperimentSpec& experiment, int ranks, int ranks_here, int threads,
                  const std::string& directory) {
  const auto need = predict(experiment, ranks, threads, 0);
  const auto memory = available_memory();
  const auto needed_here = need.memory * static_cast<std::uint64_t>(ranks_here);
  if (memory && needed_here > *memory)
    throw RunError(
        fmt::format("the network needs about {} of memory on this machine, which has {} left\n"
                    "    use a machine with more, more ranks on other machines (mpirun), or a smaller network; "
                    "--try-anyway runs it all the same",
                    gibibytes(needed_here), gibibytes(*memory)));
  std::error_code error;
  const auto disk = std::filesystem::space(existing(directory), error);
  if (!error && need.recorded > disk.available)
    throw RunError(
        fmt::format("{}: traces and weights will take about {}, and {} are left\n"
                    "    record fewer neurons, less often, or write to another disk with --out; "
                    "--try-anyway runs it all the same",
                    directory, gibibytes(need.recorded), gibibytes(disk.available)));
}

}  // namespace spikeloom::experiments
