/// A slow, plain simulator: one global queue of arrivals, no windows, no partitions, no threads, a neuron at a time.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <queue>
#include <tuple>
#include <vector>

#include "core/model.hpp"
#include "core/synapse_table.hpp"
#include "core/types.hpp"

namespace spikeloom::reference {

struct Connection {
  NeuronId source, target;
  Step delay;
  float weight;
  int receptor;
};

/// Runs neurons (each its own slice of one neuron) for `steps` steps; returns spikes by (step, neuron). Arrivals of one
/// step at one neuron are added in order of (step of reading, emission, source, place in `connections`), where delays
/// are read in blocks of `block_steps` from the shortest one on.
inline std::vector<Spike> simulate(std::vector<std::unique_ptr<NeuronSlice>>& neurons,
                                   const std::vector<Connection>& connections, Step steps) {
  using Arrival = std::tuple<Step, Step, Step, NeuronId, std::size_t>;  // due, reading, emission, source, connection
  std::priority_queue<Arrival, std::vector<Arrival>, std::greater<>> queue;
  std::multimap<NeuronId, std::size_t> outgoing;
  for (std::size_t k = 0; k < connections.size(); ++k) outgoing.emplace(connections[k].source, k);

  Step shortest = longest_delay;
  for (const auto& c : connections) shortest = std::min(shortest, c.delay);

  std::vector<Spike> spikes;
  std::vector<std::vector<float>> input(neurons.size());
  for (std::size_t n = 0; n < neurons.size(); ++n)
    input[n].resize(static_cast<std::size_t>(neurons[n]->row_count()) + 1);
  for (Step step = 1; step <= steps; ++step) {
    for (; !queue.empty() && std::get<0>(queue.top()) == step; queue.pop()) {
      const auto& c = connections[std::get<4>(queue.top())];
      input[c.target][static_cast<std::size_t>(neurons[c.target]->row_of(c.receptor))] += c.weight;
    }
    for (NeuronId n = 0; n < neurons.size(); ++n) {
      std::vector<std::uint32_t> fired;
      neurons[n]->advance(step, input[n].data(), fired);
      for (std::size_t k = 0; k < fired.size(); ++k) {
        spikes.push_back({step, n, 0});
        const auto [begin, end] = outgoing.equal_range(n);
        for (auto c = begin; c != end; ++c) {
          const Step delay = connections[c->second].delay, block = (delay - shortest) / block_steps * block_steps;
          queue.emplace(step + delay, step + shortest + block, step, n, c->second);
        }
      }
    }
  }
  return spikes;
}

}  // namespace spikeloom::reference
