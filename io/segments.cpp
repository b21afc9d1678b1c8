/// Buffering stretches, turning them into file images, keeping the directory of segments.
#include "io/segments.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "core/errors.hpp"
#include "io/durable_file.hpp"
#include "io/hashed_file.hpp"

namespace spikeloom::io {
namespace {

constexpr std::size_t bytes_per_spike = 16, bytes_per_hash = 56, bytes_per_sample = 16;

void write_magic(hdf5::Writer& file) {
  constexpr std::array<std::uint32_t, 2> sonata_version{0, 1};
  file.attribute("/", "magic", std::uint32_t{0x0A7A});
  file.attribute("/", "version", std::span<const std::uint32_t>(sonata_version));
}

}  // namespace

SegmentBuffer::SegmentBuffer(const RunHeader& header)
    : header_(header), axis_(header.resolution), rates_of_(header.populations.size()) {
  for (std::size_t i = 0; i < header.rates.size(); ++i) rates_of_[header.rates[i].population].push_back(i);
  clear();
}

void SegmentBuffer::clear() {
  empty_ = true;
  bytes_ = 0;
  spikes_.assign(header_.populations.size(), {});
  traces_.assign(header_.traces.size(), {});
  rates_.assign(header_.rates.size(), {});
  modulators_.assign(header_.modulators.size(), {});
  counts_.assign(header_.populations.size(), 0);
  hashes_ = {};
}

void SegmentBuffer::add_spike(const Spike& spike) {
  const auto population = header_.population_of(spike.neuron);
  for (const auto rate : rates_of_[population]) {
    auto& bins = rates_[rate];  // spikes come in order of time: nearly always the last bin
    ++bins.try_emplace(bins.end(), (spike.step - 1) / header_.rates[rate].bin)->second;
  }
  if (!header_.spikes_recorded[population]) return;
  spikes_[population].times.push_back(axis_.at(spike));
  spikes_[population].neurons.push_back(spike.neuron - header_.first_ids[population]);
}

void SegmentBuffer::add(Stretch&& stretch) {
  if (empty_) begin_ = stretch.begin;
  end_ = stretch.end;
  empty_ = false;
  for (const auto& spike : stretch.spikes) add_spike(spike);
  for (const auto& frames : stretch.frames) {
    auto& trace = traces_.at(frames.probe);
    if (trace.frames == 0) trace.first_frame = frames.first_frame;
    trace.frames += frames.frames;
    trace.values.insert(trace.values.end(), frames.values.begin(), frames.values.end());
    bytes_ += frames.values.size() * sizeof(float);
  }
  for (const auto& frames : stretch.modulators)
    for (std::size_t i = 0; i < modulators_.size(); ++i) {
      if (header_.modulators[i].modulator != frames.modulator) continue;
      auto& [index, values, raises] = modulators_[i];
      values.insert(values.end(), frames.values.begin(), frames.values.end());
      raises.insert(raises.end(), frames.raises.begin(), frames.raises.end());
      bytes_ += frames.values.size() * bytes_per_sample;
    }
  for (std::size_t i = 0; i < std::min(counts_.size(), stretch.spike_counts.size()); ++i)
    counts_[i] += stretch.spike_counts[i];
  for (const auto& hash : stretch.hashes) {
    hashes_.steps.push_back(stretch.end);
    hashes_.populations.push_back(hash.population);
    hashes_.variables.push_back(hash.variable);
    hashes_.hashes.push_back(hash.hash);
  }
  bytes_ += stretch.spikes.size() * bytes_per_spike + stretch.hashes.size() * bytes_per_hash;
}

void SegmentBuffer::write_spikes(hdf5::Writer& file) const {
  file.group("/spikes");
  for (std::size_t i = 0; i < spikes_.size(); ++i) {
    if (spikes_[i].times.empty()) continue;
    const auto path = "/spikes/" + header_.populations[i].name;
    file.group(path);
    file.dataset(path + "/timestamps", spikes_[i].times, "ms");
    file.dataset(path + "/node_ids", spikes_[i].neurons);
  }
}

void SegmentBuffer::write_frames(hdf5::Writer& file) const {
  file.group("/frames");
  for (std::size_t i = 0; i < traces_.size(); ++i) {
    if (traces_[i].frames == 0) continue;
    const auto path = "/frames/" + header_.traces[i].name;
    file.dataset(path, traces_[i].values, header_.traces[i].unit);
    file.attribute(path, "first_frame", traces_[i].first_frame);
    file.attribute(path, "frames", static_cast<std::int64_t>(traces_[i].frames));
  }
}

void SegmentBuffer::write_rates(hdf5::Writer& file) const {
  file.group("/rates");
  for (std::size_t i = 0; i < rates_.size(); ++i) {
    std::vector<std::int64_t> bins;
    std::vector<std::uint64_t> spikes;
    for (const auto& [bin, count] : rates_[i]) {
      bins.push_back(bin);
      spikes.push_back(count);
    }
    const auto path = "/rates/" + header_.rates[i].group;
    file.group(path);
    file.dataset(path + "/bins", bins);
    file.dataset(path + "/spikes", spikes);
  }
}

void SegmentBuffer::write_modulators(hdf5::Writer& file) const {
  file.group("/modulators");
  for (std::size_t i = 0; i < modulators_.size(); ++i) {
    const auto path = "/modulators/" + header_.modulators[i].name;
    file.group(path);
    file.dataset(path + "/value", modulators_[i].values);
    file.dataset(path + "/raises", modulators_[i].raises);
  }
}

void SegmentBuffer::write_hashes(hdf5::Writer& file) const {
  if (hashes_.steps.empty()) return;
  file.group("/hashes");
  file.dataset("/hashes/step", hashes_.steps);
  file.dataset("/hashes/population", hashes_.populations);
  file.texts("/hashes/variable", hashes_.variables);
  file.dataset("/hashes/hash", hashes_.hashes);
}

std::vector<std::byte> SegmentBuffer::image() const {
  auto file = hdf5::Writer::in_memory("segment");
  write_magic(file);
  file.attribute("/", "begin", begin_);
  file.attribute("/", "end", end_);
  file.dataset("/counts", counts_);
  write_spikes(file);
  write_frames(file);
  write_rates(file);
  write_modulators(file);
  write_hashes(file);
  return file.image();
}

std::vector<std::byte> weight_image(const WeightTable& table, std::size_t first, std::size_t count) {
  auto file = hdf5::Writer::in_memory("weights");
  file.attribute("/", "projection", table.projection);
  file.attribute("/", "from", table.from);
  file.attribute("/", "to", table.to);
  file.attribute("/", "unit", table.unit);
  file.attribute("/", "time", table.time);
  file.attribute("/", "first", static_cast<std::int64_t>(first));
  file.attribute("/", "synapses", static_cast<std::int64_t>(table.weights.size()));
  file.dataset("/source", std::span(table.sources).subspan(first, count));
  file.dataset("/target", std::span(table.targets).subspan(first, count));
  file.dataset("/weight", std::span(table.weights).subspan(first, count));
  file.dataset("/delay", std::span(table.delays).subspan(first, count));
  return file.image();
}

SegmentStore::SegmentStore(const std::filesystem::path& directory, Access access) : directory_(directory) {
  if (access == Access::write) create_directory_durably(directory);
  lock_ = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (lock_ < 0)
    throw FileError(directory.string() + ": cannot be opened: " + std::strerror(errno) +
                    "\n    give a directory that `spikeloom run` has written");
  if (::flock(lock_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    ::close(lock_);
    throw FileError(
        directory.string() +
        ": another process is writing here\n    wait for it, stop it, or choose another directory with --out");
  }
}

SegmentStore::~SegmentStore() { ::close(lock_); }

bool SegmentStore::is_held(const std::filesystem::path& directory) {
  const int folder = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return false;
  const bool is_held = ::flock(folder, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  ::close(folder);
  return is_held;
}

void SegmentStore::publish(const std::string& kind, const std::vector<std::byte>& image) {
  publish_hashed(directory_, kind, next_[kind], image);
  ++next_[kind];
}

void SegmentStore::cut(const std::string& kind, std::size_t count) {
  std::size_t whole = 0;
  for (const auto& file : hashed_files(directory_, kind)) {
    const auto number = number_of(file);
    if (!number || *number >= count)
      remove_stale_file(file);
    else if (*number == whole && open_hashed(file))
      ++whole;
  }
  if (whole < count)
    throw FileError(
        fmt::format("{}: {} {} of {} is missing or damaged\n    the run cannot go on; run the experiment "
                    "again with --overwrite",
                    directory_.string(), kind, whole + 1, count));
  sync_directory(directory_);
  next_[kind] = count;
}

std::size_t SegmentStore::count(const std::string& kind) const {
  const auto found = next_.find(kind);
  return found == next_.end() ? 0 : found->second;
}

std::size_t SegmentStore::expected(const std::string& kind) const {
  return std::max(count(kind), hashed_files(directory_, kind).size());
}

std::vector<std::filesystem::path> SegmentStore::list(const std::string& kind) const {
  auto files = hashed_files(directory_, kind);
  for (std::size_t i = 0; i < files.size(); ++i)
    if (number_of(files[i]) != i) files.resize(i);
  return files;
}

void SegmentStore::remove() { remove_spent_directory(directory_); }

}  // namespace spikeloom::io
