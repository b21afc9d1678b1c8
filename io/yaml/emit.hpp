/// Writes a tree as YAML that reads back to the same tree.
#pragma once

#include <string>

#include "io/yaml/node.hpp"

namespace spikeloom::io::yaml {

/// Block style; maps and lists that fit a line are written in flow style.
std::string emit(const Node& root);

/// "{uniform: [1 ms, 2 ms]}", on one line.
std::string emit_flow(const Node& node);

}  // namespace spikeloom::io::yaml
