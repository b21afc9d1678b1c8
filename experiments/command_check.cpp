/// `spikeloom check`: whether the files of runs are whole.
#include <fmt/format.h>

#include "experiments/commands.hpp"
#include "experiments/each_run.hpp"
#include "io/run_status.hpp"

namespace spikeloom::experiments {
namespace {

int check(const std::string& directory, bool quiet) {
  const auto files = io::check_run(directory);
  std::size_t damaged = 0;
  for (const auto& file : files) {
    if (file.problem.empty()) continue;
    ++damaged;
    fmt::print("{}: damaged: {}\n", file.path.string(), file.problem);
  }
  if (!quiet || damaged > 0)
    fmt::print("{}: {} of {} files are whole\n", directory, files.size() - damaged, files.size());
  return damaged == 0 ? done : io_failure;
}

}  // namespace

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
    exit_code = for_each_run(options->directories,
                             [&](const std::string& directory) { return check(directory, options->quiet); });
  });
}

}  // namespace spikeloom::experiments
