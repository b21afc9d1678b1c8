/// Random words by the column are Philox4x32-7, word for word.
#include "core/step_draws.hpp"

#include <catch2/catch.hpp>

#include <vector>

using namespace spikeloom;

namespace {

Draw philox_7(std::uint64_t seed, Purpose purpose, std::uint32_t stream, std::uint64_t id, std::uint32_t step) {
  const auto word = [](std::uint64_t x) { return static_cast<std::uint32_t>(x); };
  const auto out =
      r123::Philox4x32_R<7>{}({{word(id), word(id >> 32), step, stream}},
                              {{word(seed), word(seed >> 32) ^ (static_cast<std::uint32_t>(purpose) << 24)}});
  return {out.v[0], out.v[1], out.v[2], out.v[3]};
}

}  // namespace

TEST_CASE("words by the column are those of Random123's Philox4x32-7", "[core][random]") {
  const auto fill = GENERATE(&step_draws, &detail::step_draws_plain);
  const std::uint64_t seed = GENERATE(0u, 0x123456789abcdef0u, ~0ull);
  const std::uint64_t first = GENERATE(0u, 64u, 0x00000fff12345670u, 0xffffffc0u);
  const std::size_t blocks = GENERATE(16u, 64u);
  const std::uint32_t step = 0xdeadbeef, stream = 77;
  std::vector<std::uint32_t> words(4 * blocks);
  fill(seed, Purpose::noise, stream, first, step, words);
  for (std::size_t b = 0; b < blocks; ++b) {
    const auto expected = philox_7(seed, Purpose::noise, stream, first + b, step);
    for (std::size_t w = 0; w < 4; ++w) REQUIRE(words[w * blocks + b] == expected[w]);
  }
}
