/// Spikes on their way from rank to rank, window by window: each rank is sent those that it has synapses for.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/partition.hpp"
#include "core/ranks/ranks.hpp"

namespace spikeloom {

class SpikeExchange {
 public:
  /// Called by all ranks together: each tells the others which of their neurons its partitions listen to.
  SpikeExchange(Ranks& ranks, std::span<const std::unique_ptr<Partition>> partitions);

  /// Ranks that spikes come from.
  std::span<const int> others() const noexcept { return others_; }
  /// Sends the spikes of the window (begin, end] of this rank, sorted, to all others.
  void send(Step begin, Step end, std::span<const Spike> spikes);
  /// Those of others()[k] in that window, sorted, if they have come.
  bool take(std::size_t k, Step begin, Step end, std::vector<Spike>& spikes);

  std::uint64_t bytes_sent() const noexcept { return bytes_sent_; }

 private:
  /// Place of a neuron of this rank among all of them.
  std::size_t own_index(NeuronId neuron) const noexcept;

  Ranks& ranks_;
  std::vector<int> others_;
  std::vector<NeuronRange> own_;           // ascending
  std::vector<std::size_t> own_begins_;    // index of the first neuron of each
  std::vector<std::vector<bool>> wanted_;  // by other rank and own neuron
  std::uint64_t bytes_sent_ = 0;
};

}  // namespace spikeloom
