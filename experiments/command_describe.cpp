/// `spikeloom describe`: models, modules, protocols, rules and the language, from the catalogues.
#include <fmt/format.h>

#include <memory>

#include "experiments/commands.hpp"
#include "io/describe.hpp"
#include "io/spelling.hpp"

namespace spikeloom::experiments {

void add_describe(CLI::App& app, int& exit_code) {
  auto name = std::make_shared<std::string>();
  auto* command = app.add_subcommand(
      "describe", "Describe a model, module, protocol, connection rule, or units, distributions, connect, record");
  command->add_option("name", *name, "what to describe; all names are listed without one");
  command->footer("Examples:\n  spikeloom describe\n  spikeloom describe lif_psc_exp\n  spikeloom describe units");
  command->callback([name, &exit_code] {
    if (name->empty()) return fmt::print("{}", io::describe_all());
    if (const auto text = io::describe(*name)) return fmt::print("{}", *text);
    fmt::print(stderr, "describe: nothing is called '{}'\n    {}\n", *name, io::suggestion(*name, io::describable()));
    exit_code = usage;
  });
}

}  // namespace spikeloom::experiments
