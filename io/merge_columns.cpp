/// Spikes and traces from many segments into one sorted list and whole chunks.
#include "io/merge_columns.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace spikeloom::io {
namespace {

constexpr std::uint64_t frames_per_file = 1'000'000;  // libsonata miscounts frames beyond (docs of the format)
constexpr std::uint64_t chunk_columns = 256;
constexpr std::uint64_t chunk_numbers = 1 << 16;      // 256 KiB per chunk
constexpr std::uint64_t block_numbers = 1 << 22;      // 16 MiB per row of chunks
constexpr std::uint64_t correlation_block = 1 << 20;  // spikes

}  // namespace

// ---- spikes
// ----------------------------------------------------------------------------------------------------------

SpikeMerger::SpikeMerger(hdf5::Writer& file, const PopulationInfo& population, std::uint64_t spikes,
                         const StatisticsWindow& window)
    : size_(population.size), total_(spikes), window_(window), counter_(population.size, window) {
  const auto path = "/spikes/" + population.name;
  file.group(path);
  file.sorted_by_time(path);
  times_ = file.rows<double>(path + "/timestamps", spikes, "ms");
  neurons_ = file.rows<std::uint64_t>(path + "/node_ids", spikes);
}

void SpikeMerger::add(std::span<const double> times, std::span<const std::uint64_t> neurons, double end) {
  for (std::size_t i = 0; i < times.size(); ++i) waiting_.push_back({times[i], neurons[i]});
  if (!std::is_sorted(waiting_.begin(), waiting_.end())) std::sort(waiting_.begin(), waiting_.end());
  const auto first_late =
      std::partition_point(waiting_.begin(), waiting_.end(), [&](const auto& spike) { return spike.time < end; });
  write(static_cast<std::size_t>(first_late - waiting_.begin()));
}

void SpikeMerger::write(std::size_t count) {
  std::vector<double> times(count);
  std::vector<std::uint64_t> neurons(count);
  for (std::size_t i = 0; i < count; ++i) {
    times[i] = waiting_[i].time;
    neurons[i] = waiting_[i].neuron;
  }
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(count));
  times_.append<double>(times);
  neurons_.append<std::uint64_t>(neurons);
  counter_.add(times, neurons);
}

void SpikeMerger::finish() { write(waiting_.size()); }

ActivityStatistics SpikeMerger::statistics() const {
  PairCorrelation pairs(counter_.sample(), size_, window_);
  for (std::uint64_t first = 0; first < total_; first += correlation_block) {
    const auto count = std::min(correlation_block, total_ - first);
    std::vector<double> times(count);
    std::vector<std::uint64_t> neurons(count);
    times_.read<double>(first, times);
    neurons_.read<std::uint64_t>(first, neurons);
    pairs.add(times, neurons);
  }
  auto statistics = counter_.statistics();
  statistics.correlation = pairs.mean();
  return statistics;
}

// ---- traces
// ----------------------------------------------------------------------------------------------------------

TraceMerger::TraceMerger(const std::filesystem::path& folder, const RunHeader& header, const TraceHeader& trace,
                         std::uint64_t frames)
    : folder_(folder), header_(header), trace_(trace), axis_(header.resolution), frames_(frames) {
  open_part();
}

TraceMerger::~TraceMerger() = default;
TraceMerger::TraceMerger(TraceMerger&&) noexcept = default;

void TraceMerger::open_part() {
  const auto first = part_ * frames_per_file;
  part_left_ = std::min(frames_per_file, frames_ - first);
  const auto name = part_ == 0 ? trace_.name + ".h5" : fmt::format("{}.part{}.h5", trace_.name, part_ + 1);
  pending_.push_back(std::make_unique<PendingFile>(folder_ / name));
  file_ = hdf5::Writer::on_disk(pending_.back()->path());
  const std::uint64_t neurons = trace_.neurons.size(),
                      columns = std::min(std::max<std::uint64_t>(neurons, 1), chunk_columns);
  chunk_rows_ = std::min({chunk_numbers / columns,
                          std::max<std::uint64_t>(block_numbers / std::max<std::uint64_t>(neurons, 1), 1),
                          std::max<std::uint64_t>(part_left_, 1)});

  constexpr std::array<std::uint32_t, 2> sonata_version{0, 1};
  file_->attribute("/", "magic", std::uint32_t{0x0A7A});
  file_->attribute("/", "version", std::span<const std::uint32_t>(sonata_version));
  const auto path = "/report/" + header_.populations[trace_.population].name, mapping = path + "/mapping";
  file_->group("/report");
  file_->group(path);
  file_->group(mapping);
  file_->dataset(mapping + "/node_ids", trace_.neurons);
  file_->attribute(mapping + "/node_ids", "sorted", std::int8_t{1});
  std::vector<std::uint64_t> pointers(neurons + 1);
  for (std::size_t i = 0; i < pointers.size(); ++i) pointers[i] = i;
  file_->dataset(mapping + "/index_pointers", pointers);
  file_->dataset(mapping + "/element_ids", std::vector<std::uint32_t>(neurons, 0));
  const std::vector<double> time{axis_.at(static_cast<Step>(first) * trace_.every),
                                 axis_.at(static_cast<Step>(first + part_left_) * trace_.every),
                                 axis_.at(trace_.every)};
  file_->dataset(mapping + "/time", time, "ms");
  file_->group("/native");
  file_->attribute("/native", "variable", trace_.variable);
  file_->attribute("/native", "resolution", header_.resolution);
  file_->attribute("/native", "first_step", static_cast<std::int64_t>(first) * trace_.every);
  file_->attribute("/native", "steps_per_frame", trace_.every);
  rows_ = file_->matrix<float>(path + "/data", part_left_, neurons, chunk_rows_, columns, trace_.unit);
}

void TraceMerger::write_block() {
  rows_.append<float>(block_);
  block_.clear();
}

void TraceMerger::close_part() {
  write_block();
  rows_ = {};
  file_->close();
  file_.reset();
}

void TraceMerger::add(std::span<const float> values) {
  const auto width = trace_.neurons.size();
  while (!values.empty() && width != 0) {
    if (part_left_ == 0) {
      close_part();
      ++part_;
      open_part();
    }
    const auto wanted = std::min<std::uint64_t>(part_left_, chunk_rows_ - block_.size() / width);
    const auto rows = std::min<std::uint64_t>(wanted, values.size() / width);
    block_.insert(block_.end(), values.begin(), values.begin() + static_cast<std::ptrdiff_t>(rows * width));
    values = values.subspan(rows * width);
    part_left_ -= rows;
    if (block_.size() == chunk_rows_ * width) write_block();
  }
}

void TraceMerger::finish() {
  close_part();
  for (const auto& file : pending_) file->publish();
}

}  // namespace spikeloom::io
