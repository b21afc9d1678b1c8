/// The instruction set extensions that compilers put into our loops unasked; shared by the two halves of the check.
#pragma once

#include <cstdint>

namespace spikeloom {

namespace cpu_feature {
enum : std::uint32_t {
  sse4_2 = 1u << 0,
  popcnt = 1u << 1,
  avx = 1u << 2,
  avx2 = 1u << 3,
  fma = 1u << 4,
  bmi = 1u << 5,
  bmi2 = 1u << 6,
  avx512f = 1u << 7,
  avx512bw = 1u << 8,
  avx512dq = 1u << 9,
  avx512vl = 1u << 10,
  avx512vbmi = 1u << 11,
  avx512vbmi2 = 1u << 12,
  avx512vpopcntdq = 1u << 13
};
}  // namespace cpu_feature

extern const std::uint32_t cpu_features_compiled_in;

}  // namespace spikeloom
