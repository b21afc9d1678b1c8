/// `spikeloom status`: how runs stand, and how to go on.
#include <fmt/format.h>

#include "experiments/commands.hpp"
#include "experiments/each_run.hpp"
#include "io/run_status.hpp"

namespace spikeloom::experiments {
namespace {

int print_status(const std::string& directory) {
  const auto status = io::run_status(directory);
  fmt::print("{}: {}", directory, status.state);
  if (status.recorded_ms > 0) fmt::print(", {:g} ms recorded", status.recorded_ms);
  if (status.state != "done" && status.duration_ms > 0) fmt::print(" of {:g} ms", status.duration_ms);
  if (status.checkpoint_ms) fmt::print(", checkpoint at {:g} ms", *status.checkpoint_ms);
  fmt::print("\n");
  if (status.state == "done" || status.state == "running") return done;
  if (status.has_checkpoint)
    fmt::print("    go on: spikeloom resume {}\n", directory);
  else
    fmt::print("    there is nothing to go on from; spikeloom merge {} makes readable what was recorded\n", directory);
  return done;
}

}  // namespace

void add_status(CLI::App& app, int& exit_code) {
  auto directories = std::make_shared<std::vector<std::string>>();
  auto* command = app.add_subcommand("status", "how runs stand: done, running, stopped or killed, and where");
  command->add_option("RESULTS", *directories, "results directories")->required();
  command->callback([directories, &exit_code] { exit_code = for_each_run(*directories, print_status); });
}

}  // namespace spikeloom::experiments
