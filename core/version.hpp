/// Which sources and flags this program was made from, for `--version` and the provenance of results.
#pragma once

#include <string_view>

namespace spikeloom {

std::string_view version() noexcept;      // "0.1.0"
std::string_view commit() noexcept;       // "3f2a90c1b7de", "-dirty" with changes not committed; "unknown" without git
std::string_view compiler() noexcept;     // "GNU 12.2.0"
std::string_view build_flags() noexcept;  // "Release -O3 -DNDEBUG -march=native"

}  // namespace spikeloom
