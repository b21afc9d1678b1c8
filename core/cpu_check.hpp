/// Whether this processor has the instructions that the program was compiled for (-march).
///
/// Linking this file also makes the program check itself before anything else runs: on a processor that is too old it
/// says so and ends with exit code 78 (bad configuration), instead of dying of an illegal instruction somewhere inside.
#pragma once

#include <cstdint>
#include <string>

namespace spikeloom {

/// One bit per instruction set extension, in the order of the table in cpu_check.cpp.
using CpuFeatures = std::uint32_t;

/// What the compiler was allowed to use in the simulation code.
CpuFeatures compiled_cpu_features() noexcept;
/// What this processor has.
CpuFeatures available_cpu_features() noexcept;

/// Names of a set of features, "avx2 fma"; "" for none.
std::string cpu_feature_names(CpuFeatures features);

}  // namespace spikeloom
