/// What ranks say to each other arrives whole and where it belongs, however late, split and out of order. Ranks are
/// threads here.
#include "core/ranks/ranks.hpp"

#include <catch2/catch.hpp>

#include <numeric>

#include "core/random.hpp"
#include "tests/reference/on_ranks.hpp"

using namespace spikeloom;
using reference::on_ranks;

namespace {

/// Bytes that say where they come from; up to some ten parts long.
Bytes letter_of(int from, std::uint64_t number) {
  const auto random = draw(3, Purpose::connect, static_cast<std::uint32_t>(from), number);
  Bytes bytes(random[0] % 500);
  for (std::size_t k = 0; k < bytes.size(); ++k) bytes[k] = static_cast<std::byte>(random[1] + k);
  return bytes;
}

}  // namespace

TEST_CASE("messages between ranks arrive whole, whatever their order", "[core][ranks]") {
  const auto seed = GENERATE(range(1u, 9u));
  constexpr std::uint64_t messages = 40;
  std::vector<int> wrong(4);
  on_ranks(4, seed, [&](Ranks& ranks) {
    for (std::uint64_t number = 0; number < messages; ++number)
      for (int to = 0; to < 4; ++to)
        if (to != ranks.rank()) ranks.send(to, Ranks::Kind::spikes, number, letter_of(ranks.rank(), number));
    for (std::uint64_t number = messages; number-- > 0;)
      for (int from = 0; from < 4; ++from)
        if (from != ranks.rank() && ranks.wait_for(from, Ranks::Kind::spikes, number) != letter_of(from, number))
          ++wrong[static_cast<std::size_t>(ranks.rank())];
  });
  REQUIRE(wrong == std::vector<int>(4, 0));
}

TEST_CASE("all ranks together gather, share, add up and agree", "[core][ranks]") {
  const auto count = GENERATE(1, 2, 3, 5, 8);
  std::vector<char> right(static_cast<std::size_t>(count));  // not bool: neighbours would share a word
  on_ranks(count, 17, [&](Ranks& ranks) {
    const int rank = ranks.rank();
    bool good = true;
    for (std::uint64_t call = 0; call < 20; ++call) {
      const auto gathered = ranks.gather(letter_of(rank, call));
      for (std::size_t from = 0; from < gathered.size(); ++from)
        good = good && gathered[from] == letter_of(static_cast<int>(from), call);
      good = good && gathered.size() == (ranks.is_first() ? static_cast<std::size_t>(count) : 0);
      good = good && ranks.share(letter_of(rank, call)).back() == letter_of(count - 1, call);
      good = good && ranks.broadcast(letter_of(rank, call)) == letter_of(0, call);
    }
    good = good && ranks.minimum(10 - rank) == 11 - count && ranks.maximum(10 - rank) == 10;
    good = good && ranks.sum(static_cast<std::uint64_t>(rank)) == static_cast<std::uint64_t>(count * (count - 1) / 2);
    good = good && ranks.as_first(100 + rank) == 100;
    right[static_cast<std::size_t>(rank)] = good;
  });
  REQUIRE(right == std::vector<char>(static_cast<std::size_t>(count), 1));
}

TEST_CASE("a rank that fails ends all that wait, with its words", "[core][ranks]") {
  std::vector<std::string> heard(3);
  on_ranks(3, 5, [&](Ranks& ranks) {
    if (ranks.rank() == 1) return ranks.fail(74, "disk full");
    try {
      ranks.wait_for(1, Ranks::Kind::spikes, 1);
    } catch (const RankFailure& failure) {
      if (failure.rank() == 1 && failure.exit_code() == 74)
        heard[static_cast<std::size_t>(ranks.rank())] = failure.what();
    }
  });
  REQUIRE(heard == std::vector<std::string>{"disk full", "", "disk full"});
}
