/// Nodes, their places and the collection of problems.
#include "io/yaml/node.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace spikeloom::io::yaml {

const Node* Node::find(std::string_view key) const {
  for (std::size_t k = 0; k < keys.size(); ++k)
    if (keys[k].text == key) return &values[k];
  return nullptr;
}

Node* Node::find(std::string_view key) { return const_cast<Node*>(std::as_const(*this).find(key)); }

std::string Node::description() const {
  switch (kind) {
    case Kind::null: return "empty";
    case Kind::list: return "a list";
    case Kind::map: return "a map";
    case Kind::scalar: break;
  }
  constexpr std::size_t most = 60;
  if (text.size() <= most) return "'" + text + "'";
  auto end = most;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return "'" + text.substr(0, end) + "...'";
}

namespace {
Node make(Node::Kind kind, const Node& at) {
  Node node;
  node.kind = kind;
  node.file = at.file, node.line = at.line, node.column = at.column;
  return node;
}
}  // namespace

Node make_scalar(std::string text, const Node& at) {
  auto node = make(Node::Kind::scalar, at);
  node.text = std::move(text);
  return node;
}

Node make_map(const Node& at) { return make(Node::Kind::map, at); }
Node make_list(const Node& at) { return make(Node::Kind::list, at); }

Node& add(Node& map, std::string_view key, Node value) {
  map.keys.push_back(make_scalar(std::string(key), value));
  map.values.push_back(std::move(value));
  return map.values.back();
}

int Sources::add(std::string name, std::string text, std::filesystem::path folder) {
  File file{std::move(name), std::move(text), std::move(folder), {0}};
  for (std::size_t k = 0; k < file.text.size(); ++k)
    if (file.text[k] == '\n') file.line_starts.push_back(k + 1);
  files_.push_back(std::move(file));
  return static_cast<int>(files_.size()) - 1;
}

Place Sources::place(const Node& node) const {
  const auto& file = files_.at(static_cast<std::size_t>(node.file));
  Place place{file.name, node.line, node.column};
  if (node.line < 1 || static_cast<std::size_t>(node.line) > file.line_starts.size()) return place;
  const auto start = file.line_starts[static_cast<std::size_t>(node.line) - 1];
  for (int k = 0; k + 1 < node.column && start + static_cast<std::size_t>(k) < file.text.size(); ++k)
    if ((static_cast<unsigned char>(file.text[start + static_cast<std::size_t>(k)]) & 0xC0) == 0x80) --place.column;
  return place;
}

void Problems::add(const Node& at, std::string path, std::string what, std::string remedy) {
  constexpr std::size_t most = 2000;  // a hopeless file is not worth more
  if (++found_ > most) return;
  problems_.push_back(
      {at.file, at.line, at.column, {sources_->place(at), std::move(path), std::move(what), std::move(remedy)}});
}

bool Problems::touches(std::string_view path) const {
  return std::any_of(problems_.begin(), problems_.end(), [&](const Entry& entry) {
    const std::string_view other = entry.problem.path;
    return other.starts_with(path) &&
           (other.size() == path.size() || other[path.size()] == '.' || other[path.size()] == '[');
  });
}

void Problems::throw_if_any() const {
  if (problems_.empty()) return;
  constexpr std::size_t most = 200;
  auto sorted = problems_;
  std::stable_sort(sorted.begin(), sorted.end(), [](const Entry& a, const Entry& b) {
    return std::tie(a.file, a.line, a.column) < std::tie(b.file, b.line, b.column);
  });
  std::vector<Problem> problems;
  for (std::size_t k = 0; k < std::min(most, sorted.size()); ++k) {
    const auto& problem = sorted[k].problem;
    const bool repeated = k > 0 &&
                          std::tie(sorted[k].file, sorted[k].line, sorted[k].column) ==
                              std::tie(sorted[k - 1].file, sorted[k - 1].line, sorted[k - 1].column) &&
                          problem.what == sorted[k - 1].problem.what;  // one fault seen by several populations
    if (!repeated) problems.push_back(problem);
  }
  if (sorted.size() > most)
    problems.push_back(
        {{sources_->name(0), 0, 0}, "", std::to_string(found_ - most) + " further problems", "mend these first"});
  throw SpecError(std::move(problems));
}

}  // namespace spikeloom::io::yaml
