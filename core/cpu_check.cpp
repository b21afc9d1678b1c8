/// Compiled for the oldest processor of the family (CMakeLists.txt), so that it can run where nothing else can.
#include "core/cpu_check.hpp"

#include <unistd.h>

#include <cstdio>

#include "core/cpu_features.hpp"

namespace spikeloom {
namespace {

struct Feature {
  CpuFeatures bit;
  const char* name;
  bool (*available)();
};

#if defined(__x86_64__)
#define SPIKELOOM_FEATURE(feature)                                                       \
  Feature {                                                                              \
    cpu_feature::feature, #feature, [] { return __builtin_cpu_supports(#feature) != 0; } \
  }
constexpr Feature features[] = {{cpu_feature::sse4_2, "sse4.2", [] { return __builtin_cpu_supports("sse4.2") != 0; }},
                                SPIKELOOM_FEATURE(popcnt),
                                SPIKELOOM_FEATURE(avx),
                                SPIKELOOM_FEATURE(avx2),
                                SPIKELOOM_FEATURE(fma),
                                SPIKELOOM_FEATURE(bmi),
                                SPIKELOOM_FEATURE(bmi2),
                                SPIKELOOM_FEATURE(avx512f),
                                SPIKELOOM_FEATURE(avx512bw),
                                SPIKELOOM_FEATURE(avx512dq),
                                SPIKELOOM_FEATURE(avx512vl),
                                SPIKELOOM_FEATURE(avx512vbmi),
                                SPIKELOOM_FEATURE(avx512vbmi2),
                                SPIKELOOM_FEATURE(avx512vpopcntdq)};
#undef SPIKELOOM_FEATURE
#else
constexpr Feature features[] = {{0, "", [] { return true; }}};  // nothing to check on other processors
#endif

// Runs before every other initialiser of the program, and so calls nothing that might have been compiled with -march:
// no inline function of the standard library, whose copy the linker picks from any object file.
[[gnu::constructor(101)]] void stop_on_a_processor_that_is_too_old() {
  const CpuFeatures missing = cpu_features_compiled_in & ~available_cpu_features();
  if (missing == 0) return;
  std::fputs("spikeloom was compiled for a newer processor than this one, which lacks:", stderr);
  for (const auto& feature : features)
    if ((missing & feature.bit) != 0) std::fprintf(stderr, " %s", feature.name);
  std::fputs(
      "\n    build it on this machine, or configure with -DSPIKELOOM_MARCH=x86-64-v3 (or x86-64-v2) for all of a "
      "cluster's nodes\n",
      stderr);
  _exit(78);
}

}  // namespace

CpuFeatures compiled_cpu_features() noexcept { return cpu_features_compiled_in; }

CpuFeatures available_cpu_features() noexcept {
#if defined(__x86_64__)
  __builtin_cpu_init();
#endif
  CpuFeatures available = 0;
  for (const auto& feature : features)
    if (feature.available()) available |= feature.bit;
  return available;
}

std::string cpu_feature_names(CpuFeatures wanted) {
  std::string names;
  for (const auto& feature : features)
    if ((wanted & feature.bit) != 0) names += (names.empty() ? "" : " ") + std::string(feature.name);
  return names;
}

}  // namespace spikeloom
