/// `spikeloom schema`: the language as JSON Schema, for editors.
#include <fmt/format.h>

#include "experiments/commands.hpp"
#include "io/experiment_file.hpp"

namespace spikeloom::experiments {

void add_schema(CLI::App& app, int&) {
  auto* command =
      app.add_subcommand("schema", "Print a JSON Schema of the experiment language, so that editors complete keys");
  command->footer(
      "Example:\n  spikeloom schema > experiment.schema.json\n"
      "and as first line of an experiment\n  # yaml-language-server: $schema=experiment.schema.json");
  command->callback([] { fmt::print("{}", io::experiment_schema()); });
}

}  // namespace spikeloom::experiments
