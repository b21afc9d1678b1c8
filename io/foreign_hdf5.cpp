/// Arrays and SONATA spikes, with the variants seen in published files.
#include "io/foreign_hdf5.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/errors.hpp"
#include "io/hdf5/reader.hpp"

namespace spikeloom::io {
namespace {

using hdf5::Reader;

std::string list_of(const std::vector<std::string>& names) {
  constexpr std::size_t most = 20;
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), most); ++i) text += (i == 0 ? "" : ", ") + names[i];
  return text + (names.size() > most ? ", .." : "");
}

std::string only_dataset(const Reader& file) {
  const auto all = file.datasets_below("/");
  if (all.size() != 1)
    file.fail("/", all.empty() ? "holds no data set" : "holds several data sets: " + list_of(all), "name one of them");
  return all.front();
}

/// ms per unit of the timestamps.
double scale_of(const Reader& file, const std::string& timestamps, std::vector<std::string>& warnings) {
  const auto unit = file.text_attribute(timestamps, "units");
  if (!unit) warnings.push_back(file.name() + ": " + timestamps + " has no units; taken as ms");
  if (!unit || *unit == "ms") return 1;
  if (*unit == "s") return 1000;
  if (*unit == "us") return 1e-3;
  file.fail(timestamps, "is in '" + *unit + "'", "convert it to ms, s or us");
}

/// Where the spikes of a population lie: group, and the name of the id data set.
struct SpikeGroup {
  std::string path, ids = "node_ids";
};

SpikeGroup find_spikes(const Reader& file, const std::string& population) {
  if (!file.has_group("/spikes"))
    file.fail("/", "has no group /spikes", "give a SONATA spikes file, or text lines `time id`");
  if (file.has_dataset("/spikes/timestamps")) {
    if (!population.empty() && population != "default")
      file.fail("/spikes", "has no populations (old layout), so none is called '" + population + "'",
                "leave the population out");
    return {"/spikes", file.has_dataset("/spikes/gids") ? "gids" : "node_ids"};
  }
  const auto names = file.members("/spikes");
  if (population.empty() && names.size() != 1)
    file.fail("/spikes", names.empty() ? "holds no population" : "holds several populations: " + list_of(names),
              "name one of them");
  const auto& name = population.empty() ? names.front() : population;
  if (!file.has_group("/spikes/" + name))
    file.fail("/spikes", "has no population '" + name + "'", "it has: " + list_of(names));
  return {"/spikes/" + name};
}

/// What the file says about the order of a population, if anything.
std::string declared_order(const Reader& file, const std::string& path) {
  for (const auto& where : {path, std::string("/spikes")})
    if (const auto order = file.text_attribute(where, "sorting")) return *order == "time" ? "by_time" : *order;
  return "none";
}

}  // namespace

bool is_hdf5_ending(const std::filesystem::path& file) {
  const auto ending = file.extension();
  return ending == ".h5" || ending == ".hdf5" || ending == ".sonata";
}

bool sort_spikes(SpikeList& spikes) {
  const auto before = [&](std::size_t a, std::size_t b) {
    return spikes.times[a] != spikes.times[b] ? spikes.times[a] < spikes.times[b]
                                              : spikes.neurons[a] < spikes.neurons[b];
  };
  std::vector<std::size_t> order(spikes.times.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  if (std::is_sorted(order.begin(), order.end(), before)) return false;
  std::stable_sort(order.begin(), order.end(), before);
  SpikeList sorted;
  for (const auto i : order) {
    sorted.times.push_back(spikes.times[i]);
    sorted.neurons.push_back(spikes.neurons[i]);
  }
  spikes.times = std::move(sorted.times);
  spikes.neurons = std::move(sorted.neurons);
  return true;
}

std::vector<double> parse_hdf5_array(const std::filesystem::path& path, const std::string& dataset) {
  const auto file = Reader::open(path);
  const auto name = dataset.empty() ? only_dataset(file) : dataset;
  if (!file.has_dataset(name))
    file.fail(name, "there is no such data set", "it has: " + list_of(file.datasets_below("/")));
  auto values = file.read<double>(name);
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!std::isfinite(values[i]))
      file.fail(name, fmt::format("number {} is not finite", i), "replace what is missing before saving");
  return values;
}

SpikeList parse_hdf5_spikes(const std::filesystem::path& path, const std::string& population) {
  const auto file = Reader::open(path);
  SpikeList spikes;
  if (!file.integer_attribute("/", "magic"))
    spikes.warnings.push_back(file.name() + ": does not say that it is SONATA (no magic number); read all the same");
  const auto group = find_spikes(file, population);
  const auto timestamps = group.path + "/timestamps", ids = group.path + "/" + group.ids;
  if (group.path == "/spikes") spikes.warnings.push_back(file.name() + ": old layout without populations");
  const double scale = scale_of(file, timestamps, spikes.warnings);
  if (file.length(timestamps) != file.length(ids))
    file.fail(group.path, fmt::format("has {} timestamps but {} ids", file.length(timestamps), file.length(ids)),
              "the file is damaged");
  spikes.times = file.read<double>(timestamps);
  const auto neurons = file.read<std::uint64_t>(ids);
  spikes.neurons.reserve(neurons.size());
  for (std::size_t i = 0; i < neurons.size(); ++i) {
    spikes.times[i] *= scale;
    if (!std::isfinite(spikes.times[i]) || spikes.times[i] < 0)
      file.fail(timestamps, fmt::format("spike {} is at {} ms", i, spikes.times[i]),
                "times are finite and not negative");
    if (neurons[i] > std::numeric_limits<std::uint32_t>::max())
      file.fail(ids, fmt::format("id {} of spike {} is too large", neurons[i], i),
                "ids count from 0 inside the population");
    spikes.neurons.push_back(static_cast<std::uint32_t>(neurons[i]));
  }
  const bool by_time =
      declared_order(file, group.path) == "by_time" && !std::is_sorted(spikes.times.begin(), spikes.times.end());
  if (by_time)
    spikes.warnings.push_back(file.name() + ": " + group.path + " says it is sorted by time but is not; sorted again");
  sort_spikes(spikes);
  return spikes;
}

}  // namespace spikeloom::io
