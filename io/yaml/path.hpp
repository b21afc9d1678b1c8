/// Paths into a tree: "populations.exc.params.tau_m", "projections[1].weight"; what `--set` changes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "io/yaml/node.hpp"

namespace spikeloom::io::yaml {

/// A key of a map or an index into a list.
using PathStep = std::variant<std::string, std::size_t>;

/// Splits a path; nullopt if it is none ("a..b", "a[", "").
std::optional<std::vector<PathStep>> parse_path(std::string_view path);

/// The deepest node on the path that exists (at least the root): where to point when something about `path` is wrong.
const Node& nearest(const Node& root, std::string_view path);

/// `--set path=value`: replaces or adds a value. Populations and list entries must exist; a projection may be addressed
/// by its name ("projections[exc_to_inh].weight"). What is wrong goes to `problems` at `at`.
void set(Node& root, std::string_view path, Node value, const Node& at, Problems& problems);

}  // namespace spikeloom::io::yaml
