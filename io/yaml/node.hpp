/// The tree of a YAML text in which every value knows where it stood.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/errors.hpp"

namespace spikeloom::io::yaml {

/// A scalar, list or map. Lines and columns count from 1; the column counts bytes (Sources turns it into characters).
struct Node {
  enum class Kind : std::uint8_t { null, scalar, list, map };
  Kind kind = Kind::null;
  bool quoted = false;    // a scalar in quotes or a block scalar: never a number look-alike of its own
  std::int32_t file = 0;  // index into Sources
  std::int32_t line = 0, column = 0;
  std::string text;                // scalar
  std::vector<Node> keys, values;  // list: values only; map: keys (scalars) and values, in order of the file

  bool is(Kind k) const { return kind == k; }
  const Node* find(std::string_view key) const;
  Node* find(std::string_view key);
  /// "a list", "a map", "'text'", "empty": for messages.
  std::string description() const;
};

Node make_scalar(std::string text, const Node& at = {});
Node make_map(const Node& at = {});
Node make_list(const Node& at = {});
/// Appends to a map.
Node& add(Node& map, std::string_view key, Node value);

/// The texts that a tree was read from; places of nodes.
class Sources {
 public:
  /// Returns the index of the file. `folder` is where relative paths inside it start.
  int add(std::string name, std::string text, std::filesystem::path folder);
  Place place(const Node& node) const;
  const std::filesystem::path& folder(const Node& node) const {
    return files_.at(static_cast<std::size_t>(node.file)).folder;
  }
  const std::string& name(int file) const { return files_.at(static_cast<std::size_t>(file)).name; }
  const std::string& text(int file) const { return files_.at(static_cast<std::size_t>(file)).text; }

 private:
  struct File {
    std::string name, text;
    std::filesystem::path folder;
    std::vector<std::size_t> line_starts;
  };
  std::vector<File> files_;
};

/// Collects what is wrong; everything is reported at once, in order of the files.
class Problems {
 public:
  explicit Problems(const Sources& sources) : sources_(&sources) {}
  void add(const Node& at, std::string path, std::string what, std::string remedy = "");
  bool empty() const { return problems_.empty(); }
  std::size_t size() const { return found_; }
  /// Whether something at or below `path` is wrong.
  bool touches(std::string_view path) const;
  /// Throws SpecError with everything collected (the first 200 of it).
  void throw_if_any() const;

 private:
  struct Entry {
    std::int32_t file, line, column;
    Problem problem;
  };
  const Sources* sources_;
  std::vector<Entry> problems_;
  std::size_t found_ = 0;
};

}  // namespace spikeloom::io::yaml
