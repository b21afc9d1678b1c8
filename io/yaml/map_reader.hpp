/// Reads a map key by key, so that what is missing, unknown or of the wrong kind is reported where it stands.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/units.hpp"
#include "io/yaml/node.hpp"

namespace spikeloom::io::yaml {

/// What every reader needs: where problems and warnings go, and the texts (for relative paths).
struct Reading {
  const Sources& sources;
  Problems& problems;
  std::vector<std::string>& warnings;
};

/// A node together with its path, for messages.
struct Located {
  const Node* node = nullptr;
  std::string path;

  explicit operator bool() const { return node != nullptr; }
  const Node* operator->() const { return node; }
};

class MapReader {
 public:
  /// Reports if `at` is not a map; then it reads like an empty one that misses nothing.
  MapReader(Located at, Reading& reading);

  bool is_map() const { return is_map_; }
  const Located& located() const { return at_; }
  std::string path_of(std::string_view key) const;

  /// The value of a key, or nothing.
  Located optional(std::string_view key);
  /// The same, but reports if the key is missing; `example` shows how to write it.
  Located required(std::string_view key, std::string_view example);
  /// Declares a key without reading it.
  void accept(std::string_view key) { known_.emplace_back(key); }
  /// Reports keys that nobody asked for. `aside` may say what is special about an unknown key.
  void finish(const std::vector<std::pair<std::string, std::string>>& aside = {});

 private:
  Located at_;
  Reading& reading_;
  bool is_map_;
  std::vector<std::string> known_;
};

/// Reports `trouble` at a node.
void report(const Located& at, Reading& reading, Trouble trouble);

std::optional<double> read_quantity(const Located& at, std::string_view unit, Reading& reading);
/// A whole number in [least, most].
std::optional<std::uint64_t> read_whole(const Located& at, std::uint64_t least, std::uint64_t most, Reading& reading);
std::optional<bool> read_bool(const Located& at, Reading& reading);
/// One of `choices`, by index.
std::optional<std::size_t> read_choice(const Located& at, const std::vector<std::string>& choices, Reading& reading);
/// Any text; `what` names what is due ("a file name").
std::optional<std::string> read_text(const Located& at, std::string_view what, Reading& reading);
/// A name as used for files and HDF5 groups: letters, digits, '_', beginning with a letter; at most 64 of them.
std::optional<std::string> read_name(const Located& at, std::string_view what, Reading& reading);
/// Text or a list of texts.
std::vector<Located> one_or_many(const Located& at);

/// Whether `name` may name a population, projection or record; else what is wrong with it.
std::optional<Trouble> check_name(std::string_view name);

/// An existing regular file named by a node, relative to the YAML file it stands in; reports if there is none.
std::optional<std::filesystem::path> read_file_name(const Located& at, Reading& reading);

}  // namespace spikeloom::io::yaml
