/// The check that spares users an illegal instruction.
#include "core/cpu_check.hpp"

#include <catch2/catch.hpp>

#include <fstream>
#include <string>

#include "core/cpu_features.hpp"

using namespace spikeloom;

TEST_CASE("this program runs on a processor that has what it was compiled for", "[core][cpu_check]") {
  CHECK(cpu_feature_names(compiled_cpu_features() & ~available_cpu_features()) == "");
}

TEST_CASE("features found agree with the kernel's list", "[core][cpu_check]") {
  std::ifstream file("/proc/cpuinfo");
  std::string line;
  while (std::getline(file, line) && line.rfind("flags", 0) != 0) continue;
  const std::string flags = line + " ";
  CHECK(((available_cpu_features() & cpu_feature::avx2) != 0) == (flags.find(" avx2 ") != std::string::npos));
  CHECK(((available_cpu_features() & cpu_feature::avx512f) != 0) == (flags.find(" avx512f ") != std::string::npos));
  CHECK(((available_cpu_features() & cpu_feature::sse4_2) != 0) == (flags.find(" sse4_2 ") != std::string::npos));
}

TEST_CASE("a set of processor features is named in words", "[core][cpu_check]") {
  CHECK(cpu_feature_names(0) == "");
  CHECK(cpu_feature_names(cpu_feature::avx2 | cpu_feature::fma | cpu_feature::sse4_2) == "sse4.2 avx2 fma");
}
