/// `spikeloom merge`: readable results of runs that died, without going on with them.
#include <fmt/format.h>

#include <filesystem>

#include "experiments/commands.hpp"
#include "experiments/each_run.hpp"
#include "io/report.hpp"
#include "io/results.hpp"
#include "io/run_status.hpp"

namespace spikeloom::experiments {
namespace {

int merge(const std::string& directory, bool no_report) {
  const auto merged = io::merge_segments(directory);
  if (merged.is_new && !no_report) io::write_report(directory, directory + "/report.html");
  const auto status = io::run_status(directory);
  const auto what = status.recorded_ms > 0 ? fmt::format("{:g} ms", status.recorded_ms) : "what it had finished";
  fmt::print("{0}: {1}; {0}/results.h5 {2} {3}\n", directory, status.state,
             merged.is_new ? "now holds" : "held already", what);
  if (merged.left_out > 0)
    fmt::print("    without {} files that are damaged or come after one that is: spikeloom check {}\n", merged.left_out,
               directory);
  if (status.state != "done" && status.has_checkpoint) fmt::print("    go on: spikeloom resume {}\n", directory);
  return merged.left_out == 0 ? done : io_failure;
}

}  // namespace

void add_merge(CLI::App& app, int& exit_code) {
  struct Options {
    std::vector<std::string> directories;
    bool no_report = false;
  };
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("merge", "make readable what runs have recorded that were killed or failed");
  command->add_option("RESULTS", options->directories, "results directories")->required();
  command->add_flag("--no-report", options->no_report, "do not write report.html");
  command->footer(
      "A run that has a checkpoint can be gone on with afterwards, as if it had not been merged.\n"
      "Exit code 74: a part was damaged, and the results end before it.");
  command->callback([options, &exit_code] {
    exit_code = for_each_run(options->directories,
                             [&](const std::string& directory) { return merge(directory, options->no_report); });
  });
}

}  // namespace spikeloom::experiments
