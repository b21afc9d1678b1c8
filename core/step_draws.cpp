/// Philox4x32-7 over columns (Salmon et al. 2011, SC'11).
///
/// gcc 12 and clang 14 take 0.5 ns and more per word for the plain loop: they widen, multiply and permute.
/// Sixty-four-bit lanes need none of that: a product's halves are the next round's words, and what the upper half of a
/// lane holds does not matter, because the multiplication reads the lower half only. Figures: benchmarks/sources.cpp.
#include "core/step_draws.hpp"

#include <array>
#include <cassert>

#if defined(__AVX512F__) || defined(__AVX2__)
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

#if defined(__AVX512F__) || defined(__AVX2__)

#ifdef __AVX512F__

/// Eight lanes of 64 bits.
struct Lanes {
  __m512i bits;
  static constexpr std::size_t count = 8;
  static Lanes all(std::uint64_t value) noexcept { return {_mm512_set1_epi64(static_cast<long long>(value))}; }
  static Lanes even_numbers() noexcept { return {_mm512_set_epi64(14, 12, 10, 8, 6, 4, 2, 0)}; }
};
[[gnu::always_inline]] inline Lanes add(Lanes a, Lanes b) noexcept { return {_mm512_add_epi64(a.bits, b.bits)}; }
/// Product of the lower halves.
[[gnu::always_inline]] inline Lanes product(Lanes a, Lanes b) noexcept { return {_mm512_mul_epu32(a.bits, b.bits)}; }
/// upper half of `a` ^ b ^ c; the upper half of the result is arbitrary.
[[gnu::always_inline]] inline Lanes mix(Lanes a, Lanes b, Lanes c) noexcept {
  constexpr int exclusive_or = 0x96;  // of three
  return {_mm512_ternarylogic_epi64(_mm512_srli_epi64(a.bits, 32), b.bits, c.bits, exclusive_or)};
}
/// The lower halves of both, interleaved.
[[gnu::always_inline]] inline void store(std::uint32_t* to, Lanes even, Lanes odd) noexcept {
  const auto upper = _mm512_shuffle_epi32(odd.bits, _MM_PERM_CCAA);
  _mm512_storeu_si512(to, _mm512_mask_mov_epi32(even.bits, 0xAAAA, upper));
}

#else

/// Four lanes of 64 bits; operations as above.
struct Lanes {
  __m256i bits;
  static constexpr std::size_t count = 4;
  static Lanes all(std::uint64_t value) noexcept { return {_mm256_set1_epi64x(static_cast<long long>(value))}; }
  static Lanes even_numbers() noexcept { return {_mm256_set_epi64x(6, 4, 2, 0)}; }
};
[[gnu::always_inline]] inline Lanes add(Lanes a, Lanes b) noexcept { return {_mm256_add_epi64(a.bits, b.bits)}; }
[[gnu::always_inline]] inline Lanes product(Lanes a, Lanes b) noexcept { return {_mm256_mul_epu32(a.bits, b.bits)}; }
[[gnu::always_inline]] inline Lanes mix(Lanes a, Lanes b, Lanes c) noexcept {
  return {_mm256_xor_si256(_mm256_srli_epi64(a.bits, 32), _mm256_xor_si256(b.bits, c.bits))};
}
[[gnu::always_inline]] inline void store(std::uint32_t* to, Lanes even, Lanes odd) noexcept {
  const auto upper = _mm256_shuffle_epi32(odd.bits, 0xA0);
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), _mm256_blend_epi32(even.bits, upper, 0xAA));
}

#endif

/// The four words of as many blocks as there are lanes, each in the lower half of a lane.
struct Blocks {
  Lanes word[4];
};

[[gnu::always_inline]] inline Blocks philox(Lanes ids, Lanes id_high, Lanes step, Lanes stream,
                                            const Key& key) noexcept {
  const Lanes multiplier_0 = Lanes::all(PHILOX_M4x32_0), multiplier_1 = Lanes::all(PHILOX_M4x32_1);
  Blocks c{{ids, id_high, step, stream}};
#pragma GCC unroll 7
  for (std::size_t round = 0; round < rounds; ++round) {
    const Lanes product_0 = product(c.word[0], multiplier_0), product_1 = product(c.word[2], multiplier_1);
    c = {{mix(product_1, c.word[1], Lanes::all(key.low[round])), product_1,
          mix(product_0, c.word[3], Lanes::all(key.high[round])), product_0}};
  }
  return c;
}

void step_draws_wide(const Key& key, std::uint32_t stream, std::uint64_t first_id, std::uint32_t step,
                     std::span<std::uint32_t> words) noexcept {
  const std::size_t n = words.size() / 4;
  const Lanes id_high = Lanes::all(first_id >> 32), steps = Lanes::all(step), streams = Lanes::all(stream);
  Lanes even = add(Lanes::all(static_cast<std::uint32_t>(first_id)), Lanes::even_numbers());
  for (std::size_t b = 0; b < n; b += 2 * Lanes::count, even = add(even, Lanes::all(2 * Lanes::count))) {
    const auto of_even = philox(even, id_high, steps, streams, key);
    const auto of_odd = philox(add(even, Lanes::all(1)), id_high, steps, streams, key);
#pragma GCC unroll 4
    for (std::size_t w = 0; w < 4; ++w) store(&words[w * n + b], of_even.word[w], of_odd.word[w]);
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
#if defined(__AVX512F__) || defined(__AVX2__)
  step_draws_wide(key_schedule(seed, purpose), stream, first_id, step, words);
#else
  detail::step_draws_plain(seed, purpose, stream, first_id, step, words);
#endif
}

}  // namespace spikeloom
