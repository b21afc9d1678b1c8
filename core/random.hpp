/// Random numbers as a function: draw(seed, purpose, id, step), never an object that remembers.
///
/// Philox4x32 (Salmon et al. 2011, SC'11) from Random123: 10 rounds for building, 7 for per-step draws inside loops
/// (both pass BigCrush). The same draw gives the same bits on any thread, rank, machine and partitioning.
#pragma once

// Philox needs none of the processor's own types; reading their headers would take a tenth of every compilation.
#define R123_USE_SSE 0
#define R123_USE_X86INTRIN_H 0
#include <Random123/philox.h>

#include <array>
#include <cstdint>

namespace spikeloom {

/// What a number is drawn for; part of the counter, so that streams never meet. Append only: the value is in the bits.
enum class Purpose : std::uint32_t {
  parameter = 1,  // per-neuron parameters and initial state
  position = 2,
  connect = 3,  // which synapses exist
  weight = 4,
  delay = 5,
  poisson = 6,       // drives without a size: id = tile, step
  poisson_rest = 7,  // the rare remainder of the same
  source = 8,        // spike sources with a size
  noise = 9,         // noise currents
  task = 10,         // benchmarks, tests
  formula = 11,      // r, r1..r4 in the formulas of a synapse
  modulator = 12     // times of rewards
};

using Draw = std::array<std::uint32_t, 4>;

/// 128 random bits. `stream` separates uses of one purpose (population, projection); `id` and `step` count inside it.
inline Draw draw(std::uint64_t seed, Purpose purpose, std::uint32_t stream, std::uint64_t id, std::uint32_t step = 0) {
  const auto out =
      r123::Philox4x32_R<10>{}({{static_cast<std::uint32_t>(id), static_cast<std::uint32_t>(id >> 32), step, stream}},
                               {{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32) ^
                                                                       (static_cast<std::uint32_t>(purpose) << 24)}});
  return {out.v[0], out.v[1], out.v[2], out.v[3]};
}

/// Uniform in the open interval (0, 1), 32 bits: never 0, never 1.
constexpr double uniform(std::uint32_t bits) noexcept { return (bits + 0.5) * 0x1p-32; }

/// Uniform in the open interval (0, 1) with 52 bits: the half that keeps it off 0 needs the 53rd, or 1 could come out.
constexpr double uniform(std::uint32_t high, std::uint32_t low) noexcept {
  return (static_cast<double>((static_cast<std::uint64_t>(high) << 20) ^ (low >> 12)) + 0.5) * 0x1p-52;
}

__extension__ using Wide = unsigned __int128;  // no ISO type is this wide; gcc and clang both have it

/// Uniform integer in [0, n), n >= 1, from 64 bits by multiplication (bias below n / 2^64).
constexpr std::uint64_t below(std::uint64_t n, std::uint32_t high, std::uint32_t low) noexcept {
  const auto bits = (static_cast<std::uint64_t>(high) << 32) | low;
  return static_cast<std::uint64_t>((static_cast<Wide>(bits) * n) >> 64);
}

/// Quantile of the standard normal distribution, 0 < p < 1 (Wichura 1988, AS 241, relative error below 1e-15).
double normal_quantile(double p) noexcept;
/// Cumulative standard normal distribution.
double normal_cdf(double x) noexcept;

}  // namespace spikeloom
