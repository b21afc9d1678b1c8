/// `spikeloom diff`: whether two runs gave the same bits, and where they part.
#include <fmt/format.h>

#include "experiments/commands.hpp"
#include "io/compare.hpp"

namespace spikeloom::experiments {

void add_diff(CLI::App& app, int& exit_code) {
  constexpr int they_differ = 1;
  struct Options {
    std::string first, second;
  };
  auto options = std::make_shared<Options>();
  auto* command =
      app.add_subcommand("diff", "compare two results directories, provenance apart (exit code 1: they differ)");
  command->add_option("A", options->first, "results directory")->required();
  command->add_option("B", options->second, "results directory")->required();
  command->callback([options, &exit_code] {
    const auto differences = io::compare(io::ResultsFile(options->first), io::ResultsFile(options->second));
    if (differences.empty()) fmt::print("identical\n");
    for (const auto& difference : differences) fmt::print("{}\n", difference);
    exit_code = differences.empty() ? done : they_differ;
  });
}

}  // namespace spikeloom::experiments
