/// `spikeloom validate`: checks an experiment without running it and says what it amounts to.
#include <fmt/format.h>

#include "experiments/commands.hpp"
#include "io/experiment_file.hpp"
#include "networks/build.hpp"

namespace spikeloom::experiments {
namespace {

void print_summary(const ExperimentSpec& experiment) {
  if (experiment.protocol) {
    fmt::print("{}: seed {}\nmodule       {}\nprotocol     {}\n", experiment.name, experiment.seed,
               experiment.module->name, experiment.protocol->name);
    return;
  }
  const auto& network = experiment.network;
  std::uint64_t neurons = 0;
  for (const auto& population : network.populations) neurons += population.size.value_or(0);
  fmt::print("{}: {:g} ms in steps of {:g} ms, seed {}\n", experiment.name, experiment.duration, experiment.resolution,
             experiment.seed);
  if (experiment.module) fmt::print("module       {}\n", experiment.module->name);
  fmt::print("populations  {}\n", network.populations.size());
  for (const auto& population : network.populations)
    fmt::print("  {:<20} {:<20} {}\n", population.name, population.model,
               population.size ? std::to_string(*population.size) : "one input per target neuron");
  fmt::print("neurons      {}\n", neurons);
  fmt::print("projections  {}\n", network.projections.size());
  fmt::print("synapses     {} expected\n", expected_synapses(experiment));
  const auto& record = experiment.record;
  fmt::print("records      {} spikes, {} states, {} rates, {} weights, {} modulators\n", record.spikes.size(),
             record.states.size(), record.rates.size(), record.weights.size(), record.modulators.size());
}

}  // namespace

void add_validate(CLI::App& app, int&) {
  struct Options {
    std::string experiment;
    std::vector<std::string> sets;
  };
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("validate", "Check an experiment without running it");
  command->add_option("experiment", options->experiment, "YAML file")->required();
  command->add_option("--set", options->sets, "path=value, replaces a value of the experiment; may be repeated")
      ->allow_extra_args(false);
  command->footer("Example:\n  spikeloom validate net.yaml --set populations.exc.size=100");
  command->callback([options] {
    const auto experiment = io::read_experiment(options->experiment, options->sets);
    for (const auto& warning : experiment.warnings) fmt::print(stderr, "warning: {}\n", warning);
    print_summary(experiment);
  });
}

}  // namespace spikeloom::experiments
