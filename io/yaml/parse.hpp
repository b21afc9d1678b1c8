/// YAML text in, a tree with places out; hostile input ends in a clear error.
#pragma once

#include "io/yaml/node.hpp"

namespace spikeloom::io::yaml {

/// What a text may hold at most; beyond it, numbers belong into a file.
struct Limits {
  std::size_t bytes = std::size_t{32} << 20;
  std::size_t nodes = 3'000'000;
  std::size_t repeated = 200'000;  // by aliases
  int depth = 48;
};

/// Parses file `file` of `sources`. What is wrong goes to `problems`; then the tree is null.
/// Found here: bytes that are not UTF-8, control characters, tabs in indentation, YAML syntax, duplicate keys, keys
/// that are not words, tags, several documents, aliases that grow or contain themselves, depth, emptiness.
Node parse(const Sources& sources, int file, Problems& problems, const Limits& limits = {});

/// The same for a text that should hold a single value (of `--set`): every place is "line 0" of the file.
Node parse_value(const Sources& sources, int file, Problems& problems);

}  // namespace spikeloom::io::yaml
