/// Philox4x32-7 over columns (Salmon et al. 2011, SC'11).
///
/// gcc 12 and clang 14 take 0.5 ns and more per word for the plain loop with AVX-512: they widen, multiply and permute.
/// Sixty-four-bit lanes need none of that: a product's halves are the next round's words, and what the upper half of a
/// lane holds does not matter, because the multiplication reads the lower half only. Figures: benchmarks/sources.cpp.
#include "core/step_draws.hpp"

#include <array>
#include <cassert>

#ifdef __AVX512F__
#include <immintrin.h>
#endif

namespace spikeloom {
namespace {

constexpr int rounds = 7;

struct Key {
  std::array<std::uint32_t, rounds> low, high;  // of every round
};

Key key_schedule(std::uint64_t seed, Purpose purpose) noexcept {
  Key key;
  auto low = static_cast<std::uint32_t>(seed);
  auto high = static_cast<std::uint32_t>(seed >> 32) ^ (static_cast<std::uint32_t>(purpose) << 24);
  for (std::size_t round = 0; round < rounds; ++round, low += PHILOX_W32_0, high += PHILOX_W32_1) {
    key.low[round] = low;
    key.high[round] = high;
  }
  return key;
}

#ifdef __AVX512F__

/// The four words of eight blocks, each in the lower half of a 64-bit lane.
struct Blocks {
  __m512i word[4];
};

[[gnu::always_inline]] inline Blocks philox(__m512i ids, __m512i id_high, __m512i step, __m512i stream,
                                            const Key& key) noexcept {
  const __m512i multiplier_0 = _mm512_set1_epi64(PHILOX_M4x32_0);
  const __m512i multiplier_1 = _mm512_set1_epi64(PHILOX_M4x32_1);
  constexpr int exclusive_or = 0x96;  // of three
  Blocks c{{ids, id_high, step, stream}};
#pragma GCC unroll 7
  for (std::size_t round = 0; round < rounds; ++round) {
    const __m512i product_0 = _mm512_mul_epu32(c.word[0], multiplier_0);
    const __m512i product_1 = _mm512_mul_epu32(c.word[2], multiplier_1);
    c = {{_mm512_ternarylogic_epi64(_mm512_srli_epi64(product_1, 32), c.word[1], _mm512_set1_epi64(key.low[round]),
                                    exclusive_or),
          product_1,
          _mm512_ternarylogic_epi64(_mm512_srli_epi64(product_0, 32), c.word[3], _mm512_set1_epi64(key.high[round]),
                                    exclusive_or),
          product_0}};
  }
  return c;
}

void step_draws_avx512(const Key& key, std::uint32_t stream, std::uint64_t first_id, std::uint32_t step,
                       std::span<std::uint32_t> words) noexcept {
  const std::size_t n = words.size() / 4;
  const __m512i id_high = _mm512_set1_epi64(static_cast<long long>(first_id >> 32));
  const __m512i steps = _mm512_set1_epi64(step), streams = _mm512_set1_epi64(stream);
  __m512i even = _mm512_add_epi64(_mm512_set1_epi64(static_cast<std::uint32_t>(first_id)),
                                  _mm512_set_epi64(14, 12, 10, 8, 6, 4, 2, 0));
  for (std::size_t b = 0; b < n; b += 16, even = _mm512_add_epi64(even, _mm512_set1_epi64(16))) {
    const auto of_even = philox(even, id_high, steps, streams, key);
    const auto of_odd = philox(_mm512_add_epi64(even, _mm512_set1_epi64(1)), id_high, steps, streams, key);
#pragma GCC unroll 4
    for (std::size_t w = 0; w < 4; ++w) {
      const auto odd = _mm512_shuffle_epi32(of_odd.word[w], _MM_PERM_CCAA);  // into the upper halves
      _mm512_storeu_si512(&words[w * n + b], _mm512_mask_mov_epi32(of_even.word[w], 0xAAAA, odd));
    }
  }
}

#endif

}  // namespace

void detail::step_draws_plain(std::uint64_t seed, Purpose purpose, std::uint32_t stream, std::uint64_t first_id,
                              std::uint32_t step, std::span<std::uint32_t> words) noexcept {
  const Key key = key_schedule(seed, purpose);
  const std::size_t n = words.size() / 4;
  std::uint32_t* const out = words.data();
  for (std::size_t b = 0; b < n; ++b) {
    std::uint32_t c0 = static_cast<std::uint32_t>(first_id + b), c1 = static_cast<std::uint32_t>(first_id >> 32),
                  c2 = step, c3 = stream;
    for (std::size_t round = 0; round < rounds; ++round) {
      const std::uint64_t product_0 = std::uint64_t{PHILOX_M4x32_0} * c0,
                          product_1 = std::uint64_t{PHILOX_M4x32_1} * c2;
      c0 = static_cast<std::uint32_t>(product_1 >> 32) ^ c1 ^ key.low[round];
      c1 = static_cast<std::uint32_t>(product_1);
      c2 = static_cast<std::uint32_t>(product_0 >> 32) ^ c3 ^ key.high[round];
      c3 = static_cast<std::uint32_t>(product_0);
    }
    out[b] = c0;
    out[n + b] = c1;
    out[2 * n + b] = c2;
    out[3 * n + b] = c3;
  }
}

void step_draws(std::uint64_t seed, Purpose purpose, std::uint32_t stream, std::uint64_t first_id, std::uint32_t step,
                std::span<std::uint32_t> words) noexcept {
  assert(words.size() % 64 == 0);
  assert(static_cast<std::uint32_t>(first_id) + words.size() / 4 <= 0x100000000u);
#ifdef __AVX512F__
  step_draws_avx512(key_schedule(seed, purpose), stream, first_id, step, words);
#else
  detail::step_draws_plain(seed, purpose, stream, first_id, step, words);
#endif
}

}  // namespace spikeloom
