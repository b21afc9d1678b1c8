/// `spikeloom report`: results directories in, one HTML page for each out.
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "experiments/commands.hpp"
#include "io/report.hpp"

namespace spikeloom::experiments {

void add_report(CLI::App& app, int&) {
  struct Options {
    std::vector<std::string> directories;
    std::string out;
  };
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("report", "write the report of a run: one HTML page that needs no network");
  command->footer(
      "Examples:\n"
      "  spikeloom report results/brunel                    writes results/brunel/report.html\n"
      "  spikeloom report results/brunel --out brunel.html\n"
      "  spikeloom report results/*                         a page in every directory");
  command->add_option("DIR", options->directories, "results directory")->required();
  command->add_option("--out", options->out, "the page (default: DIR/report.html); only with one DIR");
  command->callback([options] {
    if (!options->out.empty() && options->directories.size() > 1)
      throw CLI::ValidationError("--out", "takes one DIR; without --out every page is written into its directory");
    for (const std::filesystem::path directory : options->directories) {
      const auto page = options->out.empty() ? directory / "report.html" : std::filesystem::path(options->out);
      io::write_report(directory, page);
      fmt::print("{}\n", page.string());
    }
  });
}

}  // namespace spikeloom::experiments
