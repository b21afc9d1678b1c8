/// From the experiment to the header, and the header to HDF5 and back.
#include "io/run_header.hpp"

#include <fmt/format.h>
#include <unistd.h>
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>
#include <fstream>
#include <set>
#include <sstream>

#include "core/errors.hpp"
#include "core/version.hpp"
#include "io/experiment_file.hpp"
#include "networks/network_ids.hpp"
#include "networks/protocol.hpp"

namespace spikeloom::io {
namespace {

PopulationId index_of(const NetworkSpec& network, const std::string& name, const std::string& path) {
  for (std::size_t i = 0; i < network.populations.size(); ++i)
    if (network.populations[i].name == name) return static_cast<PopulationId>(i);
  throw SpecError(path, "unknown population '" + name + "'");
}

std::string date_now() {
  const auto now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &utc);
  return text.data();
}

std::string host_name() {
  std::array<char, 256> text{};
  return ::gethostname(text.data(), text.size() - 1) == 0 ? text.data() : "unknown";
}

std::string command_line() {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(file)), {});
  if (!text.empty()) text.pop_back();
  std::replace(text.begin(), text.end(), '\0', ' ');
  return text;
}

std::string hdf5_version() {
  const hdf5::Lock lock;
  unsigned major = 0, minor = 0, release = 0;
  H5get_libversion(&major, &minor, &release);
  return fmt::format("{}.{}.{}", major, minor, release);
}

std::map<std::string, std::string> provenance_now(const ExperimentSpec& experiment) {
  return {{"experiment", experiment.source_text},
          {"version", std::string(version())},
          {"commit", std::string(commit())},
          {"compiler", std::string(compiler())},
          {"build_flags", std::string(build_flags())},
          {"hdf5", hdf5_version()},
          {"host", host_name()},
          {"date", date_now()},
          {"command_line", command_line()}};
}

/// "" of what only looks like a run, the table of a sweep.
std::string fingerprint_of(const ExperimentSpec& experiment) {
  if (experiment.protocol && !find_protocol(experiment.protocol->name)) return "";
  auto text = expand_experiment(experiment);
  if (text.starts_with('#')) text.erase(0, text.find('\n') + 1);  // the module that the network was written out from
  return fmt::format("{:016x}", XXH3_64bits(text.data(), text.size()));
}

TraceHeader make_trace(const Probe& probe, const NetworkSpec& network) {
  const auto& population = network.populations.at(probe.population);
  const auto* model = find_model(population.model);
  if (!model || probe.variable < 0 || probe.variable >= static_cast<int>(model->variables.size()))
    throw SpecError("record." + probe.name, "model '" + population.model + "' has no such variable");
  const auto& variable = model->variables[static_cast<std::size_t>(probe.variable)];
  return {.name = probe.name,
          .variable = variable.name,
          .unit = variable.unit.empty() ? "1" : variable.unit,
          .population = probe.population,
          .neurons = {probe.neurons.begin(), probe.neurons.end()},
          .every = probe.every};
}

/// The first rate of a population has its name, a further one with another bin "exc_bin_5".
RateHeader make_rate(const RateRecord& record, const ExperimentSpec& experiment, std::set<std::string>& taken) {
  const auto population = index_of(experiment.network, record.population, "record.rates");
  const double steps = std::round(record.bin / experiment.resolution);
  if (!(steps >= 1) || std::abs(steps * experiment.resolution - record.bin) > 1e-6 * experiment.resolution)
    throw SpecError("record.rates." + record.population,
                    fmt::format("bin {} ms is not a whole number of steps of {} ms", record.bin, experiment.resolution),
                    "choose a multiple of the resolution");
  auto group = record.population;
  if (!taken.insert(group).second) taken.insert(group = fmt::format("{}_bin_{}", record.population, record.bin));
  return {group, population, static_cast<Step>(steps)};
}

ModulatorHeader make_modulator(const ModulatorRecord& record, const ExperimentSpec& experiment) {
  const auto& all = experiment.network.modulators;
  const auto found = std::ranges::find(all, record.modulator, &ModulatorSpec::name);
  if (found == all.end()) throw SpecError("record.modulators", "unknown modulator '" + record.modulator + "'");
  return {record.modulator, static_cast<std::size_t>(found - all.begin()),
          std::max<Step>(1, std::llround(record.every / experiment.resolution))};
}

void check_name(const std::string& name, const std::string& path) {
  if (name.empty() || name == "." || name == ".." ||
      name.find_first_of(std::string_view("/\0", 2)) != std::string::npos || name.size() > 200)
    throw SpecError(path, "'" + name + "' cannot be the name of a group in a results file",
                    "use letters, digits, '_', '-' and '.'");
}

template <class Struct, class Member>
auto column(const std::vector<Struct>& rows, Member member) {
  std::vector<std::remove_cvref_t<decltype(rows.front().*member)>> values;
  for (const auto& row : rows) values.push_back(row.*member);
  return values;
}

}  // namespace

PopulationId RunHeader::population_of(NeuronId neuron) const {
  return static_cast<PopulationId>(std::upper_bound(first_ids.begin(), first_ids.end(), neuron) - first_ids.begin() -
                                   1);
}

RunHeader make_header(const ExperimentSpec& experiment, const std::vector<Probe>& probes) {
  RunHeader header{.name = experiment.name,
                   .timing = experiment.timing == Timing::exact ? "exact" : "grid",
                   .module = experiment.module ? experiment.module->name : "",
                   .protocol = experiment.protocol ? experiment.protocol->name : "",
                   .resolution = experiment.resolution,
                   .seed = experiment.seed,
                   .first_ids = first_ids(experiment.network),
                   .provenance = provenance_now(experiment),
                   .fingerprint = fingerprint_of(experiment)};
  for (const auto& population : experiment.network.populations)
    header.populations.push_back({population.name, population.model, population.size.value_or(0)});
  for (const auto& population : header.populations) check_name(population.name, "populations." + population.name);
  for (const auto& probe : probes) check_name(probe.name, "record." + probe.name);
  header.spikes_recorded.resize(header.populations.size());
  for (const auto& record : experiment.record.spikes)
    header.spikes_recorded[index_of(experiment.network, record.population, "record.spikes")] = 1;
  for (const auto& probe : probes) header.traces.push_back(make_trace(probe, experiment.network));
  std::set<std::string> taken;
  for (const auto& record : experiment.record.rates) header.rates.push_back(make_rate(record, experiment, taken));
  for (const auto& record : experiment.record.modulators)
    header.modulators.push_back(make_modulator(record, experiment));
  for (const auto& modulator : header.modulators) check_name(modulator.name, "modulators." + modulator.name);
  return header;
}

void write_simulation(hdf5::Writer& file, const RunHeader& header) {
  file.group("/simulation");
  file.attribute("/simulation", "experiment", header.name);
  file.attribute("/simulation", "timing", header.timing);
  if (!header.module.empty()) file.attribute("/simulation", "module", header.module);
  if (!header.protocol.empty()) file.attribute("/simulation", "protocol", header.protocol);
  file.attribute("/simulation", "resolution", header.resolution);
  file.attribute("/simulation", "seed", header.seed);
  file.group("/populations");
  file.texts("/populations/name", column(header.populations, &PopulationInfo::name));
  file.texts("/populations/model", column(header.populations, &PopulationInfo::model));
  file.dataset("/populations/size", column(header.populations, &PopulationInfo::size));
}

void write_header(hdf5::Writer& file, const RunHeader& header) {
  write_simulation(file, header);
  file.attribute("/simulation", "fingerprint", header.fingerprint);
  file.dataset("/populations/spikes_recorded", header.spikes_recorded);
  file.group("/traces");
  for (std::size_t i = 0; i < header.traces.size(); ++i) {
    const auto& trace = header.traces[i];
    const auto path = fmt::format("/traces/{:06}", i);
    file.group(path);
    file.attribute(path, "name", trace.name);
    file.attribute(path, "variable", trace.variable);
    file.attribute(path, "unit", trace.unit);
    file.attribute(path, "population", static_cast<std::int64_t>(trace.population));
    file.attribute(path, "every", trace.every);
    file.dataset(path + "/neurons", trace.neurons);
  }
  file.group("/rates");
  for (std::size_t i = 0; i < header.rates.size(); ++i) {
    const auto path = fmt::format("/rates/{:06}", i);
    file.group(path);
    file.attribute(path, "group", header.rates[i].group);
    file.attribute(path, "population", static_cast<std::int64_t>(header.rates[i].population));
    file.attribute(path, "bin", header.rates[i].bin);
  }
  file.group("/modulators");
  for (std::size_t i = 0; i < header.modulators.size(); ++i) {
    const auto path = fmt::format("/modulators/{:06}", i);
    file.group(path);
    file.attribute(path, "name", header.modulators[i].name);
    file.attribute(path, "modulator", static_cast<std::int64_t>(header.modulators[i].modulator));
    file.attribute(path, "every", header.modulators[i].every);
  }
  write_provenance(file, header.provenance);
}

RunHeader read_header(const hdf5::Reader& file) {
  const auto text = [&](const std::string& path, const char* name) {
    return file.text_attribute(path, name).value_or("");
  };
  const auto integer = [&](const std::string& path, const char* name) {
    const auto value = file.integer_attribute(path, name);
    if (!value) file.fail(path, std::string("the attribute '") + name + "' is missing");
    return *value;
  };
  RunHeader header{.name = text("/simulation", "experiment"),
                   .timing = text("/simulation", "timing"),
                   .module = text("/simulation", "module"),
                   .protocol = text("/simulation", "protocol"),
                   .resolution = file.number_attribute("/simulation", "resolution").value_or(0),
                   .seed = file.unsigned_attribute("/simulation", "seed").value_or(0),
                   .spikes_recorded = file.read<std::uint8_t>("/populations/spikes_recorded"),
                   .provenance = read_provenance(file),
                   .fingerprint = text("/simulation", "fingerprint")};
  const auto names = file.texts("/populations/name"), models = file.texts("/populations/model");
  const auto sizes = file.read<std::uint64_t>("/populations/size");
  for (std::size_t i = 0; i < names.size(); ++i) {
    header.populations.push_back({names[i], models.at(i), sizes.at(i)});
    header.first_ids.push_back(header.first_ids.back() + static_cast<NeuronId>(sizes[i]));
  }
  for (const auto& name : file.members("/traces")) {
    const auto path = "/traces/" + name;
    header.traces.push_back({.name = text(path, "name"),
                             .variable = text(path, "variable"),
                             .unit = text(path, "unit"),
                             .population = static_cast<PopulationId>(integer(path, "population")),
                             .neurons = file.read<std::uint64_t>(path + "/neurons"),
                             .every = integer(path, "every")});
  }
  for (const auto& name : file.members("/rates")) {
    const auto path = "/rates/" + name;
    header.rates.push_back(
        {text(path, "group"), static_cast<PopulationId>(integer(path, "population")), integer(path, "bin")});
  }
  for (const auto& name : file.members("/modulators")) {
    const auto path = "/modulators/" + name;
    header.modulators.push_back(
        {text(path, "name"), static_cast<std::size_t>(integer(path, "modulator")), integer(path, "every")});
  }
  return header;
}

void write_provenance(hdf5::Writer& file, const std::map<std::string, std::string>& provenance) {
  file.group("/provenance");
  for (const auto& [name, value] : provenance) file.text("/provenance/" + name, value);
}

std::map<std::string, std::string> read_provenance(const hdf5::Reader& file) {
  std::map<std::string, std::string> provenance;
  for (const auto& name : file.members("/provenance")) {
    const auto texts = file.texts("/provenance/" + name);
    provenance[name] = texts.empty() ? "" : texts.front();
  }
  return provenance;
}

}  // namespace spikeloom::io
