/// One function per command of the command line, each in its own file command_<name>.cpp.
#pragma once

#include <CLI/CLI.hpp>

namespace spikeloom::experiments {

/// Exit codes (sysexits where one fits).
enum ExitCode : int {
  done = 0,
  usage = 2,
  bad_experiment = 65,
  missing_input = 66,
  io_failure = 74,
  stopped_early = 75
};

// Each adds its subcommand to the app. A callback that ends in anything but success sets `exit_code`; errors are thrown
// as SpecError (65), FileError (66) and RunError (74) and worded in one place, main().
void add_run(CLI::App& app, int& exit_code);
void add_validate(CLI::App& app, int& exit_code);
void add_expand(CLI::App& app, int& exit_code);
void add_describe(CLI::App& app, int& exit_code);
void add_schema(CLI::App& app, int& exit_code);
void add_graph(CLI::App& app, int& exit_code);
void add_info(CLI::App& app, int& exit_code);
void add_diff(CLI::App& app, int& exit_code);
void add_report(CLI::App& app, int& exit_code);
void add_bench(CLI::App& app, int& exit_code);
void add_selftest(CLI::App& app, int& exit_code);
void add_export(CLI::App& app, int& exit_code);
void add_sweep(CLI::App& app, int& exit_code);
void add_resume(CLI::App& app, int& exit_code);
void add_status(CLI::App& app, int& exit_code);
void add_check(CLI::App& app, int& exit_code);
void add_merge(CLI::App& app, int& exit_code);

}  // namespace spikeloom::experiments
