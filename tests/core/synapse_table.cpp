/// Tables give back what was put in, in every layout.
#include "core/synapse_table.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <tuple>

#include "core/random.hpp"

using namespace spikeloom;

namespace {

SynapseTable build(const std::vector<Synapse>& synapses, NeuronId sources) {
  SynapseTableBuilder builder(sources);
  for (const auto& s : synapses) builder.count(s.source);
  builder.allocate();
  for (const auto& s : synapses) builder.add(s.source, s.slot, s.delay, s.weight);
  return builder.finish(std::min<Step>(builder.shortest_delay(), longest_delay));
}

std::vector<Synapse> sorted_by_source_and_delay(std::vector<Synapse> synapses) {
  std::stable_sort(synapses.begin(), synapses.end(), [](const Synapse& a, const Synapse& b) {
    return std::tie(a.source, a.delay) < std::tie(b.source, b.delay);
  });
  return synapses;
}

std::vector<Synapse> all_of(const SynapseTable& table) {
  std::vector<Synapse> all;
  for (const auto source : table.sources()) table.decode(source, all);
  return all;
}

void require_same(const std::vector<Synapse>& a, const std::vector<Synapse>& b) {
  REQUIRE(a.size() == b.size());
  for (std::size_t k = 0; k < a.size(); ++k) {
    CAPTURE(k);
    REQUIRE(std::tie(a[k].source, a[k].slot, a[k].delay, a[k].weight) ==
            std::tie(b[k].source, b[k].slot, b[k].delay, b[k].weight));
  }
}

std::vector<Synapse> random_synapses(std::uint32_t seed, std::size_t count, NeuronId sources, std::uint16_t delays,
                                     bool one_weight) {
  std::vector<Synapse> synapses;
  for (std::size_t k = 0; k < count; ++k) {
    const auto bits = draw(seed, Purpose::task, 0, k);
    synapses.push_back({bits[0] % sources, static_cast<Slot>(bits[1] % 1000),
                        static_cast<std::uint16_t>(1 + bits[2] % delays),
                        one_weight ? 0.5f : static_cast<float>(uniform(bits[3]))});
  }
  return synapses;
}

}  // namespace

TEST_CASE("a synapse table keeps every synapse, by source and delay in order of addition", "[core][synapse_table]") {
  const bool one_weight = GENERATE(false, true);
  const auto [count, sources, delays] = GENERATE(std::tuple{5000, 20u, 3}, std::tuple{5000, 4000u, 40},
                                                 std::tuple{300, 50000u, 60000}, std::tuple{0, 10u, 1});
  const auto synapses =
      random_synapses(3, static_cast<std::size_t>(count), sources, static_cast<std::uint16_t>(delays), one_weight);
  const auto table = build(synapses, sources);
  REQUIRE(table.synapse_count() == synapses.size());
  require_same(all_of(table), sorted_by_source_and_delay(synapses));
}

TEST_CASE("a source that no synapse starts from has no segments, also beyond the last row", "[core][synapse_table]") {
  const auto table = build({{7, 1, 2, 1.0f}, {70000, 2, 2, 1.0f}}, 100000);
  REQUIRE(table.segments_of(7).size() == 1);
  REQUIRE(table.segments_of(8).empty());
  REQUIRE(table.segments_of(99999).empty());
  REQUIRE(table.sources() == std::vector<NeuronId>{7, 70000});
  REQUIRE(table.bytes() < 100'000);  // rows only for sources that are there
}

TEST_CASE("segments of one weight and of consecutive targets take 2 and 4 bytes a synapse", "[core][synapse_table]") {
  std::vector<Synapse> uniform_weight, consecutive;
  for (Slot k = 0; k < 10000; ++k) {
    uniform_weight.push_back({0, static_cast<Slot>(k * 7 % 9973), 3, 0.25f});
    consecutive.push_back({0, k, 3, static_cast<float>(k)});
  }
  REQUIRE(build(uniform_weight, 1).bytes() < 10000 * 2 + 8192);
  REQUIRE(build(consecutive, 1).bytes() < 10000 * 4 + 8192);
  require_same(all_of(build(uniform_weight, 1)), uniform_weight);
  require_same(all_of(build(consecutive, 1)), consecutive);
}

TEST_CASE("a segment longer than 65535 synapses is cut, none is lost", "[core][synapse_table]") {
  std::vector<Synapse> many;
  for (std::uint32_t k = 0; k < 150000; ++k)
    many.push_back({0, static_cast<Slot>(k % 5), 1, static_cast<float>(k % 17)});
  const auto table = build(many, 1);
  REQUIRE(table.segments_of(0).size() == 3);
  require_same(all_of(table), many);
}

TEST_CASE("segments of a few synapses keep their delays by synapse", "[core][synapse_table]") {
  const auto synapses = random_synapses(5, 4000, 1000, 40, false);
  const auto table = build(synapses, 1000);
  REQUIRE(table.shortest_delay() == 1);
  REQUIRE(table.longest_delay_used() == 40);
  std::size_t mixed = 0;
  for (const auto source : table.sources())
    for (const auto& segment : table.segments_of(source)) mixed += segment.address.layout() == SegmentAddress::mixed;
  REQUIRE(mixed > 100);
  require_same(all_of(table), sorted_by_source_and_delay(synapses));
}
