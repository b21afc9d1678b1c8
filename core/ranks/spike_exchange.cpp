/// 8 bytes per spike (neuron, step in the window), 16 with exact times.
#include "core/ranks/spike_exchange.hpp"

#include <algorithm>

namespace spikeloom {
namespace {

struct SentSpike {
  NeuronId neuron = 0;
  std::uint32_t step = 0;  // from the begin of the window
};

std::vector<NeuronRange> ranges_of(std::span<const std::unique_ptr<Partition>> partitions) {
  std::vector<NeuronRange> ranges;
  for (const auto& partition : partitions)
    for (const auto& range : partition->neurons()) ranges.push_back(range);
  std::sort(ranges.begin(), ranges.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  return ranges;
}

}  // namespace

SpikeExchange::SpikeExchange(Ranks& ranks, std::span<const std::unique_ptr<Partition>> partitions)
    : ranks_(ranks), own_(ranges_of(partitions)) {
  std::size_t count = 0;
  for (const auto& range : own_) {
    own_begins_.push_back(count);
    count += range.count;
  }
  ByteWriter writer;
  writer.put_list(own_);
  const auto owners = ranks.share(writer.take());
  for (int rank = 0; rank < ranks.count(); ++rank) {
    if (rank == ranks.rank()) continue;
    others_.push_back(rank);
    std::vector<std::uint8_t> wanted;  // a bit per neuron of that rank
    std::size_t bit = 0;
    for (const auto& range : ByteReader(owners[static_cast<std::size_t>(rank)]).take_list<NeuronRange>())
      for (NeuronId id = range.first; id < range.first + range.count; ++id, ++bit) {
        if (bit % 8 == 0) wanted.push_back(0);
        const bool any = std::any_of(partitions.begin(), partitions.end(), [id](auto& p) { return p->listens_to(id); });
        wanted.back() = static_cast<std::uint8_t>(wanted.back() | any << bit % 8);
      }
    ByteWriter request;
    request.put_list(wanted);
    ranks.send(rank, Ranks::Kind::spikes, 0, request.take());
  }
  for (const int rank : others_) {
    const auto bytes = ranks.wait_for(rank, Ranks::Kind::spikes, 0);
    const auto bits = ByteReader(bytes).take_list<std::uint8_t>();
    auto& wanted = wanted_.emplace_back(count);
    for (std::size_t k = 0; k < count; ++k) wanted[k] = bits.at(k / 8) >> k % 8 & 1;
  }
}

std::size_t SpikeExchange::own_index(NeuronId neuron) const noexcept {
  const auto range = std::upper_bound(own_.begin(), own_.end(), neuron,
                                      [](NeuronId id, const NeuronRange& r) { return id < r.first; }) -
                     own_.begin() - 1;
  return own_begins_[static_cast<std::size_t>(range)] + neuron - own_[static_cast<std::size_t>(range)].first;
}

void SpikeExchange::send(Step begin, Step end, std::span<const Spike> spikes) {
  const bool exact = std::any_of(spikes.begin(), spikes.end(), [](const Spike& spike) { return spike.before != 0; });
  std::vector<std::vector<SentSpike>> lists(others_.size());
  std::vector<std::vector<double>> befores(others_.size());
  for (const auto& spike : spikes) {
    const auto index = own_index(spike.neuron);
    for (std::size_t k = 0; k < others_.size(); ++k) {
      if (!wanted_[k][index]) continue;
      lists[k].push_back({spike.neuron, static_cast<std::uint32_t>(spike.step - begin)});
      if (exact) befores[k].push_back(spike.before);
    }
  }
  for (std::size_t k = 0; k < others_.size(); ++k) {
    ByteWriter writer;
    writer.put_list(lists[k]);
    writer.put_list(befores[k]);
    auto bytes = writer.take();
    bytes_sent_ += bytes.size();
    ranks_.send(others_[k], Ranks::Kind::spikes, static_cast<std::uint64_t>(end), std::move(bytes));
  }
}

bool SpikeExchange::take(std::size_t k, Step begin, Step end, std::vector<Spike>& spikes) {
  const auto bytes = ranks_.take(others_[k], Ranks::Kind::spikes, static_cast<std::uint64_t>(end));
  if (!bytes) return false;
  ByteReader reader(*bytes);
  const auto list = reader.take_list<SentSpike>();
  const auto befores = reader.take_list<double>();
  spikes.clear();
  for (std::size_t i = 0; i < list.size(); ++i)
    spikes.push_back({begin + list[i].step, list[i].neuron, befores.empty() ? 0 : befores[i]});
  return true;
}

}  // namespace spikeloom
