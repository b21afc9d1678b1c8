/// The innermost loop of Poisson input: two look-ups in tables of 32 entries that stay in registers.
///
/// Compilers turn a table look-up into gathers (1 ns per neuron and more); AVX-512 permutes 32 entries in one
/// instruction, AVX2 in four and three choices. Figures: benchmarks/sources.cpp.
#include "core/sources/poisson_tile.hpp"

#include <bit>

#if defined(__AVX512BW__) || defined(__AVX2__)
#include <immintrin.h>
#endif

namespace spikeloom {
namespace {

#ifdef __AVX512BW__

/// The inputs of 16 neurons; `u` holds their bits in the upper halves (the lower ones 0), `u_low` in the lower halves.
[[gnu::always_inline]] inline __m512 input_of(__m512i u, __m512i u_low, const __m512i (&entries)[2],
                                              const __m512 (&values)[2]) noexcept {
  const __m512i entry = _mm512_permutex2var_epi32(entries[0], u_low, entries[1]);
  const __m512i number = _mm512_mask_srli_epi32(entry, _mm512_cmple_epu32_mask(u, entry), entry, 8);
  return _mm512_permutex2var_ps(values[0], number, values[1]);
}

template <bool weighted>
void add_tile_avx512(const TileWords& words, const PoissonTable& table, const TileValues& values, const float* weights,
                     float* row) noexcept {
  const std::uint32_t* from = table.entries().data();
  const __m512i entries[2] = {_mm512_loadu_si512(from), _mm512_loadu_si512(from + 16)};
  const __m512 numbers[2] = {_mm512_loadu_ps(values.data()), _mm512_loadu_ps(values.data() + 16)};
  const auto add = [&](std::uint32_t neuron, __m512 input) {
    if constexpr (weighted) input = _mm512_mul_ps(input, _mm512_loadu_ps(weights + neuron));
    _mm512_storeu_ps(row + neuron, _mm512_add_ps(_mm512_loadu_ps(row + neuron), input));
  };
  for (std::uint32_t neuron = 0; neuron < tile_size; neuron += 32) {
    const __m512i word = _mm512_loadu_si512(&words[neuron / 2]);
    add(neuron, input_of(_mm512_slli_epi32(word, 16), word, entries, numbers));
    add(neuron + 16, input_of(_mm512_and_si512(word, _mm512_set1_epi32(static_cast<int>(0xffff0000u))),
                              _mm512_srli_epi32(word, 16), entries, numbers));
  }
}

std::uint32_t find_rest_avx512(const TileWords& words, std::uint32_t rest_from, std::uint16_t* neurons) noexcept {
  const __m512i limit = _mm512_set1_epi16(static_cast<short>(rest_from));
  __m512i most = _mm512_setzero_si512();
  for (std::size_t k = 0; k < words.size(); k += 16) most = _mm512_max_epu16(most, _mm512_loadu_si512(&words[k]));
  if (_mm512_cmpge_epu16_mask(most, limit) == 0) return 0;
  std::uint32_t count = 0;
  for (std::uint32_t k = 0; k < words.size(); k += 16)
    for (auto found = _mm512_cmpge_epu16_mask(_mm512_loadu_si512(&words[k]), limit); found != 0; found &= found - 1) {
      const auto half = static_cast<std::uint32_t>(std::countr_zero(found));
      neurons[count++] = static_cast<std::uint16_t>(2 * k + half % 2 * 16 + half / 2);
    }
  return count;
}

#elif defined(__AVX2__)

[[gnu::always_inline]] inline __m256i load(const std::uint32_t* words) noexcept {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(words));
}

/// `a` where bit `bit` of the index is 0, else `b`.
template <int bit>
[[gnu::always_inline]] inline __m256 choose(__m256i index, __m256 a, __m256 b) noexcept {
  return _mm256_blendv_ps(a, b, _mm256_castsi256_ps(_mm256_slli_epi32(index, 31 - bit)));
}

/// The numbers of 8 neurons; `u` holds their bits in the upper halves (the lower ones 0), `u_low` in the lower halves.
[[gnu::always_inline]] inline __m256i number_of(__m256i u, __m256i u_low, const __m256 (&entries)[4]) noexcept {
  const auto permuted = [&](std::size_t k) { return _mm256_permutevar8x32_ps(entries[k], u_low); };
  const __m256i entry = _mm256_castps_si256(
      choose<4>(u_low, choose<3>(u_low, permuted(0), permuted(1)), choose<3>(u_low, permuted(2), permuted(3))));
  const __m256i below = _mm256_cmpeq_epi32(_mm256_max_epu32(u, entry), entry);
  const __m256i number = _mm256_blendv_epi8(entry, _mm256_srli_epi32(entry, 8), below);
  return _mm256_and_si256(number, _mm256_set1_epi32(static_cast<int>(PoissonTable::columns - 1)));
}

template <bool weighted>
void add_tile_avx2(const TileWords& words, const PoissonTable& table, float one, const float* weights,
                   float* row) noexcept {
  __m256 entries[4];
  for (std::size_t k = 0; k < 4; ++k) entries[k] = _mm256_castsi256_ps(load(table.entries().data() + 8 * k));
  const auto add = [&](std::uint32_t neuron, __m256i number) {
    __m256 input = _mm256_mul_ps(_mm256_cvtepi32_ps(number), _mm256_set1_ps(one));
    if constexpr (weighted) input = _mm256_mul_ps(input, _mm256_loadu_ps(weights + neuron));
    _mm256_storeu_ps(row + neuron, _mm256_add_ps(_mm256_loadu_ps(row + neuron), input));
  };
  for (std::uint32_t neuron = 0; neuron < tile_size; neuron += neuron % 32 == 8 ? 24 : 8) {
    const __m256i word = load(&words[neuron / 32 * 16 + neuron % 16]);
    add(neuron, number_of(_mm256_slli_epi32(word, 16), word, entries));
    add(neuron + 16, number_of(_mm256_and_si256(word, _mm256_set1_epi32(static_cast<int>(0xffff0000u))),
                               _mm256_srli_epi32(word, 16), entries));
  }
}

bool any_rest_avx2(const TileWords& words, std::uint32_t rest_from) noexcept {
  __m256i most = _mm256_setzero_si256();
  for (std::size_t k = 0; k < words.size(); k += 8) most = _mm256_max_epu16(most, load(&words[k]));
  const __m256i limit = _mm256_set1_epi16(static_cast<short>(rest_from));
  return _mm256_movemask_epi8(_mm256_cmpeq_epi16(_mm256_max_epu16(most, limit), most)) != 0;
}

#endif

}  // namespace

TileValues tile_values(float weight) noexcept {
  TileValues values;
  for (std::size_t k = 0; k < values.size(); ++k) values[k] = static_cast<float>(k) * weight;
  return values;
}

void detail::add_tile_plain(const TileWords& words, const PoissonTable& table, const TileValues& values,
                            const float* weights, float* row) noexcept {
  for (std::uint32_t neuron = 0; neuron < tile_size; ++neuron) {
    const float input = values[table.number(tile_bits(words, neuron))];
    row[neuron] += weights ? input * weights[neuron] : input;
  }
}

void add_tile(const TileWords& words, const PoissonTable& table, const TileValues& values, const float* weights,
              float* row) noexcept {
#ifdef __AVX512BW__
  weights ? add_tile_avx512<true>(words, table, values, weights, row)
          : add_tile_avx512<false>(words, table, values, nullptr, row);
#elif defined(__AVX2__)
  weights ? add_tile_avx2<true>(words, table, values[1], weights, row)
          : add_tile_avx2<false>(words, table, values[1], nullptr, row);
#else
  detail::add_tile_plain(words, table, values, weights, row);
#endif
}

std::uint32_t find_rest(const TileWords& words, std::uint32_t rest_from,
                        std::span<std::uint16_t, tile_size> neurons) noexcept {
  if (rest_from > 0xffff) return 0;
#ifdef __AVX512BW__
  return find_rest_avx512(words, rest_from, neurons.data());
#else
#ifdef __AVX2__
  if (!any_rest_avx2(words, rest_from)) return 0;
#endif
  std::uint32_t count = 0;
  for (std::uint32_t neuron = 0; neuron < tile_size; ++neuron)
    if (tile_bits(words, neuron) >= rest_from) neurons[count++] = static_cast<std::uint16_t>(neuron);
  return count;
#endif
}

}  // namespace spikeloom
