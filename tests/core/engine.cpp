/// The engine against the plain oracle, and against itself with other partitions and threads.
#include "core/engine.hpp"

#include <catch2/catch.hpp>

#include "core/random.hpp"
#include "tests/reference/on_ranks.hpp"
#include "tests/reference/oracle.hpp"

using namespace spikeloom;

namespace {

/// A random network of lif_psc_exp neurons that fire on their own (i_e) and through each other.
struct RandomNetwork {
  std::uint32_t neurons;
  ModelArguments arguments, initial;
  std::vector<reference::Connection> connections;

  RandomNetwork(std::uint64_t seed, std::uint32_t size, std::uint32_t indegree, std::uint32_t shortest,
                std::uint32_t longest)
      : neurons(size) {
    auto& current = arguments.numbers["i_e"];
    for (std::uint32_t n = 0; n < size; ++n)
      current.push_back(300 + 300 * uniform(draw(seed, Purpose::parameter, 0, n)[0]));
    arguments.numbers["tau_syn_in"] = {4};
    for (std::uint32_t n = 0; n < size; ++n)
      for (std::uint32_t k = 0; k < indegree; ++k) {
        const auto bits = draw(seed, Purpose::connect, 0, std::uint64_t{n} * 1000 + k);
        const bool inhibitory = bits[0] % size < size / 4;
        connections.push_back({bits[0] % size, n, shortest + bits[1] % (longest - shortest + 1),
                               static_cast<float>((inhibitory ? -200 : 90) * uniform(bits[2])), inhibitory});
      }
  }

  std::unique_ptr<NeuronSlice> slice(std::uint32_t first, std::uint32_t count) const {
    return find_model("lif_psc_exp")
        ->make_slice({arguments, initial, 0, neurons, first, count, 1, 0.1, Precision::single});
  }

  std::vector<Spike> by_oracle(Step steps) const {
    std::vector<std::unique_ptr<NeuronSlice>> slices;
    for (std::uint32_t n = 0; n < neurons; ++n) slices.push_back(slice(n, 1));
    return reference::simulate(slices, connections, steps);
  }

  /// Of several ranks, each has a share of the partitions.
  Engine engine(std::uint32_t partitions, int threads, Ranks& ranks = Ranks::alone()) const {
    std::vector<std::vector<PlacedSlice>> slices(partitions);
    std::vector<SynapseTable> tables(partitions);
    Step window = longest_delay;
    std::vector<SynapseTableBuilder> builders(partitions);
    for (std::uint32_t p = 0; p < partitions; ++p) {
      const auto first = neurons * p / partitions, count = neurons * (p + 1) / partitions - first;
      slices[p].push_back({slice(first, count), 0, first, first, count, 0});
      auto& builder = builders[p] = SynapseTableBuilder(neurons);
      const auto for_own = [&](auto visit) {
        for (const auto& c : connections)
          if (c.target - first < count) visit(c);
      };
      for_own([&](const auto& c) { builder.count(c.source); });
      builder.allocate();
      for_own([&](const auto& c) {
        const auto row = static_cast<std::uint32_t>(slices[p][0].neurons->row_of(c.receptor));
        builder.add(c.source, static_cast<Slot>(row * count + c.target - first), static_cast<std::uint16_t>(c.delay),
                    c.weight);
      });
      window = std::min(window, builder.shortest_delay());
    }
    for (std::uint32_t p = 0; p < partitions; ++p) tables[p] = builders[p].finish(window);
    std::vector<std::unique_ptr<Partition>> built;
    const auto rank = static_cast<std::uint32_t>(ranks.rank()), count = static_cast<std::uint32_t>(ranks.count());
    for (std::uint32_t p = partitions * rank / count; p < partitions * (rank + 1) / count; ++p)
      built.push_back(std::make_unique<GridPartition>(std::move(slices[p]), std::move(tables[p]), window));
    return Engine(std::move(built), {threads, {0, neurons}, {1}, {}, &ranks});
  }
};

}  // namespace

TEST_CASE("random networks agree with the oracle spike for spike", "[core][engine]") {
  const auto seed = GENERATE(range(1u, 9u));
  const auto [shortest, longest] = GENERATE(std::pair{1u, 1u}, std::pair{1u, 20u}, std::pair{7u, 9u});
  const RandomNetwork network(seed, 37, 6, shortest, longest);
  const auto expected = network.by_oracle(2000);
  REQUIRE(expected.size() > 150);
  auto engine = network.engine(3, 1);
  REQUIRE(engine.run_until(2000, true).spikes == expected);
}

TEST_CASE("any number of threads and partitions gives the same bits", "[core][engine]") {
  const RandomNetwork network(11, 1500, 40, 3, 30);
  auto reference = network.engine(1, 1);
  const auto expected = reference.run_until(1500, true);
  REQUIRE(expected.spikes.size() > 5000);
  const auto [partitions, threads] = GENERATE(std::pair{1u, 2}, std::pair{2u, 2}, std::pair{3u, 3}, std::pair{8u, 8},
                                              std::pair{7u, 2}, std::pair{64u, 2});
  auto engine = network.engine(partitions, threads);
  const auto stretch = engine.run_until(1500, true);
  REQUIRE(stretch.spikes == expected.spikes);
  REQUIRE(engine.events() == reference.events());
  REQUIRE(stretch.hashes.size() == expected.hashes.size());
  for (std::size_t k = 0; k < expected.hashes.size(); ++k) REQUIRE(stretch.hashes[k].hash == expected.hashes[k].hash);
}

TEST_CASE("ranks whose messages come late, split and out of order give the same bits", "[core][engine][ranks]") {
  const RandomNetwork network(13, 600, 30, GENERATE(1u, 4u), 15);
  auto alone = network.engine(1, 1);
  const auto expected = alone.run_until(400, true);
  REQUIRE(expected.spikes.size() > 500);
  const auto [ranks, partitions, threads] =
      GENERATE(std::tuple{2, 2u, 1}, std::tuple{3, 7u, 2}, std::tuple{4, 4u, 1}, std::tuple{4, 9u, 3});
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    Stretch stretch;
    std::uint64_t events = 0;
    const auto n_partitions = partitions;
    const auto n_threads = threads;
    reference::on_ranks(ranks, seed, [&](Ranks& own) {
      auto engine = network.engine(n_partitions, n_threads, own);
      engine.run_until(137, false);
      auto last = engine.run_until(400, true);
      if (!own.is_first()) return;
      stretch = std::move(last);
      events = engine.events();
    });
    REQUIRE(events == alone.events());
    REQUIRE(stretch.hashes.size() == expected.hashes.size());
    for (std::size_t k = 0; k < expected.hashes.size(); ++k) REQUIRE(stretch.hashes[k].hash == expected.hashes[k].hash);
  }
}

TEST_CASE("legs may end anywhere", "[core][engine]") {
  const RandomNetwork network(12, 300, 20, 4, 11);
  auto whole = network.engine(2, 2);
  const auto expected = whole.run_until(1000, true);
  auto legs = network.engine(2, 2);
  std::vector<Spike> spikes;
  std::vector<StateHash> hashes;
  for (const Step end : {1, 2, 9, 10, 333, 700, 999, 1000}) {
    auto stretch = legs.run_until(end, end == 1000);
    spikes.insert(spikes.end(), stretch.spikes.begin(), stretch.spikes.end());
    hashes = stretch.hashes;
  }
  REQUIRE(spikes == expected.spikes);
  for (std::size_t k = 0; k < hashes.size(); ++k) REQUIRE(hashes[k].hash == expected.hashes[k].hash);
}

TEST_CASE("the window is the shortest delay", "[core][engine]") {
  REQUIRE(RandomNetwork(1, 50, 30, 3, 9).engine(2, 1).window() == 3);
}
