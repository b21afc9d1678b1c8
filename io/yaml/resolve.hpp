/// From a file to one tree: `include`, `--set` and `defaults` carried out.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "io/yaml/node.hpp"

namespace spikeloom::io::yaml {

/// Reads a whole file. Throws FileError if it is missing, unreadable or a folder.
std::string read_text_file(const std::filesystem::path& file);

/// Merges included files below the tree: what a file says itself wins; maps of settings, populations and their
/// parameters are merged key by key, lists of projections and records are joined (included ones first), everything
/// else is replaced as a whole. Reports missing files, cycles and more than 8 levels.
void include_files(Node& root, Sources& sources, Problems& problems);

/// Applies "path=value" texts in order.
void apply_overrides(Node& root, const std::vector<std::string>& overrides, Sources& sources, Problems& problems);

/// Carries out `defaults: {population: ..., projection: ...}` and removes the key. A default for populations holds for
/// those that name no model or the same model as the default (all, if it names none); `params` and `initial` are merged
/// key by key. Several defaults may be given as a list; the first that fits a key wins.
void apply_defaults(Node& root, Problems& problems);

}  // namespace spikeloom::io::yaml
