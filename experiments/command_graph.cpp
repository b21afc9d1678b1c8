/// `spikeloom graph`: the task graph of an experiment as Graphviz DOT.
#include <fmt/format.h>

#include "core/errors.hpp"
#include "experiments/commands.hpp"
#include "experiments/simulate.hpp"
#include "io/experiment_file.hpp"

namespace spikeloom::experiments {

void add_graph(CLI::App& app, int& exit_code) {
  struct Options {
    std::string experiment;
    std::vector<std::string> sets;
    int threads = 0;
  };
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("graph", "print the task graph as DOT (render with `dot -Tsvg`)");
  command->add_option("EXPERIMENT", options->experiment, "YAML file")->required();
  command->add_option("--set", options->sets, "path=value: change the experiment")->allow_extra_args(false);
  command->add_option("--threads", options->threads, "threads that the partitions are cut for")
      ->check(CLI::Range(1, 4096));
  command->callback([options, &exit_code] {
    const auto experiment = io::read_experiment(options->experiment, options->sets);
    if (experiment.protocol)
      throw SpecError("module", experiment.module->name + " is a dense module and has no task graph",
                      "give an experiment with populations or a spiking module");
    const int threads = options->threads > 0 ? options->threads : available_threads();
    fmt::print("{}", build(experiment, threads).engine->graph());
    exit_code = done;
  });
}

}  // namespace spikeloom::experiments
