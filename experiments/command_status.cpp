/// `spikeloom status` and `spikeloom check`: how runs stand, and whether their files are whole.
#include <fmt/format.h>

#include "experiments/commands.hpp"
#include "io/run_status.hpp"

namespace spikeloom::experiments {
namespace {

void print_status(const std::string& directory) {
  const auto status = io::run_status(directory);
  fmt::print("{}: {}", directory, status.state);
  if (status.recorded_ms > 0) fmt::print(", {:g} ms recorded", status.recorded_ms);
  if (status.state != "done" && status.duration_ms > 0) fmt::print(" of {:g} ms", status.duration_ms);
  if (status.checkpoint_ms) fmt::print(", checkpoint at {:g} ms", *status.checkpoint_ms);
  fmt::print("\n");
  if (status.state == "done" || status.state == "running") return;
  if (status.has_checkpoint)
    fmt::print("    go on: spikeloom resume {}\n", directory);
  else
    fmt::print("    there is nothing to go on from; spikeloom info --recover {} saves what was recorded\n", directory);
}

bool check(const std::string& directory, bool quiet) {
  const auto files = io::check_run(directory);
  std::size_t damaged = 0;
  for (const auto& file : files) {
    if (file.problem.empty()) continue;
    ++damaged;
    fmt::print("{}: damaged: {}\n", file.path.string(), file.problem);
  }
  if (!quiet || damaged > 0)
    fmt::print("{}: {} of {} files are whole\n", directory, files.size() - damaged, files.size());
  return damaged == 0;
}

}  // namespace

void add_status(CLI::App& app, int& exit_code) {
  auto directories = std::make_shared<std::vector<std::string>>();
  auto* command = app.add_subcommand("status", "how runs stand: done, running, stopped or killed, and where");
  command->add_option("RESULTS", *directories, "results directories")->required();
  command->callback([directories, &exit_code] {
    for (const auto& directory : *directories) print_status(directory);
    exit_code = done;
  });
}

void add_check(CLI::App& app, int& exit_code) {
  struct Options {
    std::vector<std::string> directories;
    bool quiet = false;
  };
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("check", "read every file of runs and say which are damaged (exit code 74)");
  command->add_option("RESULTS", options->directories, "results directories")->required();
  command->add_flag("--quiet", options->quiet, "name damaged files only");
  command->callback([options, &exit_code] {
    bool whole = true;
    for (const auto& directory : options->directories) whole = check(directory, options->quiet) && whole;
    exit_code = whole ? done : io_failure;
  });
}

}  // namespace spikeloom::experiments
