/// Equal shares of every population.
#include "networks/partitioning.hpp"

#include <algorithm>

#include "core/sweep.hpp"
#include "core/synapse_table.hpp"

namespace spikeloom {
namespace {

constexpr std::uint64_t neurons_worth_a_partition = 250;  // below, the hand-over costs more than the work

/// First neuron of share k of n: on tile borders where pieces are large, so that no tile of random numbers is drawn
/// twice.
std::uint32_t share(std::uint32_t size, std::size_t k, std::size_t n) {
  const auto exact = static_cast<std::uint32_t>(static_cast<std::uint64_t>(size) * k / n);
  if (k == n || size / n < 8 * tile_size) return exact;
  return exact / tile_size * tile_size;
}

std::vector<std::vector<Piece>> shares(const std::vector<DrawnPopulation>& populations, std::size_t n) {
  std::vector<std::vector<Piece>> partitions(n);
  for (const auto& population : populations)
    for (std::size_t k = 0; k < n; ++k) {
      const auto first = share(population.size, k, n), end = share(population.size, k + 1, n);
      if (end > first) partitions[k].push_back({population.id, first, end - first});
    }
  std::erase_if(partitions, [](const auto& pieces) { return pieces.empty(); });
  return partitions;
}

bool fits(const std::vector<std::vector<Piece>>& partitions, const std::vector<int>& rows) {
  return std::all_of(partitions.begin(), partitions.end(), [&](const auto& pieces) {
    std::uint64_t slots = 0;
    for (const auto& piece : pieces)
      slots += std::uint64_t{piece.count} * static_cast<unsigned>(rows[piece.population]);
    return slots <= most_slots;
  });
}

}  // namespace

std::vector<std::vector<Piece>> cut(const std::vector<DrawnPopulation>& populations, const std::vector<int>& rows,
                                    int threads, int wanted) {
  std::uint64_t neurons = 0;
  for (const auto& population : populations) neurons += population.size;
  if (neurons == 0) throw SpecError("populations", "the network has no neurons", "give a population a size");
  if (wanted > 0) {
    auto partitions = shares(populations, static_cast<std::size_t>(wanted));
    if (!fits(partitions, rows))
      throw SpecError("run.partitions", "a partition would have more than 65536 input slots", "raise run.partitions");
    return partitions;
  }
  const auto lanes = static_cast<std::size_t>(std::clamp<std::uint64_t>(
      neurons / neurons_worth_a_partition, 1, static_cast<std::uint64_t>(std::max(threads, 1))));
  for (std::size_t n = lanes;; n += lanes)
    if (auto partitions = shares(populations, n); fits(partitions, rows)) return partitions;
}

}  // namespace spikeloom
