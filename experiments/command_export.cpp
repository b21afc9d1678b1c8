/// `spikeloom export`: what a training left behind, as an experiment for the engine.
#include <fmt/format.h>

#include <memory>

#include "core/errors.hpp"
#include "experiments/commands.hpp"
#include "io/experiment_file.hpp"
#include "io/results_file.hpp"
#include "networks/training/learner.hpp"

namespace spikeloom::experiments {
namespace {

struct ExportOptions {
  std::string results, data, part = "test";
  std::size_t sample = 0;
  double resolution = 0;
};

const SpikeData& part_of(const DataSplit& split, const std::string& part) {
  if (part == "train") return split.train;
  return part == "validation" ? split.validation : split.test;
}

void export_network(const ExportOptions& options) {
  const io::ResultsFile results(options.results);
  const auto experiment = io::parse_experiment(results.provenance().at("experiment"), options.results);
  const auto* learner_info = experiment.module ? find_learner(experiment.module->name) : nullptr;
  const auto* protocol = experiment.protocol ? find_protocol(experiment.protocol->name) : nullptr;
  if (!learner_info || !protocol || !protocol->samples)
    throw SpecError("protocol", "these are not the results of a training",
                    "export results of a training protocol, for example yin_yang");
  const auto split = protocol->samples(experiment, options.data);
  const auto& data = part_of(split, options.part);
  if (options.sample >= data.size())
    throw SpecError("--sample", fmt::format("there are only {} {} samples", data.size(), options.part),
                    "choose a lower number");
  const auto learner = learner_info->make(experiment.module->arguments, {data.units(), data.classes(), data.duration()},
                                          experiment.seed);
  load_arrays(*learner, results.protocol_data().arrays, options.results);
  auto network = learner->as_network(data[options.sample], options.resolution);
  if (!network)
    throw SpecError("module", fmt::format("{} has no form in the engine", experiment.module->name),
                    "export a network of spiking neurons, for example eventprop_network");
  network->name = experiment.name + "_trained";
  fmt::print("# {} {} of {}, class {}, through the network that training left in {}\n", options.part, options.sample,
             experiment.name, data[options.sample].label, options.results);
  for (const auto& raster : learner->rasters(data[options.sample]))
    fmt::print("# the trainer itself has {} spikes of {}\n", raster.times.size(), raster.population);
  fmt::print("{}", io::expand_experiment(*network));
}

}  // namespace

void add_export(CLI::App& app, int&) {
  auto options = std::make_shared<ExportOptions>();
  auto* command =
      app.add_subcommand("export", "print a trained network as an experiment, with one sample as its input");
  command->add_option("RESULTS", options->results, "results directory of a training")->required();
  command->add_option("--sample", options->sample, "number of the sample, from 0");
  command->add_option("--part", options->part, "of which part")->check(CLI::IsMember({"train", "validation", "test"}));
  command->add_option("--resolution", options->resolution, "time step in ms, for a network trained at exact times")
      ->check(CLI::PositiveNumber);
  command->add_option("--data", options->data,
                      "folder of data sets (default: $SPIKELOOM_DATA, ./data, ../shared/data)");
  command->footer("Example:\n  spikeloom export results/yinyang --sample 3 > sample.yaml && spikeloom run sample.yaml");
  command->callback([options] { export_network(*options); });
}

}  // namespace spikeloom::experiments
