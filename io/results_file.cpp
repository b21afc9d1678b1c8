/// Opening a results directory: small things at once, spikes and traces by range.
#include "io/results_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "core/errors.hpp"
#include "io/hdf5/reader.hpp"
#include "io/protocol_file.hpp"
#include "io/run_file.hpp"
#include "io/run_header.hpp"
#include "io/time_axis.hpp"

namespace spikeloom::io {
namespace {

/// One file of a trace.
struct TracePart {
  std::filesystem::path file;
  std::string data;  // path of the data set
  std::uint64_t first = 0, frames = 0;
};

struct Trace {
  ReportInfo info;
  std::vector<TracePart> parts;
};

std::filesystem::path directory_of(const std::filesystem::path& path) {
  if (std::filesystem::is_directory(path)) return path;
  return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

hdf5::Reader open_results(const std::filesystem::path& directory, const RunSummary& summary) {
  const auto file = directory / "results.h5";
  if (!std::filesystem::exists(file) && std::filesystem::exists(directory / "segments"))
    throw FileError(directory.string() +
                    ": this run is still going on or was killed\n    if it was killed, make its results readable with "
                    "`spikeloom merge " +
                    directory.string() + "`");
  if (!std::filesystem::exists(file))
    throw FileError(directory.string() +
                    ": holds no results.h5\n    give a directory that `spikeloom run` has written");
  for (const auto& known : summary.files) require_written(directory, summary, known.first);
  return hdf5::Reader::open(file);
}

RunSummary summary_of(const std::filesystem::path& directory) {
  if (std::filesystem::exists(directory / "run.json")) return read_run_file(directory);
  RunSummary summary;
  summary.state = "unknown";
  return summary;
}

/// Adds what one report file holds: the first file of a trace starts it, further parts extend it.
void add_part(const std::filesystem::path& path, const std::string& name, std::vector<Trace>& traces) {
  const auto file = hdf5::Reader::open(path);
  const auto populations = file.members("/report");
  if (populations.size() != 1)
    file.fail("/report", "holds " + std::to_string(populations.size()) + " populations where one is due");
  const auto group = "/report/" + populations.front(), mapping = group + "/mapping";
  const auto extent = file.extent(group + "/data");
  auto neurons = file.read<std::uint64_t>(mapping + "/node_ids");
  const auto time = file.read<double>(mapping + "/time");
  if (extent.size() != 2 || extent[1] != neurons.size())
    file.fail(group + "/data", "does not have one column per neuron");
  if (time.size() != 3) file.fail(mapping + "/time", "does not hold start, stop and step");
  if (traces.empty() || traces.back().info.name != name) {
    auto& info = traces.emplace_back().info;
    info.name = name;
    info.population = populations.front();
    info.variable = file.has_group("/native") ? file.text_attribute("/native", "variable").value_or("") : "";
    info.unit = file.text_attribute(group + "/data", "units").value_or("");
    info.neurons = std::move(neurons);
    info.start = time[0];
    info.every = time[2];
  }
  auto& trace = traces.back();
  trace.parts.push_back({path, group + "/data", trace.info.frames, extent[0]});
  trace.info.frames += extent[0];
}

std::vector<Trace> find_traces(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  if (std::filesystem::exists(folder))
    for (const auto& entry : std::filesystem::directory_iterator(folder))
      if (entry.path().extension() == ".h5" && !entry.path().filename().string().starts_with('.'))
        names.push_back(entry.path().stem());
  std::sort(names.begin(), names.end());
  const auto is_part = [&](const std::string& name) {
    const auto dot = name.rfind(".part");
    return dot != std::string::npos && std::binary_search(names.begin(), names.end(), name.substr(0, dot));
  };
  std::vector<Trace> traces;
  for (const auto& name : names) {
    if (is_part(name)) continue;
    add_part(folder / (name + ".h5"), name, traces);
    for (int part = 2; std::binary_search(names.begin(), names.end(), fmt::format("{}.part{}", name, part)); ++part)
      add_part(folder / fmt::format("{}.part{}.h5", name, part), name, traces);
  }
  return traces;
}

std::string need_text(const hdf5::Reader& file, const std::string& path, const char* name) {
  const auto value = file.text_attribute(path, name);
  if (!value)
    file.fail(path, std::string("the attribute '") + name + "' is missing", "this is not a results file of spikeloom");
  return *value;
}

}  // namespace

struct ResultsFile::Impl {
  explicit Impl(const std::filesystem::path& path)
      : directory(directory_of(path)), summary(summary_of(directory)), file(open_results(directory, summary)) {
    if (!file.has_group("/simulation") || !file.has_group("/populations"))
      file.fail("/", "holds no /simulation and /populations", "this is not a results file of spikeloom");
    name = need_text(file, "/simulation", "experiment");
    timing = need_text(file, "/simulation", "timing");
    resolution = file.number_attribute("/simulation", "resolution").value_or(0);
    duration = file.number_attribute("/simulation", "duration").value_or(0);
    seed = file.unsigned_attribute("/simulation", "seed").value_or(0);
    module = file.text_attribute("/simulation", "module").value_or("");
    protocol = file.text_attribute("/simulation", "protocol").value_or("");
    read_populations();
    data = read_protocol_data(file);
    if (file.has_group("/metrics"))
      for (const auto& metric : file.members("/metrics")) metrics[metric] = file.scalar<double>("/metrics/" + metric);
    if (file.has_group("/provenance")) provenance = read_provenance(file);
    for (auto& trace : find_traces(directory / "reports")) {
      reports.push_back(trace.info);
      parts.push_back(std::move(trace.parts));
    }
  }

  void read_populations() {
    const auto names = file.texts("/populations/name"), models = file.texts("/populations/model");
    const auto sizes = file.read<std::uint64_t>("/populations/size");
    totals = file.read<std::uint64_t>("/populations/spikes");
    if (models.size() != names.size() || sizes.size() != names.size() || totals.size() != names.size())
      file.fail("/populations", "its data sets differ in length", "the file is damaged");
    for (std::size_t i = 0; i < names.size(); ++i) populations.push_back({names[i], models[i], sizes[i]});
  }

  /// Ids below the size of the population, times in order.
  void check_spikes(const std::string& population, const PopulationSpikes& spikes) const {
    const auto path = "/spikes/" + population;
    const auto found =
        std::find_if(populations.begin(), populations.end(), [&](const auto& info) { return info.name == population; });
    const auto size = found == populations.end() ? 0 : found->size;
    for (const auto neuron : spikes.neurons)
      if (neuron >= size)
        file.fail(path + "/node_ids", fmt::format("id {} is not below {}, the size of the population", neuron, size),
                  "the file is damaged");
    if (!std::is_sorted(spikes.times.begin(), spikes.times.end()))
      file.fail(path + "/timestamps", "is not sorted", "the file is damaged");
  }

  std::filesystem::path directory;
  RunSummary summary;
  hdf5::Reader file;
  std::string name, timing, module, protocol;
  ProtocolData data;
  double resolution = 0, duration = 0;
  std::uint64_t seed = 0;
  std::vector<PopulationInfo> populations;
  std::vector<std::uint64_t> totals;
  std::map<std::string, double> metrics;
  std::map<std::string, std::string> provenance;
  std::vector<ReportInfo> reports;
  std::vector<std::vector<TracePart>> parts;  // per report
};

ResultsFile::ResultsFile(const std::filesystem::path& path) : impl_(std::make_unique<Impl>(path)) {}
ResultsFile::~ResultsFile() = default;
ResultsFile::ResultsFile(ResultsFile&&) noexcept = default;

const std::filesystem::path& ResultsFile::directory() const { return impl_->directory; }
const RunSummary& ResultsFile::summary() const { return impl_->summary; }
const std::string& ResultsFile::name() const { return impl_->name; }
const std::string& ResultsFile::module() const { return impl_->module; }
const std::string& ResultsFile::protocol() const { return impl_->protocol; }
const ProtocolData& ResultsFile::protocol_data() const { return impl_->data; }
const std::string& ResultsFile::timing() const { return impl_->timing; }
double ResultsFile::resolution() const { return impl_->resolution; }
double ResultsFile::duration() const { return impl_->duration; }
std::uint64_t ResultsFile::seed() const { return impl_->seed; }
const std::vector<PopulationInfo>& ResultsFile::populations() const { return impl_->populations; }
const std::vector<std::uint64_t>& ResultsFile::spike_totals() const { return impl_->totals; }
const std::map<std::string, double>& ResultsFile::metrics() const { return impl_->metrics; }
const std::map<std::string, std::string>& ResultsFile::provenance() const { return impl_->provenance; }
const std::vector<ReportInfo>& ResultsFile::reports() const { return impl_->reports; }

std::vector<std::string> ResultsFile::spike_populations() const {
  std::vector<std::string> names;
  for (const auto& population : impl_->populations)
    if (impl_->file.has_group("/spikes/" + population.name)) names.push_back(population.name);
  return names;
}

std::uint64_t ResultsFile::spike_count(const std::string& population) const {
  const auto path = "/spikes/" + population;
  const auto count = impl_->file.length(path + "/timestamps");
  if (impl_->file.length(path + "/node_ids") != count)
    impl_->file.fail(path, "its data sets differ in length", "the file is damaged");
  return count;
}

PopulationSpikes ResultsFile::spike_block(const std::string& population, std::uint64_t first,
                                          std::uint64_t count) const {
  const auto path = "/spikes/" + population;
  PopulationSpikes spikes{impl_->file.read_rows<double>(path + "/timestamps", first, count),
                          impl_->file.read_rows<std::uint64_t>(path + "/node_ids", first, count)};
  impl_->check_spikes(population, spikes);
  return spikes;
}

PopulationSpikes ResultsFile::spikes(const std::string& population, double begin, double end) const {
  const auto count = spike_count(population);
  const auto times = impl_->file.read<double>("/spikes/" + population + "/timestamps");
  if (!std::is_sorted(times.begin(), times.end()))
    impl_->file.fail("/spikes/" + population + "/timestamps", "is not sorted", "the file is damaged");
  const auto first = std::upper_bound(times.begin(), times.end(), begin),
             last = std::max(first, std::upper_bound(times.begin(), times.end(), end));
  if (static_cast<std::uint64_t>(last - first) == count) return spike_block(population, 0, count);
  return spike_block(population, static_cast<std::uint64_t>(first - times.begin()),
                     static_cast<std::uint64_t>(last - first));
}

std::vector<float> ResultsFile::frames(const ReportInfo& report, std::uint64_t first, std::uint64_t count) const {
  const auto found = std::find_if(impl_->reports.begin(), impl_->reports.end(),
                                  [&](const auto& info) { return info.name == report.name; });
  if (found == impl_->reports.end() || first > found->frames || count > found->frames - first)
    throw FileError((impl_->directory / "reports").string() + ": '" + report.name + "' has no such frames");
  std::vector<float> values;
  for (const auto& part : impl_->parts[static_cast<std::size_t>(found - impl_->reports.begin())]) {
    const auto begin = std::max(first, part.first), end = std::min(first + count, part.first + part.frames);
    if (begin >= end) continue;
    const auto rows = hdf5::Reader::open(part.file).read_rows<float>(part.data, begin - part.first, end - begin);
    values.insert(values.end(), rows.begin(), rows.end());
  }
  return values;
}

std::vector<RateSeries> ResultsFile::rates() const {
  const auto& file = impl_->file;
  std::vector<RateSeries> rates;
  if (!file.has_group("/rates")) return rates;
  for (const auto& group : file.members("/rates")) {
    const auto path = "/rates/" + group;
    rates.push_back({file.text_attribute(path, "population").value_or(group), file.scalar<double>(path + "/bin"),
                     file.read<double>(path + "/values")});
  }
  return rates;
}

std::vector<ModulatorInfo> ResultsFile::modulators() const {
  const auto& file = impl_->file;
  std::vector<ModulatorInfo> modulators;
  if (!file.has_group("/modulators")) return modulators;
  for (const auto& name : file.members("/modulators")) {
    const auto path = "/modulators/" + name;
    modulators.push_back({name, file.scalar<double>(path + "/every"), file.length(path + "/value")});
    if (file.length(path + "/raises") != modulators.back().samples)
      file.fail(path, "its data sets differ in length", "the file is damaged");
    if (!(modulators.back().every > 0)) file.fail(path + "/every", "must be positive", "the file is damaged");
  }
  return modulators;
}

ModulatorSamples ResultsFile::modulator_samples(const ModulatorInfo& info, std::uint64_t first,
                                                std::uint64_t count) const {
  const auto path = "/modulators/" + info.name;
  return {impl_->file.read_rows<double>(path + "/value", first, count),
          impl_->file.read_rows<std::uint64_t>(path + "/raises", first, count)};
}

std::vector<WeightInfo> ResultsFile::weight_tables() const {
  const auto& file = impl_->file;
  std::vector<WeightInfo> tables;
  if (!file.has_group("/weights")) return tables;
  for (const auto& projection : file.members("/weights"))
    for (const auto& time : file.members("/weights/" + projection)) {
      const auto path = "/weights/" + projection + "/" + time;
      tables.push_back({.projection = projection,
                        .from = file.text_attribute("/weights/" + projection, "from").value_or(""),
                        .to = file.text_attribute("/weights/" + projection, "to").value_or(""),
                        .unit = file.text_attribute(path + "/weight", "units").value_or(""),
                        .time = file.number_attribute(path, "time").value_or(0),
                        .synapses = file.length(path + "/weight")});
    }
  std::sort(tables.begin(), tables.end(), [](const auto& a, const auto& b) {
    return std::tie(a.projection, a.time) < std::tie(b.projection, b.time);
  });
  return tables;
}

WeightTable ResultsFile::weights(const WeightInfo& info) const {
  const auto path = fmt::format("/weights/{}/{}", info.projection, info.time);
  const auto& file = impl_->file;
  WeightTable table{.projection = info.projection,
                    .from = info.from,
                    .to = info.to,
                    .unit = info.unit,
                    .time = info.time,
                    .sources = file.read<std::uint32_t>(path + "/source"),
                    .targets = file.read<std::uint32_t>(path + "/target"),
                    .weights = file.read<float>(path + "/weight"),
                    .delays = file.read<float>(path + "/delay")};
  if (table.sources.size() != table.weights.size() || table.targets.size() != table.weights.size() ||
      table.delays.size() != table.weights.size())
    file.fail(path, "its data sets differ in length", "the file is damaged");
  return table;
}

std::vector<HashRow> ResultsFile::hashes() const {
  const auto& file = impl_->file;
  std::vector<HashRow> rows;
  if (!file.has_group("/hashes")) return rows;
  const auto words = file.texts("/hashes/variables");
  const auto steps = file.read<std::int64_t>("/hashes/step");
  const auto populations = file.read<std::uint32_t>("/hashes/population");
  const auto variables = file.read<std::uint64_t>("/hashes/variable"),
             hashes = file.read<std::uint64_t>("/hashes/hash");
  if (populations.size() != steps.size() || variables.size() != steps.size() || hashes.size() != steps.size())
    file.fail("/hashes", "its data sets differ in length", "the file is damaged");
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (variables[i] >= words.size())
      file.fail("/hashes/variable", "names a variable that there is not", "the file is damaged");
    rows.push_back({steps[i], populations[i], words[variables[i]], hashes[i]});
  }
  return rows;
}

}  // namespace spikeloom::io
