/// Synapse tables in HDF5: plain columns (also our own /weights) and SONATA edges.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "core/errors.hpp"
#include "io/foreign_hdf5.hpp"
#include "io/hdf5/reader.hpp"

namespace spikeloom::io {
namespace {

using hdf5::Reader;

constexpr std::uint64_t most_synapses = std::uint64_t{1} << 33;

bool is_plain_table(const Reader& file, const std::string& path) {
  return file.has_dataset(path + "/source") && file.has_dataset(path + "/target");
}
bool is_sonata(const Reader& file, const std::string& path) {
  return file.has_dataset(path + "/source_node_id") && file.has_dataset(path + "/target_node_id");
}

/// The groups that hold a table: at the root, of SONATA below /edges, our own below /weights/<projection>.
std::vector<std::string> tables_in(const Reader& file) {
  std::vector<std::string> found;
  const auto consider = [&](const std::string& path) {
    if (is_plain_table(file, path) || is_sonata(file, path)) found.push_back(path);
  };
  consider("");
  for (const auto& name : file.members("/")) consider("/" + name);
  if (file.has_group("/edges"))
    for (const auto& name : file.members("/edges")) consider("/edges/" + name);
  if (file.has_group("/weights"))
    for (const auto& projection : file.members("/weights"))
      if (file.has_group("/weights/" + projection))
        for (const auto& time : file.members("/weights/" + projection)) consider("/weights/" + projection + "/" + time);
  return found;
}

/// The latest of our own weights of a projection; empty if there are none.
std::string last_weights(const Reader& file, const std::string& projection) {
  const auto group = "/weights/" + projection;
  if (!file.has_group(group)) return "";
  double latest = -1;
  std::string found;
  for (const auto& name : file.members(group)) {
    double time = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), time);
    if (error != std::errc() || end != name.data() + name.size() || time <= latest) continue;
    if (!is_plain_table(file, group + "/" + name)) continue;
    latest = time;
    found = group + "/" + name;
  }
  return found;
}

std::string find_table(const Reader& file, const std::string& population) {
  if (!population.empty()) {
    for (const auto& path : {"/edges/" + population, "/" + population, "/weights/" + population})
      if (is_plain_table(file, path) || is_sonata(file, path)) return path;
    if (auto path = last_weights(file, population); !path.empty()) return path;
  }
  const auto all = tables_in(file);
  if (population.empty() && all.size() == 1) return all.front();
  std::string known;
  for (const auto& path : all) known += (known.empty() ? "" : ", ") + (path.empty() ? std::string("/") : path);
  if (all.empty())
    file.fail("/", "holds no table of synapses",
              "it needs data sets `source` and `target`, or SONATA groups below /edges");
  file.fail("/", population.empty() ? "holds several tables: " + known : "holds no table '" + population + "'",
            population.empty() ? "name one of them" : "it has: " + known);
}

std::vector<std::uint32_t> read_ids(const Reader& file, const std::string& path, std::uint64_t bound) {
  const auto ids = file.read<std::uint64_t>(path);
  std::vector<std::uint32_t> checked;
  checked.reserve(ids.size());
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (ids[i] >= bound)
      file.fail(path, fmt::format("id {} of synapse {} is not below {}, the size of the population", ids[i], i, bound),
                "ids count from 0 inside the population");
    checked.push_back(static_cast<std::uint32_t>(ids[i]));
  }
  return checked;
}

std::vector<double> read_finite(const Reader& file, const std::string& path, bool is_delay) {
  auto values = file.read<double>(path);
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!std::isfinite(values[i]) || (is_delay && values[i] <= 0))
      file.fail(path, fmt::format("entry {} is {}", i, values[i]),
                is_delay ? "delays are positive, in ms" : "weights are finite numbers");
  return values;
}

void check_length(const Reader& file, const std::string& path, std::uint64_t synapses) {
  if (const auto length = file.length(path); length != synapses)
    file.fail(path, fmt::format("has {} entries for {} synapses", length, synapses),
              "all columns of a table have one length");
}

EdgeTable parse_plain(const Reader& file, const std::string& path, const EdgeBounds& bounds) {
  EdgeTable edges;
  auto& synapses = edges.synapses;
  const auto count = file.length(path + "/source");
  for (const auto* name : {"/target", "/weight", "/delay"})
    if (file.has_dataset(path + name)) check_length(file, path + name, count);
  synapses.sources = read_ids(file, path + "/source", bounds.sources);
  synapses.targets = read_ids(file, path + "/target", bounds.targets);
  if (file.has_dataset(path + "/weight")) synapses.weights = read_finite(file, path + "/weight", false);
  if (file.has_dataset(path + "/delay")) synapses.delays = read_finite(file, path + "/delay", true);
  return edges;
}

/// SONATA keeps the properties of synapses in groups "0", "1", ..; every synapse names its group and its row there.
class SonataProperties {
 public:
  SonataProperties(const Reader& file, std::string path, std::uint64_t synapses)
      : file_(file), path_(std::move(path)), synapses_(synapses) {
    for (const auto& name : file.members(path_))
      if (!name.empty() && std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; }) &&
          name.size() < 10 && file.has_group(path_ + "/" + name))
        groups_.push_back(name);
    for (const auto& name : groups_) numbers_.push_back(std::stoull(name));
    if (!file.has_dataset(path_ + "/edge_group_id")) return;
    check_length(file, path_ + "/edge_group_id", synapses);
    check_length(file, path_ + "/edge_group_index", synapses);
    group_of_ = file.read<std::uint64_t>(path_ + "/edge_group_id");
    row_of_ = file.read<std::uint64_t>(path_ + "/edge_group_index");
  }

  /// One number per synapse; empty if no group has the column.
  std::vector<double> column(const std::string& name, bool is_positive) const {
    std::vector<std::vector<double>> columns;
    std::size_t present = 0;
    for (const auto& group : groups_) {
      const auto column_path = path_ + "/" + group + "/" + name;
      columns.emplace_back();
      if (!file_.has_dataset(column_path)) continue;
      ++present;
      columns.back() = read_finite(file_, column_path, is_positive);
    }
    if (present == 0) return {};
    if (group_of_.empty() && synapses_ > 0) return single_group(columns, name);
    std::vector<double> values(synapses_);
    for (std::size_t i = 0; i < synapses_; ++i) {
      const auto& column = columns[place_of(group_of_[i], i)];
      if (row_of_[i] >= column.size())
        file_.fail(path_ + "/edge_group_index",
                   fmt::format("synapse {} is row {} of group {}, whose '{}' has {} rows", i, row_of_[i], group_of_[i],
                               name, column.size()),
                   "every group that is used needs the column");
      values[i] = column[row_of_[i]];
    }
    return values;
  }

 private:
  std::vector<double> single_group(std::vector<std::vector<double>>& columns, const std::string& name) const {
    if (columns.size() != 1 || columns.front().size() != synapses_)
      file_.fail(path_, fmt::format("has no edge_group_id to tell which row of '{}' belongs to which synapse", name),
                 "write edge_group_id and edge_group_index");
    return std::move(columns.front());
  }

  std::size_t place_of(std::uint64_t group, std::size_t synapse) const {
    const auto found = std::find(numbers_.begin(), numbers_.end(), group);
    if (found == numbers_.end())
      file_.fail(path_ + "/edge_group_id", fmt::format("synapse {} is in group {}, which there is not", synapse, group),
                 "the file is damaged");
    return static_cast<std::size_t>(found - numbers_.begin());
  }

  const Reader& file_;
  std::string path_;
  std::uint64_t synapses_;
  std::vector<std::string> groups_;
  std::vector<std::uint64_t> numbers_;  // the names of the groups
  std::vector<std::uint64_t> group_of_, row_of_;
};

/// Repeats synapse i times[i] times.
template <class T>
void repeat(std::vector<T>& values, const std::vector<double>& times) {
  if (values.empty()) return;
  std::vector<T> repeated;
  for (std::size_t i = 0; i < values.size(); ++i)
    repeated.insert(repeated.end(), static_cast<std::size_t>(times[i]), values[i]);
  values = std::move(repeated);
}

void repeat_parallel(const Reader& file, const std::string& path, const std::vector<double>& nsyns,
                     SynapseList& synapses) {
  double total = 0;
  for (std::size_t i = 0; i < nsyns.size(); ++i) {
    total += nsyns[i];
    if (nsyns[i] < 0 || nsyns[i] != std::floor(nsyns[i]) || total > static_cast<double>(most_synapses))
      file.fail(path, fmt::format("nsyns of synapse {} is {}", i, nsyns[i]), "it is a number of synapses");
  }
  repeat(synapses.sources, nsyns);
  repeat(synapses.targets, nsyns);
  repeat(synapses.weights, nsyns);
  repeat(synapses.delays, nsyns);
}

EdgeTable parse_sonata(const Reader& file, const std::string& path, const EdgeBounds& bounds) {
  EdgeTable edges;
  auto& synapses = edges.synapses;
  const auto count = file.length(path + "/source_node_id");
  check_length(file, path + "/target_node_id", count);
  edges.from = file.text_attribute(path + "/source_node_id", "node_population").value_or("");
  edges.to = file.text_attribute(path + "/target_node_id", "node_population").value_or("");
  synapses.sources = read_ids(file, path + "/source_node_id", bounds.sources);
  synapses.targets = read_ids(file, path + "/target_node_id", bounds.targets);
  const SonataProperties properties(file, path, count);
  synapses.weights = properties.column("syn_weight", false);
  synapses.delays = properties.column("delay", true);
  if (synapses.weights.empty() && count > 0)
    edges.warnings.push_back(file.name() + ": " + path + " has no syn_weight; the projection's weight holds");
  if (synapses.delays.empty() && count > 0)
    edges.warnings.push_back(file.name() + ": " + path + " has no delay; the projection's delay holds");
  if (const auto nsyns = properties.column("nsyns", false); !nsyns.empty())
    repeat_parallel(file, path, nsyns, synapses);
  return edges;
}

}  // namespace

EdgeTable parse_hdf5_edges(const std::filesystem::path& path, const std::string& population, const EdgeBounds& bounds) {
  const auto file = Reader::open(path);
  const auto table = find_table(file, population);
  return is_sonata(file, table) ? parse_sonata(file, table, bounds) : parse_plain(file, table, bounds);
}

}  // namespace spikeloom::io
