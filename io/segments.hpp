/// Finished pieces of a running simulation's results: whole HDF5 files whose names carry the hash of their bytes.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/recorder.hpp"
#include "io/results.hpp"
#include "io/run_header.hpp"
#include "io/time_axis.hpp"

namespace spikeloom::io {

/// What goes into a segment before it is full: the stretches (begin, end], one after the other.
class SegmentBuffer {
 public:
  explicit SegmentBuffer(const RunHeader& header);
  void add(Stretch&& stretch);
  bool empty() const noexcept { return empty_; }
  std::size_t bytes() const noexcept { return bytes_; }
  /// The segment as a file: a SONATA spikes file (/spikes/<population>) plus /frames, /rates, /modulators, /counts,
  /// /hashes.
  std::vector<std::byte> image() const;
  void clear();

 private:
  void add_spike(const Spike& spike);
  void write_spikes(hdf5::Writer& file) const;
  void write_frames(hdf5::Writer& file) const;
  void write_rates(hdf5::Writer& file) const;
  void write_modulators(hdf5::Writer& file) const;
  void write_hashes(hdf5::Writer& file) const;

  struct SpikeColumns {
    std::vector<double> times;
    std::vector<std::uint64_t> neurons;
  };
  struct TraceBlock {
    Step first_frame = 0;
    std::size_t frames = 0;
    std::vector<float> values;
  };
  struct HashColumns {
    std::vector<std::int64_t> steps;
    std::vector<std::uint32_t> populations;
    std::vector<std::string> variables;
    std::vector<std::uint64_t> hashes;
  };

  const RunHeader& header_;
  TimeAxis axis_;
  bool empty_ = true;
  std::size_t bytes_ = 0;
  Step begin_ = 0, end_ = 0;
  std::vector<SpikeColumns> spikes_;                          // per population
  std::vector<TraceBlock> traces_;                            // per trace
  std::vector<std::map<std::int64_t, std::uint64_t>> rates_;  // per rate: bin -> spikes
  std::vector<std::vector<std::size_t>> rates_of_;            // per population: its rates
  std::vector<ModulatorFrames> modulators_;                   // per recorded modulator
  std::vector<std::uint64_t> counts_;                         // per population
  HashColumns hashes_;
};

/// A block of a weight table as a file; `first` is the table's first synapse in it.
std::vector<std::byte> weight_image(const WeightTable& table, std::size_t first, std::size_t count);

/// The directory of segments. One process writes it (held by a lock that dies with the process), others may look.
class SegmentStore {
 public:
  enum class Access { write, merge };
  /// `write` creates the directory. FileError if another living process holds it.
  SegmentStore(const std::filesystem::path& directory, Access access);
  ~SegmentStore();
  SegmentStore(const SegmentStore&) = delete;
  SegmentStore& operator=(const SegmentStore&) = delete;

  const std::filesystem::path& directory() const noexcept { return directory_; }
  /// Whether a living process holds the directory.
  static bool is_held(const std::filesystem::path& directory);

  /// Writes the next file of a kind ("header", "segment", "weights") durably.
  void publish(const std::string& kind, const std::vector<std::byte>& image);
  /// Removes all files of a kind but the first `count`, after which publish() goes on. FileError if one of these is
  /// missing or damaged.
  void cut(const std::string& kind, std::size_t count);
  /// Files of a kind published so far.
  std::size_t count(const std::string& kind) const;
  /// Files of a kind that there ought to be: all that were published, or, of a dead process, all that are left.
  std::size_t expected(const std::string& kind) const;
  /// Files of a kind in order, up to the first that is missing or damaged.
  std::vector<std::filesystem::path> list(const std::string& kind) const;
  /// Removes the directory and everything in it.
  void remove();

 private:
  std::filesystem::path directory_;
  int lock_ = -1;
  std::map<std::string, std::size_t> next_;
};

}  // namespace spikeloom::io
