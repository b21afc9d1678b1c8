/// Reads populations and projections: structure, kinds, units and ranges. What ties several of them together is
/// checked afterwards (io/check_experiment.hpp).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "io/yaml/map_reader.hpp"
#include "networks/spec.hpp"

namespace spikeloom::io::yaml {

/// A network under construction. A population whose model is unknown keeps an empty model name.
struct NetworkDraft {
  bool is_readable = false;  // else references into it are not checked
  NetworkSpec network;
  std::vector<std::string> projection_paths;              // in the file, of every projection of the network
  std::map<std::string, std::size_t, std::less<>> index;  // population name -> index

  const PopulationSpec* population(std::string_view name) const;
};

/// Values of parameters, by kind.
struct ReadArguments {
  std::map<std::string, Value> numbers;
  std::map<std::string, std::vector<double>> lists;
  std::map<std::string, std::string> texts;
  std::map<std::string, std::vector<std::string>> words;
};

/// How many neurons values are for: unknown if the size is wrong; `single` where only one number makes sense.
struct NeuronCount {
  std::optional<std::uint32_t> count = {};
  bool single = false;
};

/// Reads a map of parameters against their table. `owner` is named in messages ("lif_psc_exp").
ReadArguments read_params(const Located& at, const std::vector<ParamInfo>& infos, std::string_view owner,
                          const NeuronCount& neurons, Reading& reading);

void read_populations(const Located& at, NetworkDraft& draft, Reading& reading);

/// Needs the populations.
void read_projections(const Located& at, NetworkDraft& draft, Reading& reading);

/// Names of populations given as one name, a list, or `all`; unknown ones are reported.
std::vector<std::string> read_population_names(const Located& at, const NetworkDraft& draft, Reading& reading);

std::vector<std::string> population_names(const NetworkDraft& draft);
std::vector<std::string> model_names();

}  // namespace spikeloom::io::yaml
