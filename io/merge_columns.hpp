/// The parts of a merge, one per kind of data: each takes its share of every segment in order.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "io/durable_file.hpp"
#include "io/hdf5/reader.hpp"
#include "io/hdf5/writer.hpp"
#include "io/run_header.hpp"
#include "io/statistics.hpp"
#include "io/time_axis.hpp"

namespace spikeloom::io {

/// One population's spikes on their way to /spikes/<population>, sorted by (time, neuron).
class SpikeMerger {
 public:
  SpikeMerger(hdf5::Writer& file, const PopulationInfo& population, std::uint64_t spikes,
              const StatisticsWindow& window);
  /// Spikes of a segment that ends at time `end`. Those at `end` itself wait: the next segment may hold an earlier id.
  void add(std::span<const double> times, std::span<const std::uint64_t> neurons, double end);
  void finish();
  ActivityStatistics statistics() const;

 private:
  struct TimedSpike {
    double time;
    std::uint64_t neuron;
    auto operator<=>(const TimedSpike&) const = default;
  };
  void write(std::size_t count);

  std::uint64_t size_, total_;
  StatisticsWindow window_;
  hdf5::RowWriter times_, neurons_;
  std::vector<TimedSpike> waiting_;
  ActivityCounter counter_;
};

/// One trace on its way to reports/<name>.h5, a file per 10^6 frames ("<name>.h5", "<name>.part2.h5", ..).
class TraceMerger {
 public:
  TraceMerger(const std::filesystem::path& folder, const RunHeader& header, const TraceHeader& trace,
              std::uint64_t frames);
  ~TraceMerger();
  TraceMerger(TraceMerger&&) noexcept;
  /// Whole frames, following those before.
  void add(std::span<const float> values);
  /// Completes the last file; all files get their final names now.
  void finish();

 private:
  void open_part();
  void close_part();
  void write_block();

  std::filesystem::path folder_;
  const RunHeader& header_;
  const TraceHeader& trace_;
  TimeAxis axis_;
  std::uint64_t frames_, part_ = 0, part_left_ = 0, chunk_rows_ = 1;
  std::vector<float> block_;
  std::optional<hdf5::Writer> file_;
  hdf5::RowWriter rows_;
  std::vector<std::unique_ptr<PendingFile>> pending_;
};

}  // namespace spikeloom::io
