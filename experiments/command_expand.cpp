/// `spikeloom expand`: the experiment with includes, defaults and modules carried out.
#include <fmt/format.h>

#include <memory>

#include "experiments/commands.hpp"
#include "io/experiment_file.hpp"

namespace spikeloom::experiments {

void add_expand(CLI::App& app, int&) {
  struct Options {
    std::string experiment;
    std::vector<std::string> sets;
  };
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("expand", "Print an experiment with modules expanded and defaults written out");
  command->add_option("experiment", options->experiment, "YAML file")->required();
  command->add_option("--set", options->sets, "path=value, replaces a value of the experiment; may be repeated")
      ->allow_extra_args(false);
  command->footer("Example:\n  spikeloom expand net.yaml > expanded.yaml");
  command->callback([options] {
    const auto experiment = io::read_experiment(options->experiment, options->sets);
    for (const auto& warning : experiment.warnings) fmt::print(stderr, "warning: {}\n", warning);
    fmt::print("{}", io::expand_experiment(experiment));
  });
}

}  // namespace spikeloom::experiments
