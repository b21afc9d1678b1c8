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

template <class Data>
const Data& part_of(const Split<Data>& split, const std::string& part) {
  if (part == "train") return split.train;
  return part == "validation" ? split.validation : split.test;
}

/// A sample of a training as a network, and what the learner itself makes of it.
struct Exported {
  std::int32_t label = 0;
  std::optional<ExperimentSpec> network;
  std::vector<Learner::Raster> rasters;
};

/// `describe(learner, sample)` fills in network and rasters.
template <class Data, class Describe>
Exported exported(const ExportOptions& options, const ExperimentSpec& experiment, const io::ResultsFile& results,
                  const Split<Data>& split, LearningProblem (*problem_of)(const Data&), Describe describe) {
  const auto& data = part_of(split, options.part);
  if (options.sample >= data.size())
    throw SpecError("--sample", fmt::format("there are only {} {} samples", data.size(), options.part),
                    "choose a lower number");
  const auto learner =
      find_learner(experiment.module->name)->make(experiment.module->arguments, problem_of(data), experiment.seed);
  load_arrays(*learner, results.protocol_data().arrays, options.results);
  Exported result{.label = data.label(options.sample), .network = {}, .rasters = {}};
  describe(*learner, data[options.sample], result);
  return result;
}

LearningProblem problem_of_spikes(const SpikeData& data) { return {data.units(), data.classes(), data.duration()}; }
LearningProblem problem_of_values(const DenseData& data) {
  return {.inputs = static_cast<std::uint32_t>(data.shape().size()), .classes = data.classes(), .shape = data.shape()};
}

Exported export_sample(const ExportOptions& options, const ExperimentSpec& experiment, const io::ResultsFile& results) {
  const auto* protocol = experiment.protocol ? find_protocol(experiment.protocol->name) : nullptr;
  const auto* learner = experiment.module ? find_learner(experiment.module->name) : nullptr;
  if (learner && protocol && protocol->samples)
    return exported(options, experiment, results, protocol->samples(experiment, options.data), problem_of_spikes,
                    [&](Learner& trained, const SpikeSample& sample, Exported& result) {
                      result.network = trained.as_network(sample, options.resolution);
                      if (result.network) result.rasters = trained.rasters(sample);
                    });
  if (learner && protocol && protocol->dense_samples) {
    if (options.resolution > 0)
      throw SpecError("--resolution", "is for networks that were trained at exact times", "leave it out");
    return exported(options, experiment, results, protocol->dense_samples(experiment, options.data), problem_of_values,
                    [](Learner& trained, std::span<const float> sample, Exported& result) {
                      result.network = trained.network_of_values(sample);
                      if (result.network) result.rasters = trained.rasters_of_values(sample);
                    });
  }
  throw SpecError("protocol", "these are not the results of a training of a network that spikes",
                  "export results of a training protocol, for example yin_yang");
}

void export_network(const ExportOptions& options) {
  const io::ResultsFile results(options.results);
  const auto experiment = io::parse_experiment(results.provenance().at("experiment"), options.results);
  auto result = export_sample(options, experiment, results);
  if (!result.network)
    throw SpecError("module", fmt::format("{} has no form in the engine", experiment.module->name),
                    "export a network of spiking neurons, for example eventprop_network");
  result.network->name = experiment.name + "_trained";
  fmt::print("# {} {} of {}, class {}, through the network that training left in {}\n", options.part, options.sample,
             experiment.name, result.label, options.results);
  for (const auto& raster : result.rasters)
    fmt::print("# the trainer itself has {} spikes of {}\n", raster.times.size(), raster.population);
  fmt::print("{}", io::expand_experiment(*result.network));
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
