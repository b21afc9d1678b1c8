/// The command line: one subcommand per file, errors worded and turned into exit codes in one place.
#include <CLI/CLI.hpp>

#include <csignal>
#include <cstdio>
#include <exception>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>

#include "core/cpu_check.hpp"
#include "core/errors.hpp"
#include "core/version.hpp"
#include "experiments/commands.hpp"
#include "experiments/process_ranks.hpp"

namespace {

using namespace spikeloom::experiments;

constexpr const char* examples =
    "Examples:\n"
    "  spikeloom run experiments/brunel.yaml                 run it; results and report in results/brunel\n"
    "  spikeloom run net.yaml --set projections[1].weight='-0.5 mV' --threads 4\n"
    "  spikeloom validate net.yaml                           check an experiment without running it\n"
    "  spikeloom describe lif_psc_exp                        equations, parameters, units, defaults\n"
    "  spikeloom resume results/brunel                       go on with a run that was stopped or killed\n"
    "  spikeloom status results/*                            how runs stand\n"
    "  spikeloom merge results/brunel                        read what a killed run has recorded\n"
    "  spikeloom report results/brunel                       write report.html again\n";

/// Also what makes the linker take core/cpu_check, which looks at the processor before anything else runs.
std::string version_text() {
  using namespace spikeloom;
  std::string text = "spikeloom ";
  text.append(version()).append(" (").append(commit()).append(", ").append(compiler()).append(", ");
  text.append(build_flags()).append(")\nneeds a processor with ");
  return text.append(cpu_feature_names(compiled_cpu_features()));
}

int report_error(const char* what, int exit_code) {
  if (!process_ranks().is_alone()) end_ranks(exit_code, what);
  std::fprintf(stderr, "%s\n", what);
  return exit_code;
}

/// Commands that several ranks carry out together; of others, processes know nothing of each other.
bool is_for_ranks(int argc, char** argv) {
  const std::string_view command = argc > 1 ? argv[1] : "";
  return command == "run" || command == "resume";
}

int carry_out(int argc, char** argv) {
  CLI::App app("spikeloom: event-driven simulation of spiking networks and local learning");
  app.set_version_flag("--version", version_text());
  app.require_subcommand(1);
  app.get_formatter()->column_width(36);
  app.set_help_flag("-h,--help", "print this help and exit");
  app.description(std::string("spikeloom: event-driven simulation of spiking networks and local learning\n\n") +
                  examples);

  int exit_code = done;
  add_run(app, exit_code);
  add_resume(app, exit_code);
  add_status(app, exit_code);
  add_check(app, exit_code);
  add_merge(app, exit_code);
  add_validate(app, exit_code);
  add_expand(app, exit_code);
  add_describe(app, exit_code);
  add_schema(app, exit_code);
  add_graph(app, exit_code);
  add_info(app, exit_code);
  add_diff(app, exit_code);
  add_report(app, exit_code);
  add_bench(app, exit_code);
  add_selftest(app, exit_code);
  add_export(app, exit_code);
  add_sweep(app, exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (!process_ranks().is_first()) return done;  // the first rank says it
    return app.exit(error) == 0 ? done : usage;
  }
  return exit_code;
}

constexpr const char* out_of_memory = "out of memory\n    use a smaller network, or a machine with more memory";

}  // namespace

int main(int argc, char** argv) try {
  std::signal(SIGXFSZ, SIG_IGN);  // a file size limit becomes an I/O error with words instead of a silent death
  if (is_for_ranks(argc, argv)) connect_ranks(argc, argv);
  const int exit_code = carry_out(argc, argv);
  process_ranks().finish();
  return exit_code;
} catch (const spikeloom::RankFailure& failure) {
  end_ranks(failure);
} catch (const spikeloom::SpecError& error) {
  return report_error(error.what(), bad_experiment);
} catch (const spikeloom::FileError& error) {
  return report_error(error.what(), missing_input);
} catch (const spikeloom::RunError& error) {
  return report_error(error.what(), io_failure);
} catch (const std::bad_alloc&) {
  return report_error(out_of_memory, io_failure);
} catch (const std::length_error&) {  // so many numbers that they have no addresses
  return report_error(out_of_memory, io_failure);
} catch (const std::exception& error) {
  const auto text =
      std::string("internal error: ") + error.what() + "\n    please report this with the experiment that caused it";
  return report_error(text.c_str(), 70);
}
