/// Walking and changing a tree along a path.
#include "io/yaml/path.hpp"

#include <fmt/format.h>

#include <charconv>

#include "io/spelling.hpp"

namespace spikeloom::io::yaml {
namespace {

std::vector<std::string> key_names(const Node& map) {
  std::vector<std::string> names;
  for (const auto& key : map.keys) names.push_back(key.text);
  return names;
}

/// Names of list entries that have one ("name: ...").
std::vector<std::string> entry_names(const Node& list) {
  std::vector<std::string> names;
  for (const auto& item : list.values)
    if (const auto* name = item.find("name")) names.push_back(name->text);
  return names;
}

/// The entry of a list that a bracket addresses; null (and a problem) if there is none.
Node* list_entry(Node& list, const PathStep& step, const std::string& so_far, const Node& at, Problems& problems) {
  if (const auto* index = std::get_if<std::size_t>(&step)) {
    if (*index < list.values.size()) return &list.values[*index];
    problems.add(
        at, so_far, fmt::format("there is no entry [{}]", *index),
        list.values.empty() ? "the list is empty" : fmt::format("entries count from 0 to {}", list.values.size() - 1));
    return nullptr;
  }
  const auto& name = std::get<std::string>(step);
  for (auto& item : list.values)
    if (const auto* found = item.find("name"); found && found->text == name) return &item;
  problems.add(at, so_far, fmt::format("no entry is named '{}'", name), suggestion(name, entry_names(list)));
  return nullptr;
}

/// Populations are not invented by a mistyped `--set`.
bool may_create(const std::string& parent) { return parent != "populations"; }

}  // namespace

std::optional<std::vector<PathStep>> parse_path(std::string_view path) {
  std::vector<PathStep> steps;
  while (!path.empty()) {
    if (path.front() == '[') {
      const auto end = path.find(']');
      if (end == std::string_view::npos || end == 1) return std::nullopt;
      const auto inside = path.substr(1, end - 1);
      std::size_t index = 0;
      const auto [stop, error] = std::from_chars(inside.data(), inside.data() + inside.size(), index);
      if (error == std::errc{} && stop == inside.data() + inside.size())
        steps.emplace_back(index);
      else
        steps.emplace_back(std::string(inside));
      path.remove_prefix(end + 1);
    } else {
      const auto end = std::min(path.find_first_of(".["), path.size());
      if (end == 0) return std::nullopt;
      steps.emplace_back(std::string(path.substr(0, end)));
      path.remove_prefix(end);
    }
    if (path.empty()) break;
    if (path.front() == '.') {
      path.remove_prefix(1);
      if (path.empty() || path.front() == '[') return std::nullopt;
    } else if (path.front() != '[') {
      return std::nullopt;
    }
  }
  if (steps.empty() || !std::holds_alternative<std::string>(steps.front())) return std::nullopt;
  return steps;
}

const Node& nearest(const Node& root, std::string_view path) {
  const auto steps = parse_path(path);
  const Node* node = &root;
  for (const auto& step : steps.value_or(std::vector<PathStep>{})) {
    const Node* next = nullptr;
    if (const auto* key = std::get_if<std::string>(&step))
      next = node->is(Node::Kind::map) ? node->find(*key) : nullptr;
    else if (const auto index = std::get<std::size_t>(step); node->is(Node::Kind::list) && index < node->values.size())
      next = &node->values[index];
    if (!next) break;
    node = next;
  }
  return *node;
}

void set(Node& root, std::string_view path, Node value, const Node& at, Problems& problems) {
  const auto steps = parse_path(path);
  if (!steps) {
    problems.add(at, "", fmt::format("'{}' is not a path", path.substr(0, 60)),
                 "write for example --set populations.exc.params.tau_m='15 ms' or --set 'projections[1].weight=20 pA'");
    return;
  }
  Node* node = &root;
  std::string so_far;
  for (const auto& step : *steps) {
    if (node->is(Node::Kind::list)) {
      node = list_entry(*node, step, so_far, at, problems);
      if (!node) return;
    } else if (const auto* key = std::get_if<std::string>(&step)) {
      if (node->is(Node::Kind::null)) *node = make_map(at);
      if (!node->is(Node::Kind::map)) {
        problems.add(at, so_far, fmt::format("is {} and has no '{}' below it", node->description(), *key),
                     "set the whole value");
        return;
      }
      auto* next = node->find(*key);
      if (!next && !may_create(so_far)) {
        problems.add(at, fmt::format("{}.{}", so_far, *key), fmt::format("there is no population '{}'", *key),
                     suggestion(*key, key_names(*node)));
        return;
      }
      node = next ? next : &add(*node, *key, make_map(at));
      so_far += (so_far.empty() ? "" : ".") + *key;
      continue;
    } else {
      problems.add(at, so_far, "is not a list", "write a key instead of an index");
      return;
    }
    if (const auto* index = std::get_if<std::size_t>(&step))
      so_far += fmt::format("[{}]", *index);
    else
      so_far += fmt::format("[{}]", std::get<std::string>(step));
  }
  *node = std::move(value);
}

}  // namespace spikeloom::io::yaml
