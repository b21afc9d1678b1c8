/// Parsed in a child process, like every HDF5 file of unknown origin.
#include "io/spike_recordings.hpp"

#include <fmt/format.h>

#include <cmath>

#include "core/errors.hpp"
#include "io/data_sets.hpp"
#include "io/hdf5/reader.hpp"
#include "io/isolation.hpp"

namespace spikeloom::io {
namespace {

constexpr const char* expected =
    "expected are /spikes/times (lists of seconds), /spikes/units (lists of channels) and /labels, one row per sample";

/// The columns of a file, checked.
struct Columns {
  std::vector<std::uint64_t> begin = {0};
  std::vector<double> times;  // s
  std::vector<std::uint32_t> units;
  std::vector<std::uint32_t> labels;
};

Columns parse(const std::filesystem::path& path, const RecordingLayout& layout) {
  const auto file = hdf5::Reader::open(path);
  for (const char* name : {"/spikes/times", "/spikes/units", "/labels"})
    if (!file.has_dataset(name)) file.fail(name, "there is no such data set", expected);
  const auto times = file.read_lists<double>("/spikes/times");
  const auto units = file.read_lists<std::uint32_t>("/spikes/units");
  Columns columns;
  columns.labels = file.read<std::uint32_t>("/labels");
  if (times.size() != units.size() || times.size() != columns.labels.size())
    file.fail("/",
              fmt::format("has {} lists of times, {} of units and {} labels", times.size(), units.size(),
                          columns.labels.size()),
              expected);
  for (std::size_t k = 0; k < times.size(); ++k) {
    if (times[k].size() != units[k].size())
      file.fail("/spikes", fmt::format("sample {} has {} times but {} units", k, times[k].size(), units[k].size()),
                "the file is damaged");
    if (columns.labels[k] >= layout.classes)
      file.fail("/labels", fmt::format("label {} is {}", k, columns.labels[k]),
                fmt::format("{} has the classes 0 to {}", layout.name, layout.classes - 1));
    for (const double time : times[k])
      if (!std::isfinite(time) || time < 0)
        file.fail("/spikes/times", fmt::format("sample {} has a spike at {} s", k, time),
                  "times are finite and not negative");
    for (const auto unit : units[k])
      if (unit >= layout.channels)
        file.fail("/spikes/units", fmt::format("sample {} has a spike of channel {}", k, unit),
                  fmt::format("{} has the channels 0 to {}", layout.name, layout.channels - 1));
    columns.times.insert(columns.times.end(), times[k].begin(), times[k].end());
    columns.units.insert(columns.units.end(), units[k].begin(), units[k].end());
    columns.begin.push_back(columns.times.size());
  }
  return columns;
}

}  // namespace

RecordingLayout heidelberg_digits() {
  return {"shd", "shd_train.h5", "", "shd_test.h5", "Spiking Heidelberg Digits, HDF5, from zenkelab.org", 20, 700};
}

RecordingLayout speech_commands() {
  return {"ssc", "ssc_train.h5", "ssc_valid.h5", "ssc_test.h5", "Spiking Speech Commands, HDF5, from zenkelab.org", 35,
          700};
}

std::filesystem::path find_recordings(const RecordingLayout& layout, const std::string& data) {
  std::vector<std::string> files = {layout.train, layout.test};
  if (!layout.validation.empty()) files.insert(files.begin() + 1, layout.validation);
  return find_data_set(layout.name, files, layout.about, data);
}

SpikeData read_recording(const std::filesystem::path& file, const RecordingLayout& layout, std::uint32_t inputs,
                         double duration) {
  auto parcel = parse_isolated(file, [&] {
    const auto columns = parse(file, layout);
    Parcel answer;
    answer.put(columns.begin);
    answer.put(columns.times);
    answer.put(columns.units);
    answer.put(columns.labels);
    return answer;
  });
  Columns columns;
  parcel.take(columns.begin);
  parcel.take(columns.times);
  parcel.take(columns.units);
  parcel.take(columns.labels);
  SpikeData data(inputs, layout.classes, duration);
  const std::uint32_t group = layout.channels / inputs;
  for (std::size_t k = 0; k < columns.labels.size(); ++k) {
    std::vector<std::pair<double, std::uint32_t>> spikes;
    for (auto s = columns.begin[k]; s < columns.begin[k + 1]; ++s)
      if (const double time = 1e3 * columns.times[s]; time < duration && columns.units[s] / group < inputs)
        spikes.emplace_back(time, columns.units[s] / group);
    data.add(std::move(spikes), static_cast<std::int32_t>(columns.labels[k]));
  }
  return data;
}

DataSplit read_recordings(const RecordingLayout& layout, const std::string& data, std::uint32_t inputs,
                          double duration) {
  const auto folder = find_recordings(layout, data);
  const auto read = [&](const std::string& file) { return read_recording(folder / file, layout, inputs, duration); };
  SpikeData validation =
      layout.validation.empty() ? SpikeData(inputs, layout.classes, duration) : read(layout.validation);
  return {read(layout.train), std::move(validation), read(layout.test)};
}

}  // namespace spikeloom::io
