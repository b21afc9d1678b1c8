/// results.h5 and the reports from the segments of a run.
#include "io/merge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "core/errors.hpp"
#include "io/durable_file.hpp"
#include "io/hashed_file.hpp"
#include "io/merge_columns.hpp"
#include "io/protocol_file.hpp"

namespace spikeloom::io {
namespace {

/// What the segments hold, found by one look at each before the pass over their data.
struct Inventory {
  std::vector<std::filesystem::path> segments = {};
  Step end = 0;
  std::vector<std::uint64_t> counts, recorded, frames, samples;  // per population, population, trace, modulator
  std::uint64_t hashes = 0;
  std::vector<std::string> variables = {};  // of hashes, in order of appearance
};

/// How many files of each kind have gone into the results; of a run that was not killed, all must.
class Account {
 public:
  Account(const SegmentStore& store, bool killed) : store_(store), killed_(killed) {}
  void used(const std::string& kind, std::size_t files) {
    const auto expected = store_.expected(kind);
    left_out_ += expected - files;
    if (!killed_ && files < expected)
      throw RunError(
          fmt::format("{}: {} {} of {} is missing or damaged, and the results would not be whole\n"
                      "    check the disk; `spikeloom merge` makes what comes before it readable",
                      store_.directory().string(), kind, files + 1, expected));
  }
  std::size_t left_out() const noexcept { return left_out_; }

 private:
  const SegmentStore& store_;
  bool killed_;
  std::size_t left_out_ = 0;
};

/// All blocks of one weight table.
struct TableBlocks {
  std::string projection, from, to, unit;
  double time = 0;
  std::uint64_t synapses = 0, stored = 0;
  std::vector<std::filesystem::path> files;
};

std::int64_t integer(const hdf5::Reader& file, const std::string& path, const std::string& name) {
  const auto value = file.integer_attribute(path, name);
  if (!value) file.fail(path, "the attribute '" + name + "' is missing");
  return *value;
}

std::vector<std::uint64_t> indices_of(std::vector<std::string>& known, const std::vector<std::string>& words) {
  std::vector<std::uint64_t> indices;
  for (const auto& word : words) {
    const auto found = std::find(known.begin(), known.end(), word);
    indices.push_back(static_cast<std::uint64_t>(found - known.begin()));
    if (found == known.end()) known.push_back(word);
  }
  return indices;
}

/// Segments up to the first that is missing, damaged or leaves a gap: what follows is no prefix of the run.
Inventory take_inventory(const SegmentStore& store, const RunHeader& header) {
  Inventory inventory{.counts = std::vector<std::uint64_t>(header.populations.size()),
                      .recorded = std::vector<std::uint64_t>(header.populations.size()),
                      .frames = std::vector<std::uint64_t>(header.traces.size()),
                      .samples = std::vector<std::uint64_t>(header.modulators.size())};
  for (const auto& path : store.list("segment")) {
    const auto file = open_hashed(path);
    if (!file || integer(*file, "/", "begin") != inventory.end) break;
    inventory.segments.push_back(path);
    inventory.end = integer(*file, "/", "end");
    const auto counts = file->read<std::uint64_t>("/counts");
    for (std::size_t i = 0; i < counts.size(); ++i) {
      inventory.counts[i] += counts[i];
      const auto ids = "/spikes/" + header.populations[i].name + "/node_ids";
      if (file->has_dataset(ids)) inventory.recorded[i] += file->length(ids);
    }
    for (std::size_t i = 0; i < header.traces.size(); ++i)
      if (const auto frames = "/frames/" + header.traces[i].name; file->has_dataset(frames))
        inventory.frames[i] += static_cast<std::uint64_t>(integer(*file, frames, "frames"));
    for (std::size_t i = 0; i < header.modulators.size(); ++i)
      inventory.samples[i] += file->length("/modulators/" + header.modulators[i].name + "/value");
    if (!file->has_group("/hashes")) continue;
    inventory.hashes += file->length("/hashes/step");
    indices_of(inventory.variables, file->texts("/hashes/variable"));
  }
  return inventory;
}

/// The pass over all segments that writes results.h5 and the reports.
class Merge {
 public:
  Merge(const std::filesystem::path& directory, const RunHeader& header, const Inventory& inventory, bool killed,
        Account& account)
      : header_(header),
        inventory_(inventory),
        axis_(header.resolution),
        killed_(killed),
        account_(account),
        pending_(directory / "results.h5"),
        file_(hdf5::Writer::on_disk(pending_.path())) {
    create_sonata_spikes();
    create_traces(directory / "reports");
    create_modulators();
    create_hashes();
    rates_.resize(header.rates.size());
  }

  void run(const SegmentStore& store, RunSummary& summary) {
    for (const auto& path : inventory_.segments) {
      const auto segment = open_hashed(path);
      if (!segment)
        throw RunError(path.string() + ": changed while it was being read\n    check the disk, then merge again");
      add_spikes(*segment);
      add_traces(*segment);
      add_rates(*segment);
      add_modulators(*segment);
      add_hashes(*segment);
    }
    for (auto& merger : spikes_)
      if (merger) merger->finish();
    write_rates();
    write_weights(store);
    write_metrics(summary);
    write_protocol_items(store, summary);
    write_simulation(file_, header_);
    file_.attribute("/simulation", "duration", axis_.at(inventory_.end));
    file_.attribute("/simulation", "steps", inventory_.end);
    file_.dataset("/populations/spikes", inventory_.counts);
    auto provenance = header_.provenance;
    provenance["threads"] = std::to_string(summary.threads);
    write_provenance(file_, provenance);
    publish();
  }

 private:
  void create_sonata_spikes() {
    constexpr std::array<std::uint32_t, 2> sonata_version{0, 1};
    file_.attribute("/", "magic", std::uint32_t{0x0A7A});
    file_.attribute("/", "version", std::span<const std::uint32_t>(sonata_version));
    file_.group("/spikes");
    const StatisticsWindow window{.begin = 0, .end = axis_.at(inventory_.end)};
    for (std::size_t i = 0; i < header_.populations.size(); ++i) {
      spikes_.emplace_back();
      if (header_.spikes_recorded[i])
        spikes_.back().emplace(file_, header_.populations[i], inventory_.recorded[i], window);
    }
  }

  void create_traces(const std::filesystem::path& folder) {
    if (!header_.traces.empty()) create_directory_durably(folder);
    for (std::size_t i = 0; i < header_.traces.size(); ++i)
      traces_.emplace_back(folder, header_, header_.traces[i], inventory_.frames[i]);
  }

  void create_modulators() {
    if (!header_.modulators.empty()) file_.group("/modulators");
    for (std::size_t i = 0; i < header_.modulators.size(); ++i) {
      const auto path = "/modulators/" + header_.modulators[i].name;
      file_.group(path);
      file_.scalar(path + "/every", axis_.at(header_.modulators[i].every), "ms");
      modulators_.push_back({file_.rows<double>(path + "/value", inventory_.samples[i]),
                             file_.rows<std::uint64_t>(path + "/raises", inventory_.samples[i])});
    }
  }

  void create_hashes() {
    file_.group("/hashes");
    file_.texts("/hashes/variables", inventory_.variables);
    hash_step_ = file_.rows<std::int64_t>("/hashes/step", inventory_.hashes);
    hash_population_ = file_.rows<std::uint32_t>("/hashes/population", inventory_.hashes);
    hash_variable_ = file_.rows<std::uint64_t>("/hashes/variable", inventory_.hashes);
    hash_value_ = file_.rows<std::uint64_t>("/hashes/hash", inventory_.hashes);
  }

  void add_spikes(const hdf5::Reader& segment) {
    const auto end = axis_.at(integer(segment, "/", "end"));
    for (std::size_t i = 0; i < spikes_.size(); ++i) {
      const auto path = "/spikes/" + header_.populations[i].name;
      if (!spikes_[i] || !segment.has_group(path)) continue;
      spikes_[i]->add(segment.read<double>(path + "/timestamps"), segment.read<std::uint64_t>(path + "/node_ids"), end);
    }
  }

  void add_traces(const hdf5::Reader& segment) {
    for (std::size_t i = 0; i < traces_.size(); ++i)
      if (const auto path = "/frames/" + header_.traces[i].name; segment.has_dataset(path))
        traces_[i].add(segment.read<float>(path));
  }

  void add_rates(const hdf5::Reader& segment) {
    for (std::size_t i = 0; i < rates_.size(); ++i) {
      const auto path = "/rates/" + header_.rates[i].group;
      const auto bins = segment.read<std::uint64_t>(path + "/bins"),
                 spikes = segment.read<std::uint64_t>(path + "/spikes");
      for (std::size_t k = 0; k < bins.size(); ++k) {
        if (rates_[i].size() <= bins[k]) rates_[i].resize(bins[k] + 1);
        rates_[i][bins[k]] += spikes[k];
      }
    }
  }

  void add_modulators(const hdf5::Reader& segment) {
    for (std::size_t i = 0; i < modulators_.size(); ++i) {
      const auto path = "/modulators/" + header_.modulators[i].name;
      modulators_[i].value.append<double>(segment.read<double>(path + "/value"));
      modulators_[i].raises.append<std::uint64_t>(segment.read<std::uint64_t>(path + "/raises"));
    }
  }

  void add_hashes(const hdf5::Reader& segment) {
    if (!segment.has_group("/hashes")) return;
    hash_step_.append<std::int64_t>(segment.read<std::int64_t>("/hashes/step"));
    hash_population_.append<std::uint32_t>(segment.read<std::uint32_t>("/hashes/population"));
    hash_variable_.append<std::uint64_t>(indices_of(inventory_.variables, segment.texts("/hashes/variable")));
    hash_value_.append<std::uint64_t>(segment.read<std::uint64_t>("/hashes/hash"));
  }

  /// A last bin that the end cut short counts with the time it has; of a killed run it is left out.
  void write_rates() {
    file_.group("/rates");
    for (std::size_t i = 0; i < rates_.size(); ++i) {
      const auto& rate = header_.rates[i];
      const auto& population = header_.populations[rate.population];
      const auto whole = static_cast<std::uint64_t>(inventory_.end / rate.bin);
      const auto rest = static_cast<double>(inventory_.end % rate.bin);
      rates_[i].resize(whole + (rest > 0 && !killed_ ? 1 : 0));
      std::vector<double> values;
      for (std::size_t k = 0; k < rates_[i].size(); ++k) {
        const double steps = k < whole ? static_cast<double>(rate.bin) : rest;
        const double seconds = steps * header_.resolution * 1e-3 * static_cast<double>(population.size);
        values.push_back(seconds > 0 ? static_cast<double>(rates_[i][k]) / seconds : 0);
      }
      const auto path = "/rates/" + rate.group;
      file_.group(path);
      file_.attribute(path, "population", population.name);
      file_.scalar(path + "/bin", axis_.at(rate.bin), "ms");
      file_.dataset(path + "/values", values, "Hz");
    }
  }

  std::vector<TableBlocks> tables_of(const SegmentStore& store) {
    std::vector<TableBlocks> tables;
    std::size_t used = 0;
    for (const auto& path : store.list("weights")) {
      const auto file = open_hashed(path);
      if (!file) break;
      ++used;
      if (integer(*file, "/", "first") == 0)
        tables.push_back({.projection = file->text_attribute("/", "projection").value_or(""),
                          .from = file->text_attribute("/", "from").value_or(""),
                          .to = file->text_attribute("/", "to").value_or(""),
                          .unit = file->text_attribute("/", "unit").value_or(""),
                          .time = file->number_attribute("/", "time").value_or(0),
                          .synapses = static_cast<std::uint64_t>(integer(*file, "/", "synapses")),
                          .files = {}});
      if (tables.empty()) break;
      tables.back().stored += file->length("/weight");
      tables.back().files.push_back(path);
    }
    account_.used("weights", used);
    std::erase_if(tables, [](const auto& table) { return table.stored != table.synapses; });
    return tables;
  }

  void write_weights(const SegmentStore& store) {
    file_.group("/weights");
    std::set<std::string> groups;
    for (const auto& table : tables_of(store)) {
      const auto projection = "/weights/" + table.projection, path = fmt::format("{}/{}", projection, table.time);
      if (groups.insert(projection).second) {
        file_.group(projection);
        file_.attribute(projection, "from", table.from);
        file_.attribute(projection, "to", table.to);
      }
      if (!groups.insert(path).second) continue;  // the same table at the same time
      file_.group(path);
      file_.attribute(path, "time", table.time);
      auto source = file_.rows<std::uint32_t>(path + "/source", table.synapses),
           target = file_.rows<std::uint32_t>(path + "/target", table.synapses);
      auto weight = file_.rows<float>(path + "/weight", table.synapses, table.unit.empty() ? "1" : table.unit);
      auto delay = file_.rows<float>(path + "/delay", table.synapses, "ms");
      for (const auto& block : table.files) {
        const auto file = open_hashed(block);
        if (!file)
          throw RunError(block.string() + ": changed while it was being read\n    check the disk, then merge again");
        source.append<std::uint32_t>(file->read<std::uint32_t>("/source"));
        target.append<std::uint32_t>(file->read<std::uint32_t>("/target"));
        weight.append<float>(file->read<float>("/weight"));
        delay.append<float>(file->read<float>("/delay"));
      }
    }
  }

  void write_metrics(RunSummary& summary) {
    const double seconds = axis_.at(inventory_.end) * 1e-3;
    for (std::size_t i = 0; i < header_.populations.size(); ++i) {
      const auto& population = header_.populations[i];
      if (population.size == 0 || seconds <= 0) continue;
      summary.metrics["rate_" + population.name] =
          static_cast<double>(inventory_.counts[i]) / static_cast<double>(population.size) / seconds;
      if (!spikes_[i]) continue;
      const auto statistics = spikes_[i]->statistics();
      summary.metrics["cv_isi_" + population.name] = statistics.cv_isi;
      summary.metrics["correlation_" + population.name] = statistics.correlation;
      summary.metrics["fano_" + population.name] = statistics.fano;
      summary.metrics["silent_" + population.name] = statistics.silent;
    }
    file_.group("/metrics");
    if (!header_.protocol.empty()) return;  // its metrics are items; what it timed is for run.json alone
    for (const auto& [name, value] : summary.metrics) file_.scalar("/metrics/" + name, value);
  }

  void write_protocol_items(const SegmentStore& store, RunSummary& summary) {
    ProtocolWriter writer(file_, {"/metrics"});
    const auto write_all = [&](auto& items) {
      for (auto& item : items) writer.add(std::move(item));
    };
    std::size_t used = 0;
    for (const auto& path : store.list("protocol")) {
      const auto file = open_hashed(path);
      if (!file) break;
      ++used;
      auto data = read_protocol_data(*file);
      for (const auto& metric : data.metrics) summary.metrics[metric.name] = metric.value;
      write_all(data.tables), write_all(data.arrays), write_all(data.metrics), write_all(data.pictures);
      write_all(data.states);
    }
    account_.used("protocol", used);
  }

  void publish() {
    spikes_.clear();
    modulators_.clear();
    for (auto* rows : {&hash_step_, &hash_population_, &hash_variable_, &hash_value_}) *rows = {};
    file_.close();
    for (auto& trace : traces_) trace.finish();
    pending_.publish();
  }

  const RunHeader& header_;
  Inventory inventory_;
  TimeAxis axis_;
  bool killed_;
  Account& account_;
  PendingFile pending_;
  hdf5::Writer file_;
  std::vector<std::optional<SpikeMerger>> spikes_;
  std::vector<TraceMerger> traces_;
  std::vector<std::vector<std::uint64_t>> rates_;
  struct ModulatorRows {
    hdf5::RowWriter value, raises;
  };
  std::vector<ModulatorRows> modulators_;
  hdf5::RowWriter hash_step_, hash_population_, hash_variable_, hash_value_;
};

std::map<std::string, std::string> hashes_of(const std::filesystem::path& directory) {
  std::map<std::string, std::string> hashes{{"results.h5", hash_of_file(directory / "results.h5")}};
  if (!std::filesystem::is_directory(directory / "reports")) return hashes;
  for (const auto& entry : std::filesystem::directory_iterator(directory / "reports"))
    if (!is_pending(entry.path())) hashes["reports/" + entry.path().filename().string()] = hash_of_file(entry.path());
  return hashes;
}

}  // namespace

Merged merge(const std::filesystem::path& directory, const SegmentStore& store, RunSummary summary) {
  const auto headers = store.list("header");
  const auto header_file = headers.empty() ? std::nullopt : open_hashed(headers.front());
  if (!header_file)
    throw FileError(directory.string() +
                    ": the run was killed before anything was written\n    run the experiment again");
  const auto header = read_header(*header_file);
  const auto inventory = take_inventory(store, header);
  const bool killed = summary.state == "killed";
  if (header.protocol.empty()) summary.simulated_ms = TimeAxis(header.resolution).at(inventory.end);
  if (killed) {
    summary.spikes = 0;
    for (const auto count : inventory.counts) summary.spikes += count;
  }
  Account account(store, killed);
  account.used("segment", inventory.segments.size());
  Merge(directory, header, inventory, killed, account).run(store, summary);
  summary.files = hashes_of(directory);
  return {std::move(summary), account.left_out()};
}

}  // namespace spikeloom::io
